"""To-dos of a file that is imported: those of an export, or of any iCalendar file.

Ids are made of the file alone, so the same file makes nothing twice: a UUID stays what it is, as each owner has ids of
their own, and any other UID becomes one. What is there stays as it is; what was deleted comes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from rest_framework.exceptions import ValidationError

from config.zones import is_zone
from dynamo.errors import AlreadyExists, VersionConflict
from dynamo.models import now
from rest.serializers import checker
from serverless.errors import InvalidValue
from todos import ical_reading
from todos.fields import is_list_id
from todos.lists import ListRow
from todos.models import LAST_ORDER, Todo, Values
from todos.serializers import TodoInput, TodoListInput
from todos.services import WORKERS, end_of

# To-dos of one file, and how many are written before the caller hears of them.
MAX_TODOS, MAX_LISTS, BATCH = 10_000, 500, 200
_FIELDS = frozenset(TodoInput().fields) - {"attachments"}
_SPACE = UUID("6c1f1e5c-4a0f-5a39-9d0e-3f0f6a2a7c11")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a to-do: `made`, `there` (it was already) or `refused`, and why, or what it is made without.

    `line` is where it begins in an iCalendar file, or its number in `data.json`.
    """

    line: int
    title: str
    result: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _Item:
    line: int
    id: str
    body: Mapping[str, Any]
    created_at: datetime | None = None
    completed_at: datetime | None = None
    remarks: Sequence[str] = ()
    problem: str = ""

    @property
    def title(self) -> str:
        return str(self.body.get("title", ""))[:100]


def load(owner: str, run: str, kind: str, text: bytes, start: int) -> Iterator[Sequence[Outcome]]:
    """Make the file's to-dos from number `start` on, batch by batch. `run` tells what this import made from the rest.

    Raises InvalidValue for a file that holds none, before anything is changed, and DynamoError.
    """
    found, lists = _of_json(text) if kind == "json" else (_of_calendar(owner, text), [])
    items = _each_once(found)
    if start == 0:
        _make_lists(owner, lists)
    place = end_of(owner)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="import") as pool:
        for first in range(start, len(items), BATCH):
            batch = enumerate(items[first : first + BATCH], first)
            yield [*pool.map(lambda each: _make(owner, run, each[1], min(place + each[0], LAST_ORDER)), batch)]


def _each_once(items: Sequence[_Item]) -> list[_Item]:
    """What has the UID of one before it in the file is refused."""
    lines: dict[str, int] = {}
    return [
        item
        if not item.id or lines.setdefault(item.id, item.line) == item.line
        else replace(item, problem=f"Line {lines[item.id]} has the same UID.")
        for item in items
    ]


def _make(owner: str, run: str, item: _Item, place: float) -> Outcome:
    """Make it, unless it is there. One UpdateItem."""
    reason = " ".join(item.remarks)
    if item.problem:
        return Outcome(line=item.line, title=item.title, result="refused", reason=item.problem)
    try:
        values: Values = checker(TodoInput).run_validation(dict(item.body))
    except ValidationError as error:
        return Outcome(line=item.line, title=item.title, result="refused", reason=_in_words(error.detail)[:300])
    values = {"order": place, **values, "request_digest": run}
    for name in ("created_at", "completed_at"):
        if (moment := getattr(item, name)) is not None and moment < now():
            values[name] = moment
    try:
        Todo.put(owner, item.id, values, exists=False)
    except AlreadyExists as there:
        was_made = (there.item or {}).get("request_digest", {}).get("S") == run  # by a task that died since
        return Outcome(line=item.line, title=item.title, result="made" if was_made else "there", reason=reason)
    return Outcome(line=item.line, title=item.title, result="made", reason=reason)


def _make_lists(owner: str, lists: Sequence[Any]) -> None:
    """Make those that are not there; what is none is left out, and its to-dos show their list by its id."""
    for row in lists[:MAX_LISTS]:
        with suppress(ValidationError, AlreadyExists, VersionConflict, KeyError, TypeError):
            values = checker(TodoListInput).run_validation({name: row[name] for name in ("name", "color", "order")})
            if is_list_id(row["id"]):
                ListRow.put(owner, row["id"], values, exists=False)


# --- What a file says -------------------------------------------------------------------------------------------------


def _of_json(text: bytes) -> tuple[list[_Item], list[Any]]:
    """To-dos and lists of an export's `data.json`: docs/mydata.schema.json. Raises InvalidValue."""
    try:
        data = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise InvalidValue("The file is no JSON.") from None
    if not isinstance(data, dict) or data.get("format") != "mydata" or not isinstance(data.get("todos"), list):
        raise InvalidValue("The file is no data.json of an export.")
    if data.get("version") != 1:
        raise InvalidValue("The file is of a later version: this one reads version 1.")
    _check_number(len(data["todos"]))
    lists = data.get("lists")
    items = [_of_row(number, row) for number, row in enumerate(data["todos"], 1)]
    return items, lists if isinstance(lists, list) else []


def _of_row(number: int, row: object) -> _Item:
    if not isinstance(row, dict):
        return _Item(line=number, id="", body={}, problem="It is no to-do.")
    body = {name: value for name, value in row.items() if name in _FIELDS}
    remarks = ["Its files are not imported."] if row.get("attachments") else []
    try:
        todo_id = str(UUID(row["id"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        return _Item(line=number, id="", body=body, problem="Its id is no UUID.")
    created_at, completed_at = _moment(row.get("created_at")), _moment(row.get("completed_at"))
    return _Item(line=number, id=todo_id, body=body, created_at=created_at, completed_at=completed_at, remarks=remarks)


def _moment(said: object) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(str(said))
        return moment.astimezone(UTC) if moment.tzinfo else None
    return None


def _of_calendar(owner: str, text: bytes) -> list[_Item]:
    """Of an iCalendar file. Raises InvalidValue."""
    said = text.decode("utf-8-sig", "replace").replace("\0", "")
    _check_number(said.upper().count("BEGIN:VTODO"))
    zone = _zone(said)
    return [_of_component(owner, todo, zone) for todo in ical_reading.components(said)]


def _of_component(owner: str, todo: ical_reading.Component, zone: str) -> _Item:
    title = " ".join(todo.text("SUMMARY").split())
    try:
        found = ical_reading.read(todo, zone)
    except ical_reading.Unreadable as problem:
        return _Item(line=todo.line, id="", body={"title": title}, problem=str(problem))
    return _Item(
        line=todo.line,
        id=id_of(owner, found.uid),
        body=found.values,
        created_at=found.created_at,
        completed_at=found.completed_at,
        remarks=found.remarks,
    )


def id_of(owner: str, uid: str) -> str:
    """The id of a to-do with this UID: itself if it is one, else made of owner and UID, always the same."""
    try:
        return str(UUID(uid))
    except ValueError:
        return str(uuid5(_SPACE, f"{owner}\0{uid}"))


def _zone(calendar: str) -> str:
    """That of times without one: X-WR-TIMEZONE, which many programs write, or UTC."""
    names = (line.partition("X-WR-TIMEZONE:")[2].strip() for line in calendar.splitlines())
    name = next(filter(None, names), "UTC")
    return name if is_zone(name) else "UTC"


def _check_number(todos: int) -> None:
    if todos == 0:
        raise InvalidValue("There is no to-do in the file.")
    if todos > MAX_TODOS:
        raise InvalidValue(f"There are {todos} to-dos in the file; at most {MAX_TODOS} are imported at once.")


def _in_words(detail: object) -> str:
    """What is wrong with a to-do, each field by its name."""
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_in_words(each)}" for name, each in detail.items())
    return " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)
