"""Helpers for tests: count the DynamoDB requests a block makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dynamo.connection import listening


@contextmanager
def recorded_requests() -> Iterator[list[str]]:
    """The names of the DynamoDB operations sent inside the block, in order, e.g. ["Query"]."""
    sent: list[str] = []

    def record(operation: str, arguments: dict[str, Any]) -> None:
        sent.append(operation)

    with listening(record):
        yield sent
