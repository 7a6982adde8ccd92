"""Many writers of one to-do at once, each by If-Match: no update is lost."""

import logging
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.personas import Persona
from tests.todos.making import make, path_of, read

SIZES = [pytest.param(10, 20), pytest.param(50, 100, marks=pytest.mark.prove)]
# Whoever loses waits, longer each time. Shorter pauses only make more conflicts of the same changes.
FIRST_PAUSE, LONGEST_PAUSE = 0.15, 3.0


class Writer:
    """Adds one to `order`, again and again, only ever to what it has seen."""

    def __init__(self, persona: Persona, path: str, changes: int) -> None:
        self.changes = changes
        self.api, self.path = type(persona.api)(), path
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {persona.access_token}")
        self.versions: list[int] = []
        self.conflicts = 0

    def write(self) -> None:
        seen: Any = self.api.get(self.path)
        pause = FIRST_PAUSE
        while len(self.versions) < self.changes:
            answer = self.api.patch(self.path, {"order": seen.json()["order"] + 1}, HTTP_IF_MATCH=seen["ETag"])
            if answer.status_code == 200:
                self.versions.append(answer.json()["version"])
                seen, pause = answer, FIRST_PAUSE
            else:
                assert answer.status_code == 412, answer.content
                self.conflicts += 1
                time.sleep(random.uniform(0, pause))
                pause = min(pause * 2, LONGEST_PAUSE)
                seen = self.api.get(self.path)


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Thousands of conflicts need no line each."""
    logger = logging.getLogger("django.request")
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(logging.NOTSET)


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize(("count", "changes"), SIZES)
def test_no_update_is_lost(alice: Persona, count: int, changes: int) -> None:
    todo = make(alice, order=0)
    writers = [Writer(alice, path_of(todo), changes) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(Writer.write, writers))
    final = read(alice, todo)
    assert (final["order"], final["version"]) == (count * changes, count * changes + 1)
    versions = sorted(version for writer in writers for version in writer.versions)
    assert versions == list(range(2, count * changes + 2))
    assert sum(writer.conflicts for writer in writers) > count
