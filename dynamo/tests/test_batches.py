"""Many items at once: each once, and what DynamoDB leaves unread is asked for again."""

import uuid
from typing import Any

import pytest

from dynamo import connection
from dynamo.batches import BATCH_TRIES, fetch_many
from dynamo.errors import Unavailable
from dynamo.testing import recorded_requests
from dynamo.tests.sample.models import Note

Keys = list[tuple[str, str]]


@pytest.fixture
def keys() -> Keys:
    """Of three notes."""
    owner = uuid.uuid4().hex
    return [Note(owner, f"{number}").create().key() for number in range(3)]


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB reads one key of a batch and leaves the others, as it may under load."""
    shared = connection.shared()
    send = shared.send

    def first_alone(operation: str, arguments: dict[str, Any]) -> Any:
        if operation != "BatchGetItem":
            return send(operation, arguments)
        ((table, asked),) = arguments["RequestItems"].items()
        first, *others = asked["Keys"]
        answer = send(operation, {"RequestItems": {table: {**asked, "Keys": [first]}}})
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": others}} if others else {}}

    monkeypatch.setattr(shared, "send", first_alone)


def test_what_is_there_is_found(keys: Keys) -> None:
    with recorded_requests() as sent:
        found = fetch_many(Note, [*keys, (keys[0][0], "none")])
    assert sorted(note.key() for note in found) == keys
    assert sent == ["BatchGetItem"]


def test_a_key_named_twice_is_found_once(keys: Keys) -> None:
    assert sorted(note.key() for note in fetch_many(Note, [*keys, *keys])) == keys
    assert [note.key() for note in fetch_many(Note, [keys[0], keys[0]])] == keys[:1]


def test_no_keys_are_no_request() -> None:
    with recorded_requests() as sent:
        assert fetch_many(Note, []) == []
    assert sent == []


@pytest.mark.usefixtures("one_at_a_time")
def test_what_was_left_unread_is_asked_for_again(keys: Keys) -> None:
    with recorded_requests() as sent:
        found = fetch_many(Note, keys)
    assert sorted(note.key() for note in found) == keys
    assert sent == ["BatchGetItem"] * 3


@pytest.mark.usefixtures("one_at_a_time")
def test_what_stays_unread_is_no_answer(keys: Keys) -> None:
    missing = [(keys[0][0], f"none {number}") for number in range(BATCH_TRIES)]
    with pytest.raises(Unavailable):
        fetch_many(Note, [*keys, *missing])
