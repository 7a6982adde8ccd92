"""A Django database backend with no database: atomic() and on_commit() work, any query says why it can't.

Django's own dummy backend refuses even transactions, which DRF, the admin and the test client open around every view.
"""

from collections import defaultdict
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.dummy import base as dummy
from django.db.backends.dummy.features import DummyDatabaseFeatures


class NoSQLDatabase(ImproperlyConfigured):
    """A stock ORM query was attempted."""


def _nothing(*args: object, **kwargs: object) -> None:
    """There is nothing to do for a transaction that holds nothing."""


class DatabaseOperations(dummy.DatabaseOperations):
    """Quotes names, so that a query can be built and reach the cursor, which says what is wrong."""

    def quote_name(self, name: str) -> str:
        return f'"{name}"'

    def sql_flush(self, *args: object, **kwargs: object) -> list[str]:
        return []


class DatabaseFeatures(DummyDatabaseFeatures):
    """Transactions "work": there is nothing to roll back."""

    supports_transactions = True
    # Text in DynamoDB has no length of its own: a CharField without max_length is fine.
    supports_unlimited_charfield = True


class DatabaseWrapper(dummy.DatabaseWrapper):
    """The connection Django sees."""

    vendor = "nosql"
    display_name = "no SQL database"
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    # Any lookup is written down as "=": the cursor refuses it whatever it says.
    operators = defaultdict(lambda: "= %s")
    ensure_connection = _nothing
    _commit = _rollback = _savepoint_commit = _savepoint_rollback = _savepoint = _set_autocommit = _nothing

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # As connecting would do: without it, on_commit() would wait for ever.
        self.autocommit = True

    def _cursor(self, *args: object, **kwargs: object) -> NoReturn:
        raise NoSQLDatabase(
            "This project has no SQL database: a stock Django ORM query was attempted. "
            "Data lives in DynamoDB; see the PynamoDB models in each app's models.py."
        )
