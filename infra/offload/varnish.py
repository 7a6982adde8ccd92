"""The same rules for Varnish, to try them on this machine: `python -m infra.offload varnish` prints its configuration.

It does what CloudFront does by its documentation: keeps files as long as the rules say, asks the origin for a file once
however many wait for it, serves ranges out of the whole file, and serves expired files while the origin is away.
"""

import re

from infra.offload.rules import Rule

_VCL = """vcl 4.1;

import std;

backend origin {{
    .host = "{host}";
    .port = "{port}";
}}

sub vcl_recv {{
    set req.backend_hint = origin;
    # A first try asks the origin about an expired file; a second one takes what there is.
    if (req.restarts == 0) {{
        set req.grace = 0s;
    }} else {{
        set req.grace = 30d;
    }}
    unset req.http.X-Seconds;
{choices}
    if (req.method != "GET" && req.method != "HEAD" || req.http.X-Seconds == "0") {{
        return (pass);
    }}
    unset req.http.Cookie;
    unset req.http.Authorization;
    unset req.http.Accept-Encoding;
    return (hash);
}}

sub vcl_backend_fetch {{
    set bereq.http.X-Origin-Secret = "{secret}";
}}

sub vcl_backend_response {{
    set beresp.grace = 30d;
    set beresp.keep = 30d;
    if (bereq.uncacheable) {{
        return (deliver);
    }}
    unset beresp.http.Set-Cookie;
    if (beresp.status >= 500 || beresp.status == 401 || beresp.status == 403
        || beresp.http.Cache-Control ~ "(?i)no-store|no-cache|private") {{
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
    }} elsif (beresp.status == 404) {{
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
    }} elsif (!beresp.http.Cache-Control && !beresp.http.Expires) {{
        set beresp.ttl = std.duration(bereq.http.X-Seconds + "s", 0s);
    }}
}}

sub vcl_deliver {{
    if (resp.status >= 500 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD")
        && req.http.X-Seconds != "0") {{
        return (restart);
    }}
}}

sub vcl_synth {{
    if (resp.status >= 500 && req.restarts == 0 && req.http.X-Seconds != "0") {{
        return (restart);
    }}
}}
"""


def configuration(rules: tuple[Rule, ...], *, host: str, port: int, secret: str) -> str:
    """The rules as VCL 4.1 in front of an origin that speaks HTTP."""
    choices = [
        f'    {"if" if number == 0 else "elsif"} (req.url ~ "{_expression(rule.pattern)}") '
        f'{{ set req.http.X-Seconds = "{rule.seconds}"; }}'
        for number, rule in enumerate(rules)
    ]
    return _VCL.format(host=host, port=port, secret=secret, choices="\n".join(choices))


def _expression(pattern: str) -> str:
    """A regular expression for a path of this pattern and any query. Every other character is one of a path."""
    wildcards = {"*": "[^?]*", "?": "[^?]"}
    return "^" + "".join(wildcards.get(each) or re.escape(each) for each in pattern) + "([?]|$)"
