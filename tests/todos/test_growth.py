"""No request costs more for what others have: the same DynamoDB requests, items looked at and bytes."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import orjson
import pytest

from dynamo import connection
from dynamo.models import table
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of

FEW, MANY = 10, 20_000


def fill(count: int) -> None:
    """To-dos of as many owners as there are tens of them."""
    owners = [str(uuid.uuid4()) for _ in range(count // 10)]
    rows = [
        {
            "owner": {"S": owner}, "id": {"S": str(uuid.uuid4())}, "title": {"S": "Theirs"},
            "order": {"N": str(number)}, "created_at": {"S": "2026-01-02T03:04:05.678901+0000"},
        }
        for owner in owners
        for number in range(10)
    ]  # fmt: skip
    for some in (rows[start : start + 25] for start in range(0, len(rows), 25)):
        connection.shared().dispatch(
            "BatchWriteItem", {"RequestItems": {table("todos"): [{"PutRequest": {"Item": row}} for row in some]}}
        )


@contextmanager
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int, int]]]:
    """Of each DynamoDB request: its name, how many items it looked at, the bytes of its answer."""
    seen: list[tuple[str, int, int]] = []
    shared = connection.shared()
    send, own = shared.send, get_ident()

    def counted(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = send(operation, arguments)
        if get_ident() == own:  # events of other tests may still be handled in other threads
            seen.append((operation, answer.get("ScannedCount", 1), len(orjson.dumps(answer))))
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(shared, "send", counted)
        yield seen


def test_a_request_costs_the_same_among_many(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    todos = [make(alice) for _ in range(30)]
    paths = [ROOT, f"{ROOT}?limit=10", f"{ROOT}?sort=-created", f"{ROOT}?since=", path_of(todos[0])]
    costs = []
    for count in (FEW, MANY):
        fill(count)
        with measured(monkeypatch) as seen:
            for path in paths:
                assert alice.api.get(path).status_code == 200
        costs.append(seen)
    assert costs[0] == costs[1]
    assert [(name, looked_at) for name, looked_at, _ in costs[1]] == [
        ("Query", 26), ("Query", 11), ("Query", 30), ("Query", 26), ("GetItem", 1),
    ]  # fmt: skip
