"""PATCH /api/todos/<id>/"""

from typing import Any

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.personas import Persona
from tests.todos.making import BAD_ELEMENTS, BAD_VALUES, ROOT, make, path_of, read, send


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Buy bread"},
        {"notes": ""},
        {"due": "2030-01-31T09:00:00.000Z"},
        {"due": None},
        {"tags": []},
        {"priority": 3, "list": "shop", "tags": ["a"]},
        {"completed": True},
        {"completed": False},
        {"completed": True, "order": 5},
        {"completed": False, "order": 5},
        {"order": 5},
        {"attachments": []},
        {},
    ],
    ids=str,
)
def test_it_changes_what_is_named_with_one_request(alice: Persona, change: dict[str, Any]) -> None:
    todo = make(alice, notes="n", due="2029-01-01T00:00:00Z", tags=["x"])
    with recorded_requests() as sent:
        answer = alice.api.patch(path_of(todo), change)
    assert answer.status_code == 200
    assert sent == ["UpdateItem"]
    assert answer["ETag"] == '"v2"'
    changed = answer.json()
    assert changed == read(alice, todo)
    moving = {"version": 2, "updated_at": changed["updated_at"], "completed_at": changed["completed_at"]}
    assert changed == {**todo, **change, **moving}
    assert changed["updated_at"] > todo["updated_at"]
    assert (changed["completed_at"] is not None) == changed["completed"]


def test_completing_keeps_the_moment_it_was_first_done(alice: Persona) -> None:
    todo = make(alice)
    first = alice.api.patch(path_of(todo), {"completed": True}).json()
    assert first["completed_at"] == first["updated_at"]
    again = alice.api.patch(path_of(todo), {"completed": True}).json()
    assert again["completed_at"] == first["completed_at"]
    reopened = alice.api.patch(path_of(todo), {"completed": False}).json()
    assert reopened["completed_at"] is None


def test_completing_and_reopening_keep_its_place_among_the_open(alice: Persona) -> None:
    first, second = make(alice, order=1), make(alice, order=2)
    alice.api.patch(path_of(first), {"completed": True})
    assert [todo["id"] for todo in alice.api.get(ROOT, {"completed": "false"}).json()] == [second["id"]]
    alice.api.patch(path_of(first), {"completed": False})
    expected = [first["id"], second["id"]]
    assert [todo["id"] for todo in alice.api.get(ROOT, {"completed": "false"}).json()] == expected


@pytest.mark.parametrize("change", [{"order": 3}, {"completed": False, "order": 3}], ids=str)
def test_a_new_place_counts_among_the_open_too(alice: Persona, change: dict[str, Any]) -> None:
    first, second = make(alice, order=1), make(alice, order=2)
    alice.api.patch(path_of(first), change)
    expected = [second["id"], first["id"]]
    assert [todo["id"] for todo in alice.api.get(ROOT, {"completed": "false"}).json()] == expected
    assert [todo["id"] for todo in alice.api.get(ROOT).json()] == expected


def test_a_completed_one_takes_a_new_place_and_stays_completed(alice: Persona) -> None:
    first, second = make(alice, order=1, completed=True), make(alice, order=2)
    with recorded_requests() as sent:
        changed = alice.api.patch(path_of(first), {"order": 3}).json()
    assert sent == ["UpdateItem"]
    assert (changed["order"], changed["completed"], changed["version"]) == (3, True, 2)
    assert [todo["id"] for todo in alice.api.get(ROOT, {"completed": "false"}).json()] == [second["id"]]
    assert [todo["id"] for todo in alice.api.get(ROOT).json()] == [second["id"], first["id"]]


@pytest.mark.parametrize("change", [{"title": "mine"}, {"order": 5}, {"completed": True}], ids=str)
@pytest.mark.parametrize("completed", [True, False])
def test_if_match_holds_back_what_was_changed_meanwhile(
    alice: Persona, change: dict[str, Any], completed: bool
) -> None:
    todo = make(alice, completed=completed)
    theirs = alice.api.patch(path_of(todo), {"title": "theirs"}).json()
    assert_refused(alice.api.patch(path_of(todo), change, HTTP_IF_MATCH='"v1"'), 412)
    assert read(alice, todo) == theirs
    assert alice.api.patch(path_of(todo), change, HTTP_IF_MATCH='"v2"').json()["version"] == 3
    assert alice.api.patch(path_of(todo), change, HTTP_IF_MATCH="*").json()["version"] == 4


@pytest.mark.parametrize("header", ["v1", "'v1'", '"v1", "v2"', "1", ""])
def test_it_refuses_an_if_match_it_does_not_understand(alice: Persona, header: str) -> None:
    todo = make(alice)
    assert_refused(alice.api.patch(path_of(todo), {"title": "new"}, HTTP_IF_MATCH=header))
    assert read(alice, todo) == todo


@pytest.mark.parametrize("header", ['"x"', '"v0"', '"v999999999999999"', '"v-1"'])
def test_an_if_match_no_version_has_is_412(alice: Persona, header: str) -> None:
    todo = make(alice)
    assert_refused(alice.api.patch(path_of(todo), {"title": "new"}, HTTP_IF_MATCH=header), 412)
    assert read(alice, todo) == todo


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_unless_it_was_changed_since_a_time_is_refused(alice: Persona, method: str) -> None:
    """It was made whatever had been changed since, though answers say when that was."""
    todo = make(alice)
    since = {"If-Unmodified-Since": "Sat, 29 Oct 1994 19:43:31 GMT"}
    answer = alice.api.generic(method, path_of(todo), '{"title": "x"}', "application/json", headers=since)
    assert_refused(answer, 400)
    assert answer.json()["errors"][0]["header"] == "If-Unmodified-Since"
    assert read(alice, todo) == todo


def test_if_none_match_contradicts_a_change(alice: Persona) -> None:
    todo = make(alice)
    assert_refused(alice.api.patch(path_of(todo), {"title": "new"}, HTTP_IF_NONE_MATCH="*"), 412)
    assert read(alice, todo) == todo


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=lambda value: str(value)[:20])
def test_it_refuses_a_bad_value(alice: Persona, field: str, value: Any) -> None:
    todo = make(alice)
    assert_refused(alice.api.patch(path_of(todo), {"notes": "new", field: value}), pointer=f"/{field}")
    assert read(alice, todo) == todo


@pytest.mark.parametrize(("pointer", "value"), BAD_ELEMENTS, ids=lambda value: str(value)[:20])
def test_it_points_at_the_bad_element(alice: Persona, pointer: str, value: Any) -> None:
    todo = make(alice)
    assert_refused(alice.api.patch(path_of(todo), {pointer.split("/", 1)[0]: value}), pointer=f"/{pointer}")
    assert read(alice, todo) == todo


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_bad_body(alice: Persona, body: bytes, content_type: str, status: int) -> None:
    todo = make(alice)
    assert_refused(send(alice, "PATCH", path_of(todo), body, content_type), status)
    assert read(alice, todo) == todo


@pytest.mark.parametrize("change", [{"title": "new"}, {"order": 5}, {"completed": True}], ids=str)
@pytest.mark.parametrize("header", [{}, {"HTTP_IF_MATCH": '"v1"'}], ids=str)
def test_it_changes_nobody_elses(alice: Persona, bob: Persona, change: dict[str, Any], header: dict[str, Any]) -> None:
    todo = make(alice)
    assert_refused(bob.api.patch(path_of(todo), change, **header), 404)
    assert read(alice, todo) == todo
    assert bob.api.get(ROOT).json() == []


@pytest.mark.parametrize("change", [{"title": "new"}, {"order": 5}, {"completed": False}], ids=str)
@pytest.mark.parametrize("header", [{}, {"HTTP_IF_MATCH": '"v1"'}, {"HTTP_IF_MATCH": '"v2"'}], ids=str)
def test_it_does_not_wake_the_deleted(alice: Persona, change: dict[str, Any], header: dict[str, Any]) -> None:
    todo = make(alice)
    alice.api.delete(path_of(todo))
    assert_refused(alice.api.patch(path_of(todo), change, **header), 404)
    assert alice.api.get(ROOT).json() == []


def test_it_needs_a_token(api: APIClient, alice: Persona) -> None:
    todo = make(alice)
    assert_refused(api.patch(path_of(todo), {"title": "new"}), 401)
    assert read(alice, todo) == todo
