"""What can go wrong at DynamoDB: one tree, raised by the connection itself."""

from collections.abc import Mapping, Sequence
from typing import Any

RawItem = Mapping[str, Mapping[str, Any]]


class DynamoError(Exception):
    """The root: everything this package raises on purpose."""


class DoesNotExist(DynamoError):
    """No such item."""


class ConditionFailed(DynamoError):
    """A conditional write was refused.

    `item` is what DynamoDB holds in its own notation (None if nothing), `retried` whether the request had been sent
    more than once, so that an earlier copy of it may be what changed the item.
    """

    def __init__(self, item: RawItem | None = None, *, retried: bool = False) -> None:
        super().__init__("The condition of a write did not hold.")
        self.item = item
        self.retried = retried


class AlreadyExists(ConditionFailed):
    """A create met an item with this key."""


class VersionConflict(ConditionFailed):
    """The item is not at the version the writer saw."""


class TransactionFailed(DynamoError):
    """A transaction was cancelled; `reasons` has DynamoDB's code for each part, None where that part was fine."""

    def __init__(self, reasons: Sequence[str | None]) -> None:
        super().__init__(f"A transaction was cancelled: {list(reasons)}.")
        self.reasons = list(reasons)


class ItemTooLarge(DynamoError):
    """Over DynamoDB's limit of 400 KB an item."""


class CollectionFull(DynamoError):
    """Over DynamoDB's limit of 10 GB for all items of one hash key, in a table with local indexes."""


class BadCursor(DynamoError):
    """A paging cursor that was not made for this query, or was altered."""


class TooMuch(DynamoError):
    """More than one request may read, to sort it."""


class Unavailable(DynamoError):
    """DynamoDB throttled the request, could not be reached or took too long. `retry_after` is in seconds."""

    retry_after = 2


class Contended(Unavailable):
    """Another transaction held one of the items; nothing was written, and the same at once again may succeed."""
