"""No address, query, header or cookie makes a page answer 500."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog.urls import urlpatterns

FEW = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
# More fields than Django reads of one request.
MANY = "&" * 1100
PAGES = ["/", "/archive/", "/tags/", "/about/", "/search/", "/subscribe/", "/subscribe/done/", "/feed/", "/feed/atom/"]
FILES = ["/sitemap.xml", "/sitemap-pages.xml", "/sitemap-2020.xml", "/robots.txt"]
NAMED = [
    "/posts/{}/", "/drafts/{}/", "/archive/{}/", "/tags/{}/", "/tags/{}/2020/", "/authors/{}/x/", "/authors/x/{}/",
    "/authors/x/x/{}/", "/unsubscribe/{}/", "/confirm/{}/", "/sitemap-{}.xml",
]  # fmt: skip
QUERIES = [
    MANY, "&a" * 1100, ";" * 1100, "q=" + "%" * 300, "q=%ff%fe", "q=%00", "q=\ud800", "=", "?", "q[]=1",
    "q=" + "x" * 9000, "q=a" * 1100, "q=%f0%9f%98%80", "q=%e2%80%ae", "%00=%00", "q=" + "a " * 4000,
    "q=" + "\u0301" * 100,
]  # fmt: skip
HEADERS = [
    "Cookie", "Host", "Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range",
    "Origin", "Referer", "Authorization", "Sec-Fetch-Site", "X-Forwarded-For", "X-Forwarded-Host", "X-Request-Id",
    "Content-Type", "Content-Length", "Access-Control-Request-Method",
]  # fmt: skip
VALUES = ["", " ", ",", "\xff", "\x00", '"', "x" * 8000, "a=b; " * 1100, "=;=;", "\u2028".encode().decode("latin-1")]
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
raw = st.text(st.characters(max_codepoint=255), max_size=60)


@pytest.fixture(scope="module")
def ask() -> Callable[..., HttpResponse]:
    client = Client(raise_request_exception=False)

    def answer(path: str, query: str = "", method: str = "GET", **headers: str) -> HttpResponse:
        # As a server hands it over: the path's bytes, and the query as it came.
        environ: dict[str, Any] = {"PATH_INFO": path.encode("utf-8", "replace").decode("latin-1"), **headers}
        found = client.generic(method, "/", QUERY_STRING=query.encode("utf-8", "replace").decode("latin-1"), **environ)
        assert found.status_code < 500, (method, path, query, headers)
        return found  # type: ignore[return-value]  # the client's response is the application's

    return answer


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_any_query(ask: Callable[..., HttpResponse], query: str) -> None:
    for path in [*PAGES, *FILES, *(page.rstrip("/") for page in PAGES), "/none", "/none/", "/posts/x"]:
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            ask(path, query, method)


@pytest.mark.parametrize("name", HEADERS)
def test_any_header(ask: Callable[..., HttpResponse], name: str) -> None:
    key = name.upper().replace("-", "_")
    key = key if name.startswith("Content") else f"HTTP_{key}"
    for value in VALUES:
        for path in ("/", "/search/", "/subscribe/", "/tags", "/none/", "/feed/"):
            for method in ("GET", "POST"):
                ask(path, "q=x", method, **{key: value})


def test_a_forgotten_slash_keeps_the_query(ask: Callable[..., HttpResponse]) -> None:
    for path in ("/tags", "/archive", "/about", "/search"):
        answer = ask(path, MANY)
        assert (answer.status_code, answer["Location"]) == (301, f"{path}/?{MANY}")
        assert ask(path, "x" * 20_000).status_code in {400, 404}


@FEW
@given(name=words, query=words, method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "X"]))
def test_any_address(ask: Callable[..., HttpResponse], name: str, query: str, method: str) -> None:
    for page in NAMED:
        ask(page.format(name), query, method)
        ask(page.format(quote(name)), quote(query), method)
    ask(f"/{name}", query, method)


@FEW
@given(header=st.sampled_from(HEADERS), value=raw, query=raw)
def test_any_header_and_query(ask: Callable[..., HttpResponse], header: str, value: str, query: str) -> None:
    key = header.upper().replace("-", "_")
    ask("/search/", f"q={query}", **{key if header.startswith("Content") else f"HTTP_{key}": value})


def test_all_pages_are_tried() -> None:
    shapes = {
        str(one.pattern).partition("<")[0].rstrip("/") for one in urlpatterns if (one.name or "").startswith("blog-")
    }
    tried = {page.strip("/").partition("{")[0].rstrip("/") for page in [*PAGES, *FILES, *NAMED]}
    assert shapes <= tried
