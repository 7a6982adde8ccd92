"""The sample's tables, and browsers of its people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.dynamo.admin.browser import Browser


@pytest.fixture(scope="session", autouse=True)
def _tables() -> None:
    from django.core.management import call_command

    from tests.dynamo.sample.models import Shelved

    call_command("migrate", create=True, verbosity=0)
    Shelved.create_table(wait=True, billing_mode="PAY_PER_REQUEST")


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    """No test sees the articles, or the log, of another."""
    from dynamo.admin.history.log import Entry
    from tests.dynamo.sample.models import Article, Shelved

    yield
    for model in (Article, Entry, Shelved):
        with model.batch_write() as batch:
            for item in model.scan():
                batch.delete(item)


def _browser(name: str | None) -> "Browser":
    from tests.dynamo.admin.browser import Browser

    return Browser(name)


@pytest.fixture
def pia() -> "Browser":
    """Publishes: may do everything with articles."""
    return _browser("pia")


@pytest.fixture
def ed() -> "Browser":
    """Writes, but deletes nothing."""
    return _browser("ed")


@pytest.fixture
def vera() -> "Browser":
    """Only looks."""
    return _browser("vera")


@pytest.fixture
def ada() -> "Browser":
    """May do everything."""
    return _browser("ada")
