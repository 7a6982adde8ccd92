"""What an export of a user's data has of to-dos: lists, to-dos and the bin as JSON, and to-dos for other programs.

Each function reads page by page, a megabyte at a time, whatever there is. All raise DynamoError.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from rest.text import csv_line
from todos import ical
from todos.lists import PREFIX, ListRow
from todos.models import Todo, Values

_COLUMNS = (
    "id", "title", "notes", "completed", "completed_at", "due", "repeat", "remind", "priority", "tags", "list",
    "attachments", "created_at", "updated_at",
)  # fmt: skip


def lists(owner: str) -> Iterator[dict[str, Any]]:
    """Lists by id."""
    for row in ListRow.for_owner(owner).all():
        yield {"id": row.id.removeprefix(PREFIX), "name": row.name, "color": row.color, "order": row.place}


def todos(owner: str) -> Iterator[dict[str, Any]]:
    """Live to-dos by id."""
    for todo in Todo.each_of(owner).all():
        ids = [shown.id for shown in todo.attachments or ()]
        yield _shown(todo, {**todo.values, "attachments": ids}, todo.created_at)


def in_bin(owner: str) -> Iterator[dict[str, Any]]:
    """Deleted to-dos that could be brought back, the last first."""
    for todo in Todo.in_bin(owner).all():
        if values := todo.values_in_bin:
            yield {**_shown(todo, values, values["created_at"]), "deleted_at": todo.deleted_at}


def calendar(owner: str) -> Iterator[str]:
    """Live to-dos as iCalendar."""
    yield ical.HEAD
    yield from map(ical.vtodo, Todo.each_of(owner).all())
    yield ical.TAIL


def table(owner: str) -> Iterator[str]:
    """Live to-dos as CSV (RFC 4180) for a spreadsheet: with a byte order mark, and no cell that is a formula."""
    names = {row["id"]: row["name"] for row in lists(owner)}
    yield f"\ufeff{csv_line(_COLUMNS)}"
    for todo in todos(owner):
        named = {**todo, "list": names.get(todo["list"], todo["list"])}
        yield csv_line(_cell(named[name]) for name in _COLUMNS)


def _shown(todo: Todo, values: Values, created_at: datetime | None) -> dict[str, Any]:
    return {
        "id": todo.id,
        **values,
        "completed_at": todo.completed_at,
        "created_at": created_at,
        "updated_at": todo.updated_at,
        "version": todo.version,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
