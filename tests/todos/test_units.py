"""What requests cost in DynamoDB's units (docs/adr/0026). The embedded AWS counts writes by DynamoDB's rules."""

from threading import get_ident
from typing import Any

import pytest

from benchmarks.costs import size, units
from dynamo import connection
from tests.personas import Persona
from tests.todos.making import ROOT, link, make, path_of

Cost = dict[str, float]
FULL = {"notes": "Two bags, and the receipt.", "due": "2030-01-31", "priority": 2, "tags": ["home", "food"]}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[Cost]:
    """The units of each write: of the table, and of its indexes by name."""
    seen: list[Cost] = []
    shared = connection.shared()
    send, own = shared.send, get_ident()  # other threads handle events of tests that are over

    def counted(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        is_write = operation in {"PutItem", "UpdateItem"} and arguments["TableName"].endswith("-todos")
        if not is_write or get_ident() != own:
            return send(operation, arguments)
        answer = send(operation, {**arguments, "ReturnConsumedCapacity": "INDEXES"})
        told = answer["ConsumedCapacity"]
        parts = {"table": told["Table"], **told["LocalSecondaryIndexes"]}
        seen.append({name: part["CapacityUnits"] for name, part in parts.items()})
        return answer

    monkeypatch.setattr(shared, "send", counted)
    return seen


@pytest.mark.parametrize("values", [{}, FULL, {"completed": True}], ids=["plain", "full", "completed"])
def test_a_create_is_three_units(alice: Persona, writes: list[Cost], values: dict[str, Any]) -> None:
    make(alice, **values)
    assert writes == [{"table": 1, "by_order": 1, "by_changed": 1}]


@pytest.mark.parametrize(
    "change",
    [{"title": "Other"}, {"completed": True}, {"completed": False}, {"due": None}, {"due": "2031-01-01"}, {"tags": []}],
    ids=str,
)
def test_a_change_is_four_units(alice: Persona, writes: list[Cost], change: dict[str, Any]) -> None:
    todo = make(alice, **FULL)
    writes.clear()
    alice.api.patch(path_of(todo), change)
    assert writes == [{"table": 1, "by_order": 1, "by_changed": 2}]


def test_a_replacement_is_four_units_and_so_is_a_deletion(alice: Persona, writes: list[Cost]) -> None:
    todo = make(alice, **FULL)
    writes.clear()
    alice.api.put(path_of(todo), {"title": "Other"})
    alice.api.delete(path_of(todo))
    assert writes == [{"table": 1, "by_order": 1, "by_changed": 2}] * 2


def test_another_place_is_five_units(alice: Persona, writes: list[Cost]) -> None:
    todo = make(alice, **FULL)
    writes.clear()
    alice.api.patch(path_of(todo), {"order": 1})
    assert writes == [{"table": 1, "by_order": 2, "by_changed": 2}]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, float]]:
    """Of each Query: whether it was consistent, and its units by the bytes of its items."""
    seen: list[tuple[bool, float]] = []
    shared = connection.shared()
    send, own = shared.send, get_ident()

    def counted(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = send(operation, arguments)
        if operation == "Query" and get_ident() == own:
            strong = arguments["ConsistentRead"]
            seen.append((strong, units(sum(map(size, answer["Items"])), 4096) / (1 if strong else 2)))
        return answer

    monkeypatch.setattr(shared, "send", counted)
    return seen


@pytest.fixture
def thirty(alice: Persona) -> None:
    """More to-dos than a page has."""
    for _ in range(30):
        make(alice, **FULL)


@pytest.mark.usefixtures("thirty")
def test_a_list_of_25_is_two_units(alice: Persona, reads: list[tuple[bool, float]]) -> None:
    assert len(alice.api.get(ROOT).json()) == 25
    ((strong, cost),) = reads
    assert not strong
    assert cost <= 2


@pytest.mark.usefixtures("thirty")
def test_who_has_just_written_asks_for_consistent_pages(alice: Persona, reads: list[tuple[bool, float]]) -> None:
    first = alice.api.get(ROOT, {"consistent": "true"})
    alice.api.get(link(first, "next"))
    assert [strong for strong, _ in reads] == [True, True]


@pytest.mark.usefixtures("thirty")
def test_sync_is_consistent(alice: Persona, reads: list[tuple[bool, float]]) -> None:
    first = alice.api.get(ROOT, {"since": ""})
    alice.api.get(link(first, "sync"))
    assert [strong for strong, _ in reads] == [True, True]
