"""Local stages for tests to start."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.emulator import Emulator
from infra.local.processes import free_port
from tests.local.account import Account
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


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account for all tests: names are used once."""
    with Emulator(free_port(), tmp_path_factory.mktemp("aws"), persist=False) as emulator:
        yield Account(emulator)
