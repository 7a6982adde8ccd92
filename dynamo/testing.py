"""Helpers for tests: count the DynamoDB requests a block makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from dynamo.connection import listening


@contextmanager
def recorded_requests() -> Iterator[list[str]]:
    """The names of the DynamoDB operations this thread sends inside the block, in order, e.g. ["Query"].

    Other threads of a test's process handle the events of tests that are over.
    """
    sent: list[str] = []
    here = get_ident()

    def record(operation: str, arguments: dict[str, Any]) -> None:
        if get_ident() == here:
            sent.append(operation)

    with listening(record):
        yield sent
