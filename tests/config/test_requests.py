"""What every request passes, from the event to the answer."""

import json
import logging
from typing import Any

import pytest
from django.test import override_settings

from config.lambda_handler import application
from serverless.http import answer
from tests.personas import Persona

UNKNOWN = "0a1b2c3d-0000-4000-8000-000000000000"  # nobody has such a to-do

BEARER = "Bearer {token}"

# Requests of Alice, who has one to-do: (status, method, path, headers, body). None changes anything.
REQUESTS: list[tuple[int, str, str, dict[str, str], Any]] = [
    (200, "GET", "/api/", {}, None),
    (200, "GET", "/api/health/", {}, None),
    (200, "GET", "/api/docs/", {}, None),
    (200, "GET", "/api/schema/", {}, None),
    (200, "GET", "/api/me/", {"Authorization": BEARER}, None),
    (200, "GET", "/api/todos/", {"Authorization": BEARER, "Origin": "https://app.example.com"}, None),
    (304, "GET", "/api/todos/", {"Authorization": BEARER, "If-None-Match": "{etag}"}, None),
    (304, "HEAD", "/api/todos/", {"Authorization": BEARER, "If-None-Match": "{etag}"}, None),
    (304, "HEAD", "/api/todos/{id}/", {"Authorization": BEARER, "If-None-Match": 'W/"v1"'}, None),
    (412, "GET", "/api/todos/", {"Authorization": BEARER, "If-Match": '"other"'}, None),
    (200, "HEAD", "/api/todos/", {"Authorization": BEARER}, None),
    (200, "GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "127.0.0.1"}, None),
    (400, "GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "evil.example.com"}, None),
    (400, "GET", "/api/todos/{id}/", {"Authorization": BEARER, "Host": "not a host"}, None),
    (304, "GET", "/api/todos/{id}/", {"Authorization": BEARER, "If-None-Match": '"v1"', "Origin": "null"}, None),
    (404, "GET", "/api/todos/not-an-id/", {"Authorization": BEARER}, None),
    (404, "GET", f"/api/todos/{UNKNOWN}/", {"Authorization": BEARER}, None),
    (400, "GET", "/api/todos/?limit=0", {"Authorization": BEARER}, None),
    (401, "GET", "/api/todos/", {}, None),
    (401, "GET", "/api/todos/", {"Authorization": "Bearer no-token"}, None),
    (404, "GET", "/api/todos", {"Authorization": BEARER}, None),
    (404, "POST", "/api/todos", {"Authorization": BEARER}, {"title": "A"}),
    (405, "DELETE", "/api/me/", {"Authorization": BEARER}, None),
    (405, "TRACE", "/api/me/", {"Authorization": BEARER}, None),
    (405, "BREW", "/api/me/", {"Authorization": BEARER}, None),
    (400, "POST", "/api/todos/", {"Authorization": BEARER}, {"title": 7, "colour": "red"}),
    (415, "POST", "/api/todos/", {"Authorization": BEARER, "Content-Type": "text/plain"}, {"title": "A"}),
    (400, "POST", "/api/todos/", {"Authorization": BEARER}, None),
    (413, "POST", "/api/todos/", {"Authorization": BEARER, "Origin": "https://app.example"}, ["x" * 1_100_000]),
    (412, "PATCH", "/api/todos/{id}/", {"Authorization": BEARER, "If-Match": '"v7"'}, {"title": "B"}),
    (200, "OPTIONS", "/api/todos/", {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}, None),
    (204, "OPTIONS", "/api/todos/", {}, None),
    (200, "GET", "/api/blog/posts/", {"Origin": "https://app.example.com"}, None),
    (404, "GET", "/api/blog/posts/none/", {}, None),
    (200, "GET", "/api/blog/tags/", {"Host": "localhost:8000"}, None),
    (404, "GET", "/api/nothing/", {}, None),
    (404, "GET", "/nothing/", {}, None),
    (200, "GET", "/about/", {"Origin": "https://app.example.com"}, None),
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
    listed = answer(
        application, event("GET", "/api/todos/", {"Authorization": f"Bearer {alice.access_token}"}, None), None
    )
    return {"token": alice.access_token, "id": made["id"], "etag": listed["headers"]["ETag"]}


def test_each_request_gets_the_headers_of_all(known: dict[str, str]) -> None:
    for status, method, path, headers, body in REQUESTS:
        sent = {name: value.format(**known) for name, value in headers.items()}
        answered = answer(application, event(method, path.format(**known), sent, body), None)
        said = answered["headers"]
        assert answered["statusCode"] == status, (method, path, headers, answered)
        assert (said["X-Request-ID"], said["X-Content-Type-Options"]) == ("the-same", "nosniff")
        assert (said["X-Frame-Options"], said["Referrer-Policy"]) == ("DENY", "strict-origin-when-cross-origin")
        assert said.get("Access-Control-Allow-Origin") == ("*" if path.startswith("/api/") else None)
        assert "origin" not in said.get("Vary", "").lower()
        if path.startswith("/api/") and status >= 400 and method != "HEAD" and answered["body"]:
            assert said["Content-Type"] == "application/problem+json"
            assert json.loads(answered["body"])["status"] == status


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api/todos", "/api/blog/posts/hello", f"/api/todos/{UNKNOWN}", "/api/admin"])
def test_an_api_address_without_its_slash_is_told_of_it(path: str, method: str, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        answered = answer(application, event(method, path, {}, None), None)
    assert (answered["statusCode"], answered["headers"]["Content-Type"]) == (404, "application/problem+json")
    named = f"Addresses end with a slash: {path}/" in json.loads(answered["body"])["detail"]
    assert named is (path != "/api/admin")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("query", ["", "a=1&b=%20", "&" * 1100, "%ff", "a=" + "1" * 5000])
@pytest.mark.parametrize("path", ["/tags", "/archive", "/about", "/search", "/api", "/todos", "/admin"])
def test_a_page_without_its_slash_is_put_right(path: str, query: str, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        answered = answer(application, {**event("GET", path, {}, None), "rawQueryString": query}, None)
    assert answered["statusCode"] == 301
    kept = f"?{query}" if query and path != "/admin" else ""
    assert answered["headers"]["Location"] == f"{path}/{kept}"


def test_what_breaks_is_an_answer_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any, request: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr("rest.health.Health.get", broken)
    monkeypatch.setattr(logging.getLogger("django"), "propagate", True)
    answered = answer(application, event("GET", "/api/health/", {}, None), None)
    assert answered["statusCode"] == 500
    assert json.loads(answered["body"])["request_id"] == "the-same"
    assert "a bug" in caplog.text
