"""Desks of people of each group."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.blog.admin.desk import Desk


def _desk(*groups: str) -> "Desk":
    from tests.blog.admin.desk import Desk

    return Desk(*groups)


@pytest.fixture
def pia() -> "Desk":
    """Publishes and deletes."""
    return _desk("publishers")


@pytest.fixture
def ed() -> "Desk":
    """Writes."""
    return _desk("editors")


@pytest.fixture
def vera() -> "Desk":
    """Looks."""
    return _desk("viewers")
