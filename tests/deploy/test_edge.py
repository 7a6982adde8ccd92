"""CloudFront keeps what anyone may see and nothing else, by the rules of infra/edge.yaml."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from rest.views import label
from tests.blog.writing import POSTS, change, secret_link, url, word, write
from tests.deploy.edge import CONFIG, Edge, is_never_cached
from tests.personas import Persona


@pytest.fixture
def edge() -> Edge:
    return Edge()


def bearer(persona: Persona) -> dict[str, str]:
    """What an app of that user sends."""
    return {"HTTP_AUTHORIZATION": f"Bearer {persona.access_token}"}


def addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Each address of the site, with `x` for what varies."""
    for each in patterns:
        path = before + re.sub(r"<[^>]+>|\[\\s\\S\]\*", "x", str(each.pattern)).removeprefix("^").removesuffix("$")
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield path


SHARED = ("/posts/", "/archive/", "/tags/", "/authors/", "/search/", "/about/", "/subscribe/", "/feed/", "/sitemap",
          "/robots.txt", "/api/blog/posts/", "/api/blog/tags/", "/api/blog/subscribers/", "/api/schema", "/api/docs/",
          "/api/problems/", "/api/auth/config/", "/favicon.ico", "/apple-touch-icon.png")  # fmt: skip


def test_every_address_is_meant_for_all_or_never_kept() -> None:
    """A new address has to be put on one side or the other."""
    open_to_all = {path for path in addresses(get_resolver().url_patterns) if not is_never_cached(path)}
    assert open_to_all >= {"/", "/posts/x/", "/api/blog/posts/x/"}
    assert {path for path in open_to_all if not path.startswith((*SHARED, "/_local/", "/updates/"))} == {
        "/",
        "/api/",
        "/api/x",  # no such endpoint: the same 404 for all
    }


def test_the_admin_is_never_kept() -> None:
    for path in ("/admin/", "/admin/blog/post/add/", "/admin/oidc/callback/", "/admin/signed-out/"):
        assert is_never_cached(path)


def test_an_anonymous_read_is_kept(edge: Edge, edith: Persona) -> None:
    post = write(edith)
    for path in (url(post), f"/posts/{post['slug']}/", f"{POSTS}?author={edith.sub}"):
        before = edge.asked
        assert edge.get(path).status_code == 200, path
        assert edge.get(path).content == edge.get(path, HTTP_COOKIE="__Host-staff=x").content
        assert edge.asked == before + 1, path


def test_what_a_token_opens_is_kept_by_nobody_and_shown_to_nobody_else(edge: Edge, edith: Persona) -> None:
    draft = write(edith, published_at=None)
    for _ in range(2):
        assert edge.get(url(draft), **bearer(edith)).status_code == 200
        assert edge.get(url(draft)).status_code == 404
    assert edge.kept == {} or all(answer.status_code == 404 for answer in edge.kept.values())


def test_whoever_sends_a_token_is_shown_no_kept_answer(edge: Edge, edith: Persona) -> None:
    post = write(edith)
    edge.get(url(post))
    change(edith, post, title="Now another")
    assert b"Now another" not in edge.get(url(post)).content
    assert b"Now another" in edge.get(url(post), **bearer(edith)).content


def test_a_search_is_kept_by_its_words(edge: Edge, edith: Persona) -> None:
    mark = word()
    write(edith, title=f"About {mark}")
    assert mark.encode() in edge.get(f"/search/?q={mark}").content
    assert f"/posts/{mark}".encode() not in edge.get(f"/search/?q={word()}").content
    assert edge.asked == 2
    edge.get(f"/search/?q={mark}")
    assert edge.asked == 2


def test_the_api_is_described_once_whatever_is_asked(edge: Edge) -> None:
    first = edge.get("/api/schema/")
    assert first.status_code == 200
    assert edge.get("/api/schema/?version=made-up").content == first.content
    assert edge.asked == 1


def test_a_secret_link_passes_through(edge: Edge, edith: Persona) -> None:
    path = secret_link(write(edith, published_at=None)["slug"])
    for _ in range(2):
        assert edge.get(path).status_code == 200
    assert edge.asked == 2
    assert edge.kept == {}


def test_one_users_404_is_not_anothers(edge: Edge, alice: Persona, bob: Persona) -> None:
    todo = alice.api.post("/api/todos/", {"title": "Mine"}).json()
    path = f"/api/todos/{todo['id']}/"
    assert edge.get(path, **bearer(bob)).status_code == 404
    assert edge.get(path, **bearer(alice)).status_code == 200
    assert edge.get(path).status_code == 401
    assert edge.kept == {}


def test_labels_are_read_from_the_header_pages_have() -> None:
    assert CONFIG["CacheTagConfig"]["HeaderName"] in {name.lower() for name in label(HttpResponse(), ["all"]).headers}
