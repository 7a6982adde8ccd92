"""Waiting for what happens by events: until it is true, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(check: Callable[[], T], what: str = "it", seconds: float = 60.0) -> T:
    """The first true answer of `check`, asked every 50 ms; AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if found := check():
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def next_second() -> None:
    """The embedded AWS compares whole seconds: a token of the second of the sign-out would live on."""
    now = int(time.time())
    until(lambda: int(time.time()) > now, "the next second")
