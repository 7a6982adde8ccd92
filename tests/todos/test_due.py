"""A to-do is due on a day, the same in every time zone, or at a moment."""

from typing import Any

import pytest

from tests.personas import Persona
from tests.todos.making import make, path_of

DAYS = ["2026-12-05", "2024-02-29", "0001-01-01", "9999-12-31"]
# In the order they are due: a day comes after the moments of the same day in UTC.
IN_ORDER = [
    "2026-12-04T23:59:59.999999Z",
    "2026-12-04",
    "2026-12-05T00:00:00Z",
    "2026-12-05T09:00:00.5Z",
    "2026-12-05T23:59:59.999999Z",
    "2026-12-05",
    "2026-12-06T00:00:00Z",
    "2026-12-06",
    None,
]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_stays_a_day(alice: Persona, day: str) -> None:
    todo = make(alice, due=day)
    assert todo["due"] == day
    path = path_of(todo)
    assert alice.api.get(path).json()["due"] == day
    moment = alice.api.patch(path, {"due": "2026-12-05T23:59:00+01:00"}, format="json").json()
    assert moment["due"].startswith("2026-12-05T22:59:00")
    assert alice.api.patch(path, {"due": day}, format="json").json()["due"] == day
    assert alice.api.patch(path, {"due": None}, format="json").json()["due"] is None


@pytest.mark.parametrize(
    "due",
    [
        "2026-02-29",
        "2026-13-01",
        "0000-01-01",
        "2026-1-1",
        "20261205",
        "2026-W49-6",
        "\u0662\u0660\u0662\u0666-12-05",
        "2026-12-05 ",
        5,
    ],
)
def test_what_is_no_day_is_refused(alice: Persona, due: Any) -> None:
    made = make(alice, due="2026-12-05")
    answer = alice.api.patch(path_of(made), {"due": due}, format="json")
    assert answer.status_code == 400
    assert "Use a day, as 2030-01-31, or a moment" in answer.json()["errors"][0]["detail"]
    assert alice.api.get(path_of(made)).json() == made


def test_days_and_moments_sort_together(alice: Persona) -> None:
    for due in reversed(IN_ORDER):
        make(alice, due=due)
    found = [todo["due"] for todo in alice.api.get("/api/todos/?sort=due").json()]
    assert [due and due[:19] for due in found] == [due and due[:19].removesuffix("Z") for due in IN_ORDER]
    turned = [todo["due"] for todo in alice.api.get("/api/todos/?sort=-due").json()]
    assert turned == found[::-1]


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        ("2026-12-05", "2026-12-06", slice(2, 6)),
        ("2026-12-05", None, slice(2, 8)),
        (None, "2026-12-05", slice(0, 2)),
        ("2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z", slice(2, 6)),
        ("2026-12-05T09:00:00.5Z", "2026-12-05T23:59:59.999999Z", slice(3, 4)),
        ("2026-12-05T01:00:00+01:00", "2026-12-06", slice(2, 6)),
        (None, "9999-12-31", slice(0, 8)),
        ("0001-01-01", "9999-12-31", slice(0, 8)),
    ],
)
@pytest.mark.parametrize("sort", ["due", "order"])
def test_ranges_of_days_and_moments(
    alice: Persona, after: str | None, before: str | None, expected: slice, sort: str
) -> None:
    for number, due in enumerate(IN_ORDER):
        make(alice, due=due, order=number)
    query = {"due_after": after, "due_before": before, "sort": sort}
    answer = alice.api.get("/api/todos/", {name: value for name, value in query.items() if value})
    assert [todo["order"] for todo in answer.json()] == list(range(len(IN_ORDER)))[expected]


def test_an_empty_range_of_days_is_refused(alice: Persona) -> None:
    for after, before in (("2026-12-05", "2026-12-05"), ("2026-12-05T00:00:00Z", "2026-12-05")):
        assert alice.api.get("/api/todos/", {"due_after": after, "due_before": before}).status_code == 400
