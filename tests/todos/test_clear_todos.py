"""DELETE /api/todos/"""

import threading
from typing import Any

import pytest
from rest_framework.test import APIClient

from dynamo.queries import Query
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of, read, titles
from tests.todos.test_sync_todos import Phone
from todos import services
from todos.models import Todo


@pytest.mark.parametrize("batch", [500, 20])
def test_it_deletes_all_of_the_callers(
    alice: Persona, bob: Persona, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "CLEAR_BATCH", batch)
    kept = make(bob)
    for number in range(70):
        make(alice, completed=number % 2 == 0)
    phone = Phone(alice)
    phone.sync()
    assert len(phone.shown) == 70
    answer = alice.api.delete(ROOT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert alice.api.get(ROOT).json() == []
    assert bob.api.get(ROOT).json() == [kept]
    phone.sync()
    assert phone.shown == {}


def test_it_clears_the_completed(alice: Persona) -> None:
    make(alice, title="open")
    make(alice, title="done", completed=True)
    assert alice.api.delete(f"{ROOT}?completed=true").status_code == 204
    assert titles(alice.api.get(ROOT)) == ["open"]


def test_it_is_done_when_there_is_nothing(alice: Persona) -> None:
    assert alice.api.delete(ROOT).status_code == 204
    assert alice.api.delete(f"{ROOT}?completed=true").status_code == 204


def test_what_is_reopened_meanwhile_stays_and_what_is_changed_goes(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list's being read and the to-do's being deleted."""
    reopened, changed = make(alice, completed=True), make(alice, completed=True)
    page = Query.page

    def meanwhile(*args: Any) -> Any:
        found = page(*args)
        alice.api.patch(path_of(reopened), {"completed": False})
        alice.api.patch(path_of(changed), {"title": "changed"})
        return found

    monkeypatch.setattr(Query, "page", meanwhile)
    assert alice.api.delete(f"{ROOT}?completed=true").status_code == 204
    monkeypatch.undo()
    assert [todo["id"] for todo in alice.api.get(ROOT).json()] == [reopened["id"]]


def test_it_says_so_when_some_are_left(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(70):
        make(alice)
    monkeypatch.setattr(services, "CLEAR_BATCH", 60)
    monkeypatch.setattr(services, "CLEAR_SECONDS", 0)
    answer = alice.api.delete(ROOT)
    assert_refused(answer, 503)
    assert answer["Retry-After"] == "1"
    assert len(alice.api.get(ROOT).json()) == 10
    assert alice.api.delete(ROOT).status_code == 204
    assert alice.api.get(ROOT).json() == []


def test_two_at_once_do_no_harm(alice: Persona) -> None:
    for _ in range(100):
        make(alice)
    answers: list[int] = []
    clients = [threading.Thread(target=lambda: answers.append(alice.api.delete(ROOT).status_code)) for _ in range(2)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert answers == [204, 204]
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize(
    "query", ["completed=false", "completed=1", "completed=", "all=true", "completed=true&completed=true", "tag=x"]
)
def test_it_refuses_what_it_does_not_understand(alice: Persona, query: str) -> None:
    todo = make(alice, completed=True)
    answer = alice.api.delete(f"{ROOT}?{query}")
    assert_refused(answer)
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]
    assert read(alice, todo) == todo


def test_it_needs_a_token(api: APIClient) -> None:
    assert_refused(api.delete(ROOT), 401)


def test_it_clears_what_is_moved_meanwhile(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CLEAR_BATCH", 10)
    made = [make(alice, title=str(number), order=number) for number in range(15)]
    delete, moved = Todo.soft_delete, list[Any]()

    def deleting(owner: str, todo_id: str, **more: Any) -> Any:
        if not moved:
            moved.append(alice.api.patch(path_of(made[-1]), {"order": -1}))
        return delete(owner, todo_id, **more)

    monkeypatch.setattr(Todo, "soft_delete", deleting)
    assert alice.api.delete(ROOT).status_code == 204
    assert alice.api.get(ROOT).json() == []
