"""What holds on every address of the API."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from tests.personas import Persona

PROBLEM = "application/problem+json"
PRIVATE = ["/api/todos/", "/api/me/", "/api/media/uploads/"]
PUBLIC = ["/api/", "/api/health/", "/api/blog/posts/", "/api/blog/tags/", "/api/schema/", "/api/auth/config/"]


@pytest.mark.parametrize("path", PRIVATE)
def test_without_a_token_it_is_401(api: APIClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 401
    assert answer["Content-Type"] == PROBLEM
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


def test_a_page_elsewhere_reads_why_it_is_refused_under_the_name_api_gateway_gives_the_header(api: APIClient) -> None:
    exposed = api.get(PRIVATE[0], HTTP_ORIGIN="https://app.example.org")["Access-Control-Expose-Headers"].split(", ")
    assert {"www-authenticate", "x-amzn-remapped-www-authenticate"} <= set(exposed)


@pytest.mark.parametrize("path", PRIVATE)
def test_private_answers_are_kept_by_nobody(alice: Persona, path: str) -> None:
    assert "no-store" in alice.api.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/api/blog/posts/", "/api/blog/tags/"])
def test_public_answers_are_kept_by_a_cdn(api: APIClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 200
    assert "s-maxage=" in answer["Cache-Control"]
    assert "stale-while-revalidate=" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer
    assert "Authorization" not in answer.get("Vary", "")
    assert api.get(path, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


@pytest.mark.parametrize("path", PRIVATE + PUBLIC)
def test_any_origin_may_call_and_options_needs_no_token(api: APIClient, path: str) -> None:
    preflight = api.options(
        path,
        HTTP_ORIGIN="https://app.example",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization, if-match",
    )
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in preflight["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in preflight
    assert api.options(path).status_code in {200, 204}


@pytest.mark.parametrize("path", [*PRIVATE, "/api/blog/subscribers/"])
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"title": NaN}', "application/json", 400),
        (b'{"title": "\xed\xa0\x80"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"null", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"title": "x"}', "text/plain", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b'"' + b"x" * 10_000_000 + b'"', "application/json", 413),
    ],
    ids=lambda value: str(value)[:24],
)
@override_settings(THROTTLES={scope: [] for scope in settings.THROTTLES})
def test_a_malformed_body_is_refused(alice: Persona, path: str, body: Any, kind: str, status: int) -> None:
    if path == "/api/me/":
        status = 405
        if len(body) > 1_048_576:
            status = 413
    answer = alice.api.generic("POST", path, body, content_type=kind)
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == PROBLEM
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("path", PRIVATE + PUBLIC)
@pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "BREW"])
def test_strange_methods_are_405(alice: Persona, path: str, method: str) -> None:
    answer = alice.api.generic(method, path)
    assert answer.status_code == 405
    assert answer["Content-Type"] == PROBLEM


@pytest.mark.parametrize("path", ["/api/none/", "/api/todos/x/y/", "/api/todos"])
def test_an_unknown_address_is_a_404_problem(api: APIClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "body",
    [
        {"title": "A", "tags": [1] * 300_000},
        {"title": "A", "attachments": [1] * 300_000},
        {f"{number:x}": 1 for number in range(80_000)},
    ],
    ids=["tags", "attachments", "unknown fields"],
)
def test_an_answer_is_not_larger_than_what_was_wrong(alice: Persona, body: Any) -> None:
    """Lambda gives up on answers over 6 MB, and DRF tells of each item apart."""
    answer = alice.api.post("/api/todos/", body)
    assert answer.status_code == 400
    assert len(answer.content) < 20_000
    assert answer.json()["errors"]


@pytest.mark.parametrize("path", ["/api/todos/", "/api/media/uploads/", "/api/blog/posts/", "/api/blog/tags/"])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=", "unknown=1", "limit=%00"]
)
def test_wrong_parameters_are_named(alice: Persona, path: str, query: str) -> None:
    answer = alice.api.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_an_unknown_parameter_is_called_one(alice: Persona) -> None:
    for answer in (alice.api.get("/api/todos/?unknown=1"), alice.api.delete("/api/todos/bin/?list=home")):
        [error] = answer.json()["errors"]
        assert (error["detail"], error["code"]) == ("There is no such parameter.", "unknown")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_takes_no_parameter_ignores_none(alice: Persona, method: str) -> None:
    place = alice.api.post("/api/todos/", {"title": "x"})["Location"]
    uploads, lists = "/api/media/uploads/0192d8b2-7a4f-7c1e-9d3b-5f6a7b8c9d0e/", "/api/todos/lists/home/"
    for path in (place, lists, uploads, "/api/me/", "/api/reminders/settings/", "/api/", "/api/blog/posts/a-post/"):
        answer = alice.api.generic(method, f"{path}?lang=de")
        assert (path, answer.status_code) == (path, 400)


@pytest.mark.parametrize("path", ["/api/health/", "/api/health/deep/", "/api/schema/"])
def test_what_monitors_and_links_add_to_is_answered(api: APIClient, path: str) -> None:
    assert api.get(f"{path}?utm_source=mail").status_code == 200


@pytest.mark.parametrize(
    ("header", "value"), [("If-Match", '"v7"'), ("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT")]
)
def test_a_read_of_another_version_is_a_problem(alice: Persona, header: str, value: str) -> None:
    place = alice.api.post("/api/todos/", {"title": "x"})["Location"]
    answer = alice.api.get(place, headers={header: value})
    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (412, PROBLEM, 412)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/todos/bin/"),
        ("DELETE", "/api/todos/0192d8b2-7a4f-7c1e-9d3b-5f6a7b8c9d0e/"),
        ("POST", "/api/todos/"),
        ("PUT", "/api/reminders/settings/"),
        ("POST", "/api/live/tickets/"),
    ],
)
def test_a_change_ignores_no_parameter(alice: Persona, method: str, path: str) -> None:
    """Whoever empties the bin of one list must not lose all that is in it."""
    answer = alice.api.generic(method, f"{path}?list=home", '{"title": "x", "zone": "UTC"}', "application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "list"


def test_every_answer_names_its_request(api: APIClient) -> None:
    answer = api.get("/api/none/")
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_a_bug_is_a_problem_without_details(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("rest.health.Health.get", broken)
    api.raise_request_exception = False
    answer = api.get("/api/health/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == PROBLEM
    assert b"secret" not in answer.content


def test_all_that_is_wrong_is_said_at_once(alice: Persona) -> None:
    answer = alice.api.post("/api/todos/", {"title": 7, "colour": "red", "id": "x", "priority": 9})
    errors = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert set(errors) == {"/title", "/colour", "/id", "/priority"}
    assert errors["/colour"] == errors["/id"] == "unknown"
