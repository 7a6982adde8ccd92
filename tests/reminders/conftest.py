"""What tests of reminders begin with."""

from collections.abc import Iterator

import pytest

from tests.reminders.push_service import PushService, running


@pytest.fixture(scope="module")
def pushing() -> Iterator[PushService]:
    """A push service on this machine."""
    with running() as service:
        yield service
