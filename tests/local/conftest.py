"""Local stages for tests to start."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.running import Running

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts local stages; ends what a test leaves running."""
    started: list[Running] = []

    def begin(folder: Path | None = None, **options: Any) -> Running:
        started.append(Running(folder or tmp_path / "local", **options))
        return started[-1]

    yield begin
    for running in started:
        running.stop()
