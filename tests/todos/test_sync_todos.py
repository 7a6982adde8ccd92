"""GET /api/todos/?since=<cursor>"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import override_settings

from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, all_pages, link, make, path_of
from todos import sync
from todos.models import Todo
from todos.sync import LAG, Since


@pytest.fixture
def no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    """One writer, one clock: nothing has to be told twice."""
    monkeypatch.setattr(sync, "LAG", timedelta(0))


class Phone:
    """A client that keeps what it is told, by id and version."""

    def __init__(self, persona: Persona, limit: int = 100) -> None:
        self.persona, self.limit = persona, limit
        self.todos: dict[str, dict[str, Any]] = {}
        self.cursor, self.told = "", 0

    def sync(self) -> None:
        address = f"{ROOT}?since={self.cursor}&limit={self.limit}"
        while address:
            answer = self.persona.api.get(address)
            assert answer.status_code == 200, answer.content
            for told in answer.json():
                self.keep(told)
            address = link(answer, "next")
            self.cursor = cursor_of(answer, "sync")

    def keep(self, told: dict[str, Any]) -> None:
        self.told += 1
        known = self.todos.get(told["id"])
        if known is None or known["version"] < told["version"]:
            self.todos[told["id"]] = told

    @property
    def shown(self) -> dict[str, dict[str, Any]]:
        return {name: todo for name, todo in self.todos.items() if "deleted" not in todo}


def cursor_of(answer: Any, rel: str) -> str:
    """The `since` of the answer's link."""
    return parse_qs(urlsplit(link(answer, rel)).query)["since"][0]


def server_state(persona: Persona) -> dict[str, dict[str, Any]]:
    """All of their to-dos."""
    return {todo["id"]: todo for todo in persona.api.get(ROOT, {"limit": "100"}).json()}


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.usefixtures("no_lag")
def test_a_phone_follows_every_change(alice: Persona, limit: int) -> None:
    phone = Phone(alice, limit)
    phone.sync()
    assert phone.shown == {}
    first, second, third = make(alice), make(alice), make(alice)
    phone.sync()
    assert phone.shown == server_state(alice)
    alice.api.patch(path_of(first), {"title": "changed", "completed": True})
    alice.api.delete(path_of(second))
    phone.sync()
    assert phone.shown == server_state(alice)
    assert phone.todos[second["id"]]["deleted"] is True
    alice.api.put(path_of(second), {"title": "back"})
    alice.api.patch(path_of(third), {"order": 1})
    phone.sync()
    assert phone.shown == server_state(alice)
    told = phone.told
    phone.sync()
    assert phone.told == told


@pytest.mark.parametrize("cursor", ["new", "later"])
def test_each_page_is_one_query(alice: Persona, cursor: str) -> None:
    for _ in range(3):
        make(alice)
    since = "" if cursor == "new" else cursor_of(alice.api.get(ROOT, {"since": ""}), "sync")
    with recorded_requests() as sent:
        assert len(alice.api.get(ROOT, {"since": since}).json()) == 3
    assert sent == ["Query"]


def test_a_tombstone_says_only_that_it_was(alice: Persona) -> None:
    todo = make(alice)
    since = cursor_of(alice.api.get(ROOT, {"since": ""}), "sync")
    alice.api.delete(path_of(todo))
    told = alice.api.get(ROOT, {"since": since}).json()
    assert told == [{"id": todo["id"], "deleted": True, "version": 2, "updated_at": told[0]["updated_at"]}]


def test_the_first_sync_tells_of_no_tombstones(alice: Persona) -> None:
    alice.api.delete(path_of(make(alice)))
    todo = make(alice)
    assert alice.api.get(ROOT, {"since": ""}).json() == [todo]


def test_a_change_that_appears_late_is_told(alice: Persona) -> None:
    """A writer's clock was behind, or its write took long: its change appears behind what the phone has seen."""
    make(alice)
    phone = Phone(alice)
    phone.sync()
    late = make(alice)
    at = datetime.now(UTC) - LAG + timedelta(seconds=2)
    Todo.change((alice.sub, late["id"]), [Todo.title.set("late")], at=at)
    phone.sync()
    assert phone.shown[late["id"]]["title"] == "late"


def test_a_change_during_a_long_first_sync_is_told(alice: Persona) -> None:
    todos = [make(alice) for _ in range(3)]
    first = alice.api.get(ROOT, {"since": "", "limit": "2"})
    alice.api.delete(path_of(todos[0]))
    Todo.change((alice.sub, todos[1]["id"]), [Todo.title.set("late")], at=datetime.now(UTC) - timedelta(seconds=1))
    second = alice.api.get(link(first, "next"))
    later = {told["id"]: told for told in all_pages(alice, link(second, "sync"))}
    assert later[todos[0]["id"]]["deleted"] is True
    assert later[todos[1]["id"]]["title"] == "late"


def test_a_phone_that_stops_half_way_goes_on_there(alice: Persona) -> None:
    todos = [make(alice) for _ in range(5)]
    first = alice.api.get(ROOT, {"since": "", "limit": "2"})
    assert link(first, "sync") == link(first, "next")
    rest = alice.api.get(link(first, "sync"))
    assert [told["id"] for told in first.json() + rest.json()] == [todo["id"] for todo in todos][:4]


def test_a_cursor_older_than_the_tombstones_is_410(alice: Persona) -> None:
    def cursor(**age: Any) -> str:
        moment = datetime.now(UTC) - timedelta(**age)
        return Since(moment=moment, began=moment).dump(alice.sub)

    assert alice.api.get(ROOT, {"since": cursor(days=29, hours=23)}).status_code == 200
    answer = alice.api.get(ROOT, {"since": cursor(days=30, minutes=1)})
    assert_refused(answer, 410)
    assert "since" in answer.json()["detail"]


def test_a_first_sync_of_an_older_version_begins_anew(alice: Persona) -> None:
    key = {"owner": {"S": alice.sub}, "id": {"S": "x"}, "created_at": {"S": "2026-01-02T03:04:05.678901+0000"}}
    cursor = Since(moment=None, began=datetime.now(UTC), start=key).dump(alice.sub)
    assert_refused(alice.api.get(ROOT, {"since": cursor}), 410)


def test_a_quiet_phone_may_poll_for_years(alice: Persona) -> None:
    """A cursor is as old as the last poll, not as the last change."""
    todo = make(alice)
    long_ago = datetime.now(UTC) - timedelta(days=400)
    Todo.change((alice.sub, todo["id"]), [Todo.created_at.set(long_ago)], at=long_ago)
    since = cursor_of(alice.api.get(ROOT, {"since": ""}), "sync")
    assert alice.api.get(ROOT, {"since": since}).json() == []


def test_a_cursor_opens_its_owners_changes_alone(alice: Persona, bob: Persona) -> None:
    make(alice)
    since = cursor_of(alice.api.get(ROOT, {"since": ""}), "sync")
    assert_refused(bob.api.get(ROOT, {"since": since}), 410)
    assert_refused(alice.api.get(ROOT, {"since": since[:-1] + ("A" if since[-1] != "A" else "B")}), 410)
    assert_refused(alice.api.get(ROOT, {"cursor": since}))


def test_a_phone_whose_cursor_opens_nothing_any_more_is_told_to_begin_anew(alice: Persona) -> None:
    make(alice)
    with override_settings(SECRET_KEY="leaked, and changed since"):  # it signs this cursor alone
        since = cursor_of(alice.api.get(ROOT, {"since": ""}), "sync")
    answer = alice.api.get(ROOT, {"since": since})
    assert_refused(answer, 410)
    assert "an empty `since`" in answer.json()["detail"]


@pytest.mark.parametrize(("first", "then"), [("&lists=true", ""), ("", "&lists=true")])
def test_a_first_sync_that_goes_on_otherwise_about_lists_begins_anew(alice: Persona, first: str, then: str) -> None:
    for _ in range(2):
        make(alice)
    since = cursor_of(alice.api.get(f"{ROOT}?since=&limit=1{first}"), "next")
    assert_refused(alice.api.get(f"{ROOT}?since={since}&limit=1{then}"), 410)


@pytest.mark.parametrize(
    "extra",
    ["completed=true", "list=x", "tag=x", "sort=due", "cursor=x", "due_after=2030-01-01T00:00:00Z"],
)
def test_it_goes_with_no_filter(alice: Persona, extra: str) -> None:
    answer = alice.api.get(f"{ROOT}?since=&{extra}")
    assert_refused(answer)
    assert answer.json()["errors"][0]["parameter"] == extra.partition("=")[0]
