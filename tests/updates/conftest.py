"""Each test has a product of its own."""

from pathlib import Path

import pytest

from tests.updates.publishing import Operator


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody who publishes."""
    found = Operator(tmp_path)
    found.create()
    return found
