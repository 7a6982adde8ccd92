"""PUT /api/todos/<id>/"""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.personas import Persona
from tests.todos.making import BAD_ELEMENTS, BAD_VALUES, ROOT, make, path_of, read, send

NOBODYS = "019a9d11-7f0e-7a31-8c44-2b5d6e7f8091"


@pytest.fixture
def path() -> str:
    """Of no to-do yet."""
    return f"{ROOT}{uuid.uuid4()}/"


def test_it_makes_a_todo_of_the_clients_id_with_one_write(alice: Persona, path: str) -> None:
    with recorded_requests() as sent:
        answer = alice.api.put(path, {"title": "Buy milk"})
    assert answer.status_code == 201
    assert sent == ["Query", "UpdateItem"]  # its place is behind the last one
    assert answer["Location"] == answer.json()["url"] == f"http://testserver{path}"
    assert (answer["ETag"], answer.json()["version"]) == ('"v1"', 1)
    assert alice.api.get(path).json() == answer.json()
    posted = make(alice, title="Buy milk")
    own = {"id", "url", "order", "created_at", "updated_at"}
    assert {k: v for k, v in posted.items() if k not in own} == {k: v for k, v in answer.json().items() if k not in own}


def test_a_repeated_create_makes_one_todo(alice: Persona, path: str) -> None:
    first = alice.api.put(path, {"title": "Buy milk"})
    again = alice.api.put(path, {"title": "Buy milk"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert "Location" not in again
    assert again.json() == {**first.json(), "version": 2, "updated_at": again.json()["updated_at"]}
    assert [todo["id"] for todo in alice.api.get(ROOT).json()] == [first.json()["id"]]


def test_the_ids_case_does_not_matter(alice: Persona) -> None:
    name = str(uuid.uuid4())
    assert alice.api.put(f"{ROOT}{name.upper()}/", {"title": "Buy milk"}).json()["id"] == name
    assert alice.api.put(f"{ROOT}{name}/", {"title": "Buy milk"}).status_code == 200


def test_it_replaces_everything_but_the_place(alice: Persona) -> None:
    todo = make(alice, notes="n", completed=True, due="2030-01-01T00:00:00Z", priority=2, tags=["a"], list="l", order=7)
    with recorded_requests() as sent:
        answer = alice.api.put(path_of(todo), {"title": "new"})
    assert (answer.status_code, sent) == (200, ["Query", "UpdateItem"])
    replaced = answer.json()
    assert replaced == read(alice, todo)
    empty = {
        "notes": "",
        "completed": False,
        "completed_at": None,
        "due": None,
        "priority": 0,
        "tags": [],
        "list": "inbox",
    }
    moved = {"title": "new", "version": 2, "updated_at": replaced["updated_at"]}
    assert replaced == {**todo, **empty, **moved}
    assert [found["id"] for found in alice.api.get(ROOT, {"completed": "false"}).json()] == [todo["id"]]
    assert alice.api.put(path_of(todo), {"title": "new", "order": 8}).json()["order"] == 8


def test_it_brings_back_what_was_deleted(alice: Persona) -> None:
    todo = make(alice, notes="secret", order=7)
    alice.api.delete(path_of(todo))
    answer = alice.api.put(path_of(todo), {"title": "back"})
    assert answer.status_code == 201
    back = answer.json()
    assert (back["title"], back["notes"], back["version"]) == ("back", "", 3)
    assert back["created_at"] == back["updated_at"] > todo["updated_at"]
    assert read(alice, todo) == back
    assert alice.api.get(ROOT).json() == [back]
    assert alice.api.get(ROOT, {"since": ""}).json() == [back]


def test_create_only_creates_only(alice: Persona, path: str) -> None:
    first = alice.api.put(path, {"title": "first"}, HTTP_IF_NONE_MATCH="*")
    assert first.status_code == 201
    assert_refused(alice.api.put(path, {"title": "second"}, HTTP_IF_NONE_MATCH="*"), 412)
    assert alice.api.get(path).json() == first.json()
    alice.api.delete(path)
    assert alice.api.put(path, {"title": "third"}, HTTP_IF_NONE_MATCH="*").status_code == 201


@pytest.mark.parametrize("header", ['"v1"', "*"])
def test_if_match_makes_nothing(alice: Persona, path: str, header: str) -> None:
    assert_refused(alice.api.put(path, {"title": "x"}, HTTP_IF_MATCH=header), 412)
    assert_refused(alice.api.get(path), 404)
    todo = make(alice)
    alice.api.delete(path_of(todo))
    for tag in ('"v1"', '"v2"', "*"):
        assert_refused(alice.api.put(path_of(todo), {"title": "x"}, HTTP_IF_MATCH=tag), 412)
    assert alice.api.get(ROOT).json() == []


def test_if_match_holds_back_what_was_changed_meanwhile(alice: Persona) -> None:
    todo = make(alice)
    theirs = alice.api.patch(path_of(todo), {"title": "theirs"}).json()
    assert_refused(alice.api.put(path_of(todo), {"title": "mine"}, HTTP_IF_MATCH='"v1"'), 412)
    assert read(alice, todo) == theirs
    assert alice.api.put(path_of(todo), {"title": "mine"}, HTTP_IF_MATCH='"v2"').status_code == 200


def test_both_preconditions_at_once_are_refused(alice: Persona, path: str) -> None:
    assert_refused(alice.api.put(path, {"title": "x"}, HTTP_IF_MATCH="*", HTTP_IF_NONE_MATCH="*"))
    assert_refused(alice.api.put(path, {"title": "x"}, HTTP_IF_NONE_MATCH='"v1"'))
    assert_refused(alice.api.get(path), 404)


def test_the_same_id_of_two_people_is_two_todos(alice: Persona, bob: Persona) -> None:
    todo = make(alice)
    answer = bob.api.put(path_of(todo), {"title": "bob's"})
    assert answer.status_code == 201
    assert read(alice, todo) == todo
    assert_refused(bob.api.put(path_of(make(alice)), {"title": "x"}, HTTP_IF_MATCH='"v1"'), 412)


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=lambda value: str(value)[:20])
def test_it_refuses_a_bad_value(alice: Persona, path: str, field: str, value: Any) -> None:
    todo = make(alice)
    for place in (path, path_of(todo)):
        assert_refused(alice.api.put(place, {"title": "x", field: value}), pointer=f"/{field}")
    assert alice.api.get(ROOT).json() == [todo]


@pytest.mark.parametrize(("pointer", "value"), BAD_ELEMENTS, ids=lambda value: str(value)[:20])
def test_it_points_at_the_bad_element(alice: Persona, path: str, pointer: str, value: Any) -> None:
    assert_refused(alice.api.put(path, {"title": "x", pointer.split("/", 1)[0]: value}), pointer=f"/{pointer}")
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_bad_body(alice: Persona, path: str, body: bytes, content_type: str, status: int) -> None:
    assert_refused(send(alice, "PUT", path, body, content_type), status)
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize("name", ["x", "1", "...", f"upload%23{NOBODYS}", "0" * 32])
def test_it_takes_no_id_but_a_uuid(alice: Persona, name: str) -> None:
    assert alice.api.put(f"{ROOT}{name}/", {"title": "x"}).status_code == 404
    assert alice.api.get(ROOT).json() == []


def test_it_needs_a_token(api: APIClient, path: str) -> None:
    assert_refused(api.put(path, {"title": "x"}), 401)
