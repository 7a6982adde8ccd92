"""The bin: what was deleted can be brought back for 30 days."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of, read
from todos.models import Todo

BIN = "/api/todos/bin/"
ALL: dict[str, Any] = {
    "title": "Renew", "notes": "n", "due": "2030-01-31", "priority": 2, "tags": ["a", "b"], "order": 7.5,
    "list": "Papers",
}  # fmt: skip


def restore(persona: Persona, todo: dict[str, Any]) -> Any:
    return persona.api.post(f"{path_of(todo)}restore/")


@pytest.mark.parametrize("completed", [False, True])
def test_it_comes_back_as_it_was(alice: Persona, completed: bool) -> None:
    todo = make(alice, **ALL, completed=completed)
    alice.api.delete(path_of(todo))
    with recorded_requests() as sent:
        (binned,) = alice.api.get(BIN).json()
    assert sent == ["Query"]
    assert datetime.fromisoformat(binned["deleted_at"]) - datetime.now(UTC) < timedelta(minutes=1)
    changed = {"version", "updated_at"}
    assert {name: binned[name] for name in todo if name not in changed} == {
        name: value for name, value in todo.items() if name not in changed
    }
    answer = restore(alice, todo)
    assert answer.status_code == 200
    back = answer.json()
    assert {name: back[name] for name in todo if name not in changed} == {
        name: value for name, value in todo.items() if name not in changed
    }
    assert back["version"] == 3
    assert answer["ETag"] == '"v3"'
    assert alice.api.get(BIN).json() == []
    for query in ({}, {"sort": "due"}, {"sort": "created"}, {"completed": str(completed).lower()}, {"list": "Papers"}):
        assert alice.api.get(ROOT, query).json() == [back]
    assert not {"kept_order", "kept_due", "kept_created"} & set(Todo.fetch((alice.sub, todo["id"])).serialize())


def test_sync_tells_of_it(alice: Persona) -> None:
    todo = make(alice)
    sync = alice.api.get(ROOT, {"since": ""})["Link"].split("<")[-1].split(">")[0]
    alice.api.delete(path_of(todo))
    assert [(one["id"], one.get("deleted")) for one in alice.api.get(sync).json()][-1] == (todo["id"], True)
    assert "title" not in alice.api.get(sync).json()[-1]
    back = restore(alice, todo).json()
    assert alice.api.get(sync).json() == [back]


def test_what_is_live_stays_as_it_is(alice: Persona) -> None:
    todo = make(alice)
    assert restore(alice, todo).json() == todo
    assert read(alice, todo) == todo


def test_a_put_takes_it_out_of_the_bin(alice: Persona) -> None:
    todo = make(alice, notes="old")
    alice.api.delete(path_of(todo))
    new = alice.api.put(path_of(todo), {"title": "new"}, format="json").json()
    assert (new["title"], new["notes"]) == ("new", "")
    assert alice.api.get(BIN).json() == []
    assert restore(alice, todo).json() == new


def test_the_last_deleted_is_first_a_page_at_a_time(alice: Persona) -> None:
    for title in "abc":
        alice.api.delete(path_of(make(alice, title=title)))
    make(alice, title="live")
    answer = alice.api.get(BIN, {"limit": 2})
    assert [todo["title"] for todo in answer.json()] == ["c", "b"]
    following = answer["Link"].split("<")[-1].split(">")[0]
    assert [todo["title"] for todo in alice.api.get(following).json()] == ["a"]


def test_cleared_ones_are_there_too(alice: Persona) -> None:
    for title in "ab":
        make(alice, title=title, completed=True)
    alice.api.delete(f"{ROOT}?completed=true")
    assert {todo["title"] for todo in alice.api.get(BIN).json()} == {"a", "b"}


def test_emptied_it_is_gone_for_good(alice: Persona) -> None:
    todo, other = make(alice, title="secret"), make(alice)
    alice.api.delete(path_of(todo))
    assert alice.api.delete(BIN).status_code == 204
    assert alice.api.get(BIN).json() == []
    assert_refused(restore(alice, todo), 404)
    assert read(alice, other) == other


def test_after_thirty_days_it_is_gone(alice: Persona) -> None:
    todo = make(alice)
    alice.api.delete(path_of(todo))
    Todo.change((alice.sub, todo["id"]), [Todo.expires.set(datetime.now(UTC) - timedelta(seconds=2))])
    assert alice.api.get(BIN).json() == []
    assert_refused(restore(alice, todo), 404)


def test_nobody_sees_anothers_bin(alice: Persona, bob: Persona, api: APIClient) -> None:
    todo = make(alice)
    alice.api.delete(path_of(todo))
    assert bob.api.get(BIN).json() == []
    assert_refused(restore(bob, todo), 404)
    assert bob.api.delete(BIN).status_code == 204
    for answer in (api.get(BIN), api.delete(BIN), api.post(f"{path_of(todo)}restore/")):
        assert_refused(answer, 401)
    assert restore(alice, todo).status_code == 200


def test_what_never_was_is_404(alice: Persona) -> None:
    assert_refused(alice.api.post(f"{ROOT}{uuid.uuid4()}/restore/"), 404)
