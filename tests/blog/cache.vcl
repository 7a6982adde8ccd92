vcl 4.1;

# A shared cache in front of the blog. It keeps pages as their Cache-Control says, and forgets those whose
# Surrogate-Key holds one of the labels of a PURGE.

backend default {
    .host = "127.0.0.1";
    .port = "@PORT@";
}

acl purgers {
    "127.0.0.1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403));
        }
        # A space would end the expression.
        ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " ", "|") + ")(\s|$)");
        return (synth(200));
    }
}

sub vcl_deliver {
    set resp.http.X-Cache = obj.hits > 0;
}
