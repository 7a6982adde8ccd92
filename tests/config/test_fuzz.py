"""No address, query, header or cookie makes an answer of 500: of the API, of pages and of the admin."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from config.lambda_handler import application
from serverless.http import answer
from tests.config.test_requests import event
from tests.personas import Persona

PATHS = [
    *("/", "/posts/hello/", "/archive/", "/archive/2026/", "/archive/0000/", "/tags/", "/tags/a/", "/tags/a/9999/"),
    *("/authors/a/b/", "/authors/a/b/0001/", "/search/", "/about/", "/subscribe/", "/subscribe/done/", "/feed/"),
    *(
        "/confirm/x/",
        "/unsubscribe/x/",
        "/drafts/x/",
        "/feed/atom/",
        "/sitemap.xml",
        "/sitemap-pages.xml",
        "/sitemap-2026.xml",
    ),
    *("/robots.txt", "/todos/", "/todos/manifest.webmanifest", "/todos/service-worker.js", "/admin/", "/admin/login/"),
    *("/admin/oidc/callback/", "/admin/signed-out/", "/admin/logout/", "/admin/jsi18n/", "/admin/blog/post/"),
    *("/api/", "/api/schema/", "/api/docs/", "/api/me/", "/api/auth/config/", "/api/todos/", "/api/blog/posts/"),
    *("/api/todos/0199abcd-0000-7000-8000-000000000000/", "/api/blog/posts/a/", "/api/blog/drafts/", "/api/blog/tags/"),
    *("/api/blog/subscribers/", "/api/blog/unsubscribe/x/", "/api/media/uploads/", "/api/media/credentials/"),
]
NAMES = ["q", "page", "cursor", "limit", "tag", "since", "next", "state", "code", "resume", "script", "_popup", "e"]
HEADERS = ["Accept", "Accept-Language", "Authorization", "Cookie", "If-Match", "If-Modified-Since", "If-None-Match",
           "If-Unmodified-Since", "Origin", "Range", "Referer", "Sec-Fetch-Mode", "User-Agent", "X-Request-ID",
           "Content-Type", "X-Forwarded-For", "X-HTTP-Method-Override", "Forwarded", "Host"]  # fmt: skip
COOKIES = ["__Host-staff", "staff", "sessionid", "csrftoken", "messages", "sign-in-0", "writes"]

# What breaks parsers: long, empty, unquoted, quoted badly, other scripts, controls, numbers out of range.
text = some.one_of(
    some.text(max_size=20),
    some.sampled_from(["", "%", "%ff", "%00", "%E0%80", "\x00", "\r\n", "日本", "a" * 5000, "-1", "9" * 30, "1e999",
                       '"', "W/", '"v1"', "*", "[", "{}", "null", "Thu, 99 Foo 0000", "Bearer ", "Bearer a.b.c", ";=;",
                       "bytes=9-1", "::ffff:1.2.3.4", "\ud800", "../..", "a:b:c", "=?utf-8?b?", "${x}"]),
)  # fmt: skip
query = some.one_of(
    text,
    some.lists(some.tuples(some.sampled_from(NAMES), text), max_size=4).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
    some.integers(0, 3000).map("&".__mul__),
    some.integers(0, 1100).map("q=1&".__mul__),
)
paths = some.one_of(
    some.sampled_from(PATHS),
    some.sampled_from(PATHS).map(lambda path: path.removesuffix("/")),
    some.tuples(some.sampled_from(PATHS), text).map("".join),
    text.map("/{}".format),
)
cookies = some.lists(some.tuples(some.sampled_from(COOKIES), text), max_size=3).map(
    lambda pairs: "; ".join(f"{name}={value}" for name, value in pairs)
)
requests = some.fixed_dictionaries(
    {
        "method": some.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "BREW"]),
        "path": paths,
        "query": query,
        "headers": some.dictionaries(some.sampled_from(HEADERS), text, max_size=3),
        "cookies": some.one_of(some.just(""), cookies),
        "body": some.one_of(some.none(), text, some.lists(text, max_size=3)),
    }
)


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_request_is_a_fault_of_ours(signed_in: bool, alice: Persona) -> None:
    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests)
    def ask(request: dict[str, Any]) -> None:
        headers = dict(request["headers"])
        if request["cookies"]:
            headers["Cookie"] = request["cookies"]
        if signed_in:
            headers["Authorization"] = f"Bearer {alice.access_token}"
        asked = event(request["method"], "/", headers, None) | {
            "rawPath": request["path"],
            "rawQueryString": request["query"],
            "body": request["body"] if isinstance(request["body"], str) else None,
        }
        status = answer(application, asked, None)["statusCode"]
        assert status < 500, (status, asked)

    ask()
