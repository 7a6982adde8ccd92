"""There is no SQL database, and whoever asks for one hears why."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.db import connection, models, transaction

from dynamo.nosql.base import NoSQLDatabase


class Stock(models.Model):
    """A model as Django's tutorial would write it."""

    name = models.CharField(max_length=10)

    objects: ClassVar[models.Manager["Stock"]] = models.Manager()

    class Meta:
        app_label = "sample"
        managed = False

    def __str__(self) -> str:
        return self.name


QUERIES: dict[str, Callable[[], Any]] = {
    "all": lambda: list(Stock.objects.all()),
    "count": Stock.objects.count,
    "get": lambda: Stock.objects.get(pk=1),
    "exists": lambda: Stock.objects.filter(name="x").exists(),
    "create": lambda: Stock.objects.create(name="x"),
    "save": lambda: Stock(id=1, name="x").save(),
    "update": lambda: Stock.objects.update(name="y"),
    "delete": lambda: Stock.objects.filter(name="x").delete(),
    "raw": lambda: list(Stock.objects.raw("SELECT 1")),
}


def test_settings_hold_no_database() -> None:
    from django.conf import settings

    assert {name: database["ENGINE"] for name, database in settings.DATABASES.items()} == {"default": "dynamo.nosql"}
    assert not settings.DATABASES["default"].get("NAME")


@pytest.mark.parametrize("statement", ["SELECT 1", "CREATE TABLE t (id int)"])
def test_any_statement_says_why_not(statement: str) -> None:
    with pytest.raises(NoSQLDatabase, match="no SQL database"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("name", QUERIES)
def test_any_stock_query_says_why_not(name: str) -> None:
    with pytest.raises(NoSQLDatabase, match="Data lives in DynamoDB"):
        QUERIES[name]()


def test_transactions_pass() -> None:
    done: list[str] = []
    with transaction.atomic(), transaction.atomic():
        transaction.on_commit(lambda: done.append("committed"))
    assert done == ["committed"]
    with pytest.raises(RuntimeError, match="rolled back"), transaction.atomic():
        raise RuntimeError("rolled back")
