"""Lambda's short way for the API's requests: the same answers as by Django's own way."""

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.urls import NoReverseMatch, resolve, reverse
from django.urls.exceptions import Resolver404

from config.handler import API, Handler
from config.http import answer
from rest.routes import Routes, path_of
from tests.personas import Persona

SHORT, LONG = Handler(), WSGIHandler()
BEARER = "Bearer {token}"

# Requests of Alice, who has one to-do: (method, path, headers, body). None changes anything.
REQUESTS: list[tuple[str, str, dict[str, str], Any]] = [
    ("GET", "/api/", {}, None),
    ("GET", "/api/health/", {}, None),
    ("GET", "/api/docs/", {}, None),
    ("GET", "/api/schema/", {}, None),
    ("GET", "/api/me/", {"Authorization": BEARER}, None),
    ("GET", "/api/todos/", {"Authorization": BEARER, "Origin": "https://app.example.com"}, None),
    ("GET", "/api/todos/", {"Authorization": BEARER, "If-None-Match": "{etag}"}, None),
    ("GET", "/api/todos/", {"Authorization": BEARER, "If-Match": '"other"'}, None),
    ("HEAD", "/api/todos/", {"Authorization": BEARER}, None),
    ("GET", "/api/todos/{id}/", {"Authorization": BEARER}, None),
    ("GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "127.0.0.1"}, None),
    ("GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "evil.example.com"}, None),
    ("GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "not a host"}, None),
    ("GET", "/api/todos/{id}/", {"Authorization": BEARER, "If-None-Match": '"v1"', "Origin": "null"}, None),
    ("GET", "/api/todos/not-an-id/", {"Authorization": BEARER}, None),
    ("GET", f"/api/todos/{uuid4()}/", {"Authorization": BEARER}, None),
    ("GET", "/api/todos/?limit=0", {"Authorization": BEARER}, None),
    ("GET", "/api/todos/", {}, None),
    ("GET", "/api/todos/", {"Authorization": "Bearer no-token"}, None),
    ("GET", "/api/todos", {"Authorization": BEARER}, None),
    ("DELETE", "/api/me/", {"Authorization": BEARER}, None),
    ("TRACE", "/api/me/", {"Authorization": BEARER}, None),
    ("BREW", "/api/me/", {"Authorization": BEARER}, None),
    ("POST", "/api/todos/", {"Authorization": BEARER}, {"title": 7, "colour": "red"}),
    ("POST", "/api/todos/", {"Authorization": BEARER, "Content-Type": "text/plain"}, {"title": "A"}),
    ("POST", "/api/todos/", {"Authorization": BEARER}, None),
    ("POST", "/api/todos/", {"Authorization": BEARER, "Origin": "https://app.example.com"}, ["x" * 1_100_000]),
    ("PATCH", "/api/todos/{id}/", {"Authorization": BEARER, "If-Match": '"v7"'}, {"title": "B"}),
    ("OPTIONS", "/api/todos/", {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}, None),
    ("OPTIONS", "/api/todos/", {}, None),
    ("GET", "/api/blog/posts/", {"Origin": "https://app.example.com"}, None),
    ("GET", "/api/blog/posts/none/", {}, None),
    ("GET", "/api/blog/posts/none/", {"Authorization": BEARER}, None),
    ("GET", "/api/blog/tags/", {"Host": "localhost:8000"}, None),
    ("GET", "/api/nothing/", {}, None),
    ("GET", "/nothing/", {}, None),
    ("GET", "/about/", {"Origin": "https://app.example.com"}, None),
]


def event(method: str, path: str, headers: dict[str, str], body: Any) -> dict[str, Any]:
    """A function URL's event."""
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"Host": "localhost", "Content-Type": "application/json", "X-Request-ID": "the-same", **headers},
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.7"}},
        "body": None if body is None else json.dumps(body),
    }


@pytest.fixture
def known(alice: Persona) -> dict[str, str]:
    """What REQUESTS leaves open."""
    made = alice.api.post("/api/todos/", {"title": "A"}).json()
    listed = answer(SHORT, event("GET", "/api/todos/", {"Authorization": f"Bearer {alice.access_token}"}, None), None)
    return {"token": alice.access_token, "id": made["id"], "etag": listed["headers"]["ETag"]}


def test_both_ways_answer_alike(known: dict[str, str]) -> None:
    statuses = set()
    for method, path, headers, body in REQUESTS:
        sent = {name: value.format(**known) for name, value in headers.items()}
        asked = event(method, path.format(**known), sent, body)
        short, long = answer(SHORT, asked, None), answer(LONG, asked, None)
        assert short == long, (method, path, headers)
        assert short["headers"]["X-Request-ID"] == "the-same"
        statuses.add(short["statusCode"])
    assert statuses >= {200, 204, 304, 400, 401, 404, 405, 412, 413, 415}


def test_ordinary_requests_pass_no_middleware(known: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def middleware(request: Any) -> Any:
        raise AssertionError(request.path)

    monkeypatch.setattr(SHORT, "_middleware_chain", middleware)
    asked = event("GET", f"/api/todos/{known['id']}/", {"Authorization": f"Bearer {known['token']}"}, None)
    assert answer(SHORT, asked, None)["statusCode"] == 200
    with pytest.raises(AssertionError):
        answer(SHORT, event("GET", "/", {}, None), None)


def test_what_breaks_is_an_answer_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any, request: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr("rest.health.Health.get", broken)
    monkeypatch.setattr(logging.getLogger("django"), "propagate", True)
    answered = answer(SHORT, event("GET", "/api/health/", {}, None), None)
    assert answered["statusCode"] == 500
    assert json.loads(answered["body"])["request_id"] == "the-same"
    assert "a bug" in caplog.text


ID = "0199abcd-0000-7000-8000-000000000000"
# One of each route of the API, and what only looks like one.
PATHS = [
    *("/api/", "/api/schema/", "/api/docs/oauth2-redirect/", "/api/health/deep/", "/api/me/", "/api/todos/"),
    *(f"/api/todos/{ID}/", f"/api/todos/{ID.upper()}/", "/api/todos/one/", "/api/todos/a/b/"),
    *("/api/blog/posts/", "/api/blog/posts/hello-world/", "/api/blog/posts/Hello/", "/api/blog/posts/a/b/"),
    *("/api/blog/unsubscribe/a.b.c/", "/api/blog/unsubscribe/", f"/api/media/uploads/{ID}/"),
    *("/api/media/uploads/", "/api", "/api//", "/api/todos//", "/api/none/", "/api/todos/\n/"),
]


@pytest.mark.parametrize("path", PATHS)
def test_the_table_of_routes_leads_where_django_does(path: str) -> None:
    found = Routes(API).find(path)
    try:
        wanted = resolve(path)
    except Resolver404:
        assert found is None
        return
    assert found is not None
    for name in ("func", "args", "kwargs", "url_name", "view_name", "route", "captured_kwargs", "extra_kwargs"):
        assert getattr(found, name) == getattr(wanted, name), name


@pytest.mark.parametrize("name", ["index", "health", "me", "todos", "posts", "uploads", "schema", "blog-home"])
def test_an_address_is_that_of_django(name: str) -> None:
    assert path_of(name) == reverse(name)


@pytest.mark.parametrize("name", ["todo", "none", "admin:index"])
def test_what_has_no_address_says_so(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        path_of(name)
