"""Lists: made, renamed, coloured, moved and deleted, on every device."""

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, link, make, path_of, read
from todos import sync
from todos.lists import ListRow

LISTS = f"{ROOT}lists/"


def at(list_id: str) -> str:
    return f"{LISTS}{quote(list_id, safe='')}/"


def put(persona: Persona, list_id: str, **values: Any) -> Any:
    return persona.api.put(at(list_id), {"name": list_id, **values}, format="json")


def test_an_empty_list_is_there_for_every_device(alice: Persona) -> None:
    with recorded_requests() as sent:
        answer = put(alice, "errands", name=" Errands ", color="green", order=2)
    assert sent == ["UpdateItem"]
    assert (answer.status_code, answer["ETag"]) == (201, '"v1"')
    made = answer.json()
    assert answer["Location"] == made["url"]
    assert {name: made[name] for name in ("kind", "id", "name", "color", "order", "deleted_at")} == {
        "kind": "list", "id": "errands", "name": "Errands", "color": "green", "order": 2, "deleted_at": None,
    }  # fmt: skip
    with recorded_requests() as sent:
        assert alice.api.get(at("errands")).json() == made
        assert alice.api.get(LISTS).json() == [made]
    assert sent == ["GetItem", "Query"]
    assert alice.api.get(ROOT).json() == []


def test_renaming_is_one_write_and_changes_no_todo(alice: Persona) -> None:
    put(alice, "errands", color="red")
    todo = make(alice, list="errands")
    with recorded_requests() as sent:
        answer = alice.api.patch(at("errands"), {"name": "Town"}, format="json", headers={"If-Match": '"v1"'})
    assert sent == ["UpdateItem"]
    assert (answer.json()["name"], answer.json()["color"], answer["ETag"]) == ("Town", "red", '"v2"')
    assert read(alice, todo) == todo
    late = alice.api.patch(at("errands"), {"name": "x"}, format="json", headers={"If-Match": '"v1"'})
    assert_refused(late, 412)
    assert alice.api.get(at("errands")).json()["name"] == "Town"


@pytest.mark.parametrize("list_id", ["a/b", "Ünï % çödé?", "list#x", "a/", "inbox2", "bin", "a\nb", "a\n/b"])
def test_any_name_a_todo_has_can_be_made_a_list(alice: Persona, list_id: str) -> None:
    todo = make(alice, list=list_id)
    made = put(alice, list_id, name="Other").json()
    assert made["id"] == todo["list"] == list_id
    assert alice.api.get(made["url"]).json() == made
    assert alice.api.delete(f"{made['url']}?todos=delete").status_code == 204
    assert_refused(alice.api.get(path_of(todo)), 404)
    assert alice.api.get(LISTS).json() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", None), ("name", "x" * 101), ("name", "\u2060"), ("name", 5),
        ("color", "mauve"), ("color", 1), ("color", ""), ("order", "1"), ("order", 2**53), ("order", None), ("id", "b"),
    ],
)  # fmt: skip
def test_bad_values_change_nothing(alice: Persona, field: str, value: Any) -> None:
    made = put(alice, "a", color="blue").json()
    for answer in (put(alice, "a", **{field: value}), alice.api.patch(at("a"), {field: value}, format="json")):
        assert_refused(answer, 422 if answer.status_code == 422 else 400)
    assert alice.api.get(at("a")).json() == made


def test_the_inbox_and_what_is_no_name_are_refused(alice: Persona) -> None:
    for list_id, status in (
        ("inbox", 400),
        ("x" * 101, 404),
        ("\u2060", 404),
        (" a", 404),
        ("a/../b", 404),
        ("..", 404),
    ):
        for answer in (put(alice, list_id, name="n"), alice.api.delete(at(list_id)), alice.api.get(at(list_id))):
            assert answer.status_code == status, (list_id, answer.content)
    assert alice.api.get(LISTS).json() == []


def test_preconditions(alice: Persona) -> None:
    assert_refused(alice.api.patch(at("a"), {"name": "b"}, format="json"), 404)
    assert_refused(alice.api.put(at("a"), {"name": "a"}, format="json", headers={"If-Match": "*"}), 412)
    assert_refused(alice.api.delete(at("a"), headers={"If-Match": "*"}), 412)
    assert put(alice, "a", order=5).status_code == 201
    assert_refused(alice.api.put(at("a"), {"name": "b"}, format="json", headers={"If-None-Match": "*"}), 412)
    again = put(alice, "a", name="b")
    assert (again.status_code, again.json()["order"], again.json()["version"]) == (200, 5, 2)
    todo = make(alice, list="a")
    assert_refused(alice.api.delete(at("a"), headers={"If-Match": '"v1"'}), 412)
    assert alice.api.get(at("a")).json() == again.json()
    assert read(alice, todo) == todo


def test_deleting_moves_its_todos_to_the_inbox(alice: Persona) -> None:
    put(alice, "a")
    mine, other = [make(alice, list="a", completed=done) for done in (False, True)], make(alice, list="b")
    assert alice.api.delete(at("a")).status_code == 204
    assert [read(alice, todo)["list"] for todo in mine] == ["inbox", "inbox"]
    assert read(alice, other) == other
    assert_refused(alice.api.get(at("a")), 404)
    assert alice.api.delete(at("a")).status_code == 204
    assert_refused(alice.api.patch(at("a"), {"name": "b"}, format="json"), 404)
    assert put(alice, "a").json()["version"] == 3


def test_deleting_with_its_todos_changes_no_others_and_a_restored_one_brings_it_back(alice: Persona) -> None:
    put(alice, "a", name="Papers", color="pink")
    todo, other = make(alice, list="a"), make(alice)
    assert alice.api.delete(f"{at('a')}?todos=delete").status_code == 204
    assert_refused(alice.api.get(path_of(todo)), 404)
    assert read(alice, other) == other
    assert alice.api.post(f"{path_of(todo)}restore/").json()["list"] == "a"
    (back,) = alice.api.get(LISTS).json()
    assert (back["name"], back["color"]) == ("Papers", "pink")


def test_sync_tells_of_lists_to_those_who_ask(alice: Persona) -> None:
    put(alice, "a")
    todo = make(alice)
    whole = alice.api.get(ROOT, {"since": "", "lists": "true"})
    assert [one.get("kind", "todo") for one in whole.json()] == ["list", "todo"]
    plain = alice.api.get(ROOT, {"since": ""})
    assert plain.json() == [todo]
    sync, plain_sync = link(whole, "sync"), link(plain, "sync")
    assert "lists=true" in sync
    alice.api.patch(at("a"), {"name": "b"}, format="json")
    assert [one["name"] for one in alice.api.get(sync).json() if "kind" in one] == ["b"]
    with recorded_requests() as sent:
        alice.api.get(sync)
    assert sent == ["Query"]
    alice.api.delete(at("a"))
    (gone,) = [one for one in alice.api.get(sync).json() if "kind" in one]
    assert (gone["id"], gone["version"]) == ("a", 3)
    assert gone["deleted_at"]
    assert all("kind" not in one for one in alice.api.get(plain_sync).json())


def test_lists_goes_with_since_alone(alice: Persona) -> None:
    assert_refused(alice.api.get(ROOT, {"lists": "true"}), 400)


def test_lists_are_in_no_listing_and_not_in_the_bin(alice: Persona) -> None:
    put(alice, "a")
    put(alice, "b")
    alice.api.delete(at("b"))
    for query in ({}, {"sort": "due"}, {"sort": "created"}, {"sort": "-order"}, {"completed": "false"}):
        assert alice.api.get(ROOT, query).json() == []
    assert alice.api.get(f"{ROOT}bin/").json() == []
    assert alice.api.delete(ROOT).status_code == 204
    assert len(alice.api.get(LISTS).json()) == 1


def test_pages(alice: Persona) -> None:
    for name in "abc":
        put(alice, name)
    first = alice.api.get(LISTS, {"limit": 2})
    assert [one["id"] for one in first.json()] == ["a", "b"]
    assert [one["id"] for one in alice.api.get(link(first, "next")).json()] == ["c"]


def test_nobody_touches_anothers(alice: Persona, bob: Persona, api: APIClient) -> None:
    made = put(alice, "a").json()
    assert bob.api.get(LISTS).json() == []
    assert_refused(bob.api.get(at("a")), 404)
    assert_refused(bob.api.patch(at("a"), {"name": "b"}, format="json"), 404)
    assert bob.api.delete(at("a")).status_code == 204
    assert put(bob, "a", name="mine").status_code == 201
    for answer in (api.get(LISTS), api.get(at("a")), api.put(at("a"), {"name": "x"}, format="json")):
        assert_refused(answer, 401)
    assert alice.api.get(at("a")).json() == made


def test_two_devices_change_two_things(alice: Persona) -> None:
    put(alice, "a")
    changes = [{"name": "b"}, {"color": "teal"}, {"order": 9}]
    threads = [
        threading.Thread(target=alice.api.patch, args=(at("a"), change), kwargs={"format": "json"})
        for change in changes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = alice.api.get(at("a")).json()
    assert (now["name"], now["color"], now["order"], now["version"]) == ("b", "teal", 9, 4)


def test_deleting_moves_its_todos_to_another_list(alice: Persona) -> None:
    put(alice, "a")
    todo = make(alice, list="a")
    assert_refused(alice.api.delete(f"{at('a')}?to=a"), 400)
    assert read(alice, todo) == todo
    assert alice.api.delete(f"{at('a')}?to=%20b%20").status_code == 204
    assert read(alice, todo)["list"] == "b"


@pytest.mark.parametrize("moved", [1e14, 2**53 - 1, -5])
def test_a_new_list_goes_to_the_end_wherever_others_were_moved(alice: Persona, moved: float) -> None:
    put(alice, "a", order=moved)
    assert put(alice, "b").json()["order"] >= moved


def test_sync_tells_of_a_list_whose_making_took_its_time(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small: a cursor does not stay behind at all, and somebody syncs between the Query and the write."""
    monkeypatch.setattr(sync, "LAG", timedelta())
    end_of, cursors = ListRow._end_of, list[str]()

    def slowly(owner: str) -> float:
        found = end_of(owner)
        cursors.append(link(alice.api.get(f"{ROOT}?since=&lists=true"), "sync"))
        return found

    monkeypatch.setattr(ListRow, "_end_of", slowly)
    assert alice.api.put("/api/todos/lists/trip/", {"name": "Trip"}).status_code == 201
    assert [one["id"] for one in alice.api.get(cursors[0]).json()] == ["trip"]
