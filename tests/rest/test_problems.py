"""What a problem says to whoever made the request: what is taken here, in place of what was sent."""

import gzip
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from rest import problems
from tests.bad_bodies import JSON, assert_refused
from tests.personas import Persona


def said(answer: Any) -> list[str]:
    """The sentences of a refused request's errors."""
    assert_refused(answer)
    return [error["detail"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("color", ["mauve", "", 1, True, ["red"], {"red": 1}])
def test_one_of_a_few_words_is_named_with_the_others(alice: Persona, edith: Persona, color: Any) -> None:
    answer = alice.api.put("/api/todos/lists/home/", {"name": "Home", "color": color})
    assert said(answer) == ["Say one of: red, orange, yellow, green, teal, blue, purple, pink."]
    assert said(alice.api.get("/api/todos/?sort=title")) == ["Say one of: order, -order, due, -due, created, -created."]
    assert said(alice.api.delete("/api/todos/?completed=false")) == ["Say one of: true."]
    assert said(edith.api.get("/api/blog/drafts/?status=published")) == ["Say one of: draft, scheduled."]
    asked = {"name": "a.txt", "content_type": "text/plain", "size": 3, "method": "form"}
    assert said(alice.api.post("/api/media/uploads/", asked)) == ["Say one of: post, put."]


@pytest.mark.parametrize("end", ["T24:00:00Z", "T09:00:00+24:00", "T09:00:61Z", "T09:00:00", "T9:00Z", " 09:00"])
@pytest.mark.parametrize("day", ["2030-01-31", "2030-02-30", "0000-01-01"])
def test_what_is_no_time_is_told_the_one_form_there_is(alice: Persona, edith: Persona, day: str, end: str) -> None:
    moment = "2030-01-31T09:00:00Z."
    [due] = said(alice.api.post("/api/todos/", {"title": "T", "due": day + end}))
    assert due == f"Use a day, as 2030-01-31, or a moment with an offset, as {moment}"
    [published_at] = said(edith.api.post("/api/blog/posts/", {"title": "T", "body": "", "published_at": day + end}))
    assert published_at == f"Use RFC 3339 with an offset, as in {moment}"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_in_utc_is_told_so_too(alice: Persona, moment: str) -> None:
    [due] = said(alice.api.post("/api/todos/", {"title": "T", "due": moment}))
    assert due.startswith("Use a day")


def test_a_body_that_is_no_json_is_told_what_is(alice: Persona) -> None:
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"):
        answer = alice.api.generic("POST", "/api/todos/", '{"title": "T"}', content_type=kind)
        assert_refused(answer, 415)
        assert answer.json()["detail"] == "Send JSON, with Content-Type: application/json."


def test_a_body_that_is_packed_is_told_to_come_as_it_is(alice: Persona) -> None:
    packed: Any = gzip.compress(b'{"title": "T"}')
    answer = alice.api.generic("POST", "/api/todos/", packed, content_type=JSON, headers={"Content-Encoding": "gzip"})
    assert_refused(answer, 415)
    assert answer.json()["detail"] == "Send the body as it is, without Content-Encoding."


def test_a_body_that_was_unpacked_on_its_way_is_read(alice: Persona) -> None:
    body, header = '{"title": "T"}', {"Content-Encoding": "gzip"}
    assert alice.api.generic("POST", "/api/todos/", body, content_type=JSON, headers=header).status_code == 201


def test_who_sends_no_token_hears_where_there_are_some(api: APIClient) -> None:
    answer = api.get("/api/todos/")
    assert_refused(answer, 401)
    assert "/api/auth/config/" in answer.json()["detail"]


def test_another_method_hears_which_there_are(api: APIClient) -> None:
    answer = api.put("/api/todos/")
    assert_refused(answer, 405)
    assert answer.json()["detail"] == f"Allowed here: {answer['Allow']}."


@pytest.mark.parametrize("kind", problems.ALL)
def test_its_type_leads_to_what_it_means(api: APIClient, kind: type[problems.Problem]) -> None:
    answer = api.get(kind().data()["type"])
    assert (answer.status_code, answer.json()["title"], answer.json()["status"]) == (200, kind.title, kind.status)
    assert answer.json()["meaning"].startswith(f"{kind.status}: ")
    assert "s-maxage=300" in answer["Cache-Control"]


def test_another_type_leads_nowhere(api: APIClient) -> None:
    assert_refused(api.get("/api/problems/unheard-of/"), 404)


def test_all_kinds_are_listed() -> None:
    kinds = {kind for kind in vars(problems).values() if isinstance(kind, type) and issubclass(kind, problems.Problem)}
    assert set(problems.ALL) == kinds
    assert len({kind.kind for kind in kinds}) == len(kinds)


def test_another_name_of_the_site_hears_which_it_has(api: APIClient) -> None:
    answer = api.get("/api/health/", headers={"Host": "10.0.2.2:8000"})
    assert_refused(answer, 400)
    assert settings.SITE_URL in answer.json()["detail"]


@pytest.mark.parametrize("length", ["x", "-1", "1" * 5000])
def test_a_length_that_is_none_is_called_so(api: APIClient, length: str) -> None:
    answer = api.post("/api/todos/", {}, CONTENT_LENGTH=length)
    assert_refused(answer, 400)
    assert answer.json()["detail"] == "Content-Length must be a number."


def test_who_was_too_late_is_told_to_read_again(alice: Persona) -> None:
    place = alice.api.post("/api/todos/", {"title": "T"})["Location"]
    gone = place.replace(place[-13:-1], "000000000000")
    for address, tag in ((place, '"v7"'), (gone, '"v1"'), (gone, "*")):
        answer = alice.api.put(address, {"title": "Mine"}, headers={"If-Match": tag})
        assert_refused(answer, 412)
        assert answer.json()["detail"].endswith("read it again.")
