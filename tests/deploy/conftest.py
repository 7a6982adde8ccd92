"""A deployment's life has an order: its tests run as they stand in their files, each in an account of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.deploy.account import Account


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Account]":
    """A new account for the file's tests, unless it makes one of its own."""
    from tests.deploy.account import empty_account

    with empty_account(tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order within each file of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.random_order(disabled=True))
