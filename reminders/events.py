"""Events in: changes of to-dos, what is to be planned, and reminders whose time has come."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dynamo.errors import DynamoError
from dynamo.models import now
from reminders.planning import Change, OwnerChange, ReminderChange, TodoChange, plan, tell
from reminders.push import Busy
from reminders.sending import DueReminder, remind
from serverless.events import Batch, BatchResponse, Context, Event, Image, Poison, Record, need, read_change, want


def collect_changes(event: Event, context: Context | None) -> BatchResponse:
    """Records of the stream of `todos`: what is about a reminder goes into the queue `reminder-changes`.

    All of a batch comes again if SQS does not take it. Other rows of the table, such as lists, are left alone.
    """
    return Batch(event, context, _read_row, failures="reminder-changes-failures").together(_pass_on).response()


def plan_reminders(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `reminder-changes`: schedules are made, moved and deleted."""
    return Batch(event, context, _read_planned, passing=(DynamoError,)).each(plan).response()


def send_reminders(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `due-reminders`, which schedules put there: the user is told."""
    return Batch(event, context, _read_due, passing=(DynamoError, Busy)).each(remind).response()


def _pass_on(changes: Sequence[TodoChange | None]) -> None:
    tell([change for change in changes if change is not None])


def _read_row(record: Record) -> TodoChange | None:
    """What a row says, if it reminds or did before this change, and the change has to do with that.

    One request moves thousands of to-dos to another list, and everybody's reminders share the queue.
    """
    change = read_change(record)
    if change.new is None or not (_number(change.new, "remind") or _number(change.old, "remind")):
        return None
    new, old = change.new, change.old or {}
    is_open = _is_open(new)
    minutes = _number(new, "remind")
    is_moved = (_due(new), minutes, is_open) != (_due(old), _number(old, "remind"), _is_open(old))
    if not is_moved and _title(new) == _title(old):
        return None
    return TodoChange(
        owner=need(new["owner"], "S", str),
        id=need(new["id"], "S", str),
        version=int(need(new["version"], "N", str)),
        title=_title(new),
        due=_due(new),
        remind=int(minutes) if minutes and is_open else None,
        is_moved=is_moved,
        asked_at=_changed_at(new),
    )


def _changed_at(image: Image) -> int:
    at = image.get("updated_at", {}).get("S")
    return int((datetime.fromisoformat(at) if at else now()).timestamp())


def _is_open(image: Image) -> bool:
    """Whether it is neither done nor deleted."""
    return "created_at" in image and not image.get("completed", {}).get("BOOL")


def _title(image: Image) -> str:
    return str(image.get("title", {}).get("S", ""))


def _number(image: Image | None, name: str) -> str:
    return str((image or {}).get(name, {}).get("N", ""))


def _due(image: Image) -> str | None:
    """A day, `2030-01-31`, or a moment; the table keeps both as text that sorts, a day with `~`, none as `~` alone."""
    return str(image.get("due_order", {}).get("S", "")).removesuffix("~") or None


def _read_planned(record: Record) -> Change | None:
    said: dict[str, Any] = json.loads(record["body"])
    if "Records" in said:  # a row that could not be read, sent on its way again
        return _read_row(said["Records"][0])
    owner = need(said, "owner", str)
    asked_at = want(said, "asked_at", int) or int(now().timestamp())  # messages of a former version have none
    match said.get("type"):
        case "OwnerChange":
            return OwnerChange(owner=owner, asked_at=asked_at)
        case "ReminderChange":
            return ReminderChange(owner=owner, id=_id(said, "id"), asked_at=asked_at)
        case "TodoChange":
            return TodoChange(
                owner=owner,
                id=_id(said, "id"),
                version=need(said, "version", int),
                title=str(said["title"]),
                due=want(said, "due", str),
                remind=want(said, "remind", int),
                is_moved=need(said, "is_moved", bool),
                asked_at=asked_at,
            )
    raise Poison(f"{said.get('type')!r} is no change of a reminder")


def _read_due(record: Record) -> DueReminder:
    said: dict[str, Any] = json.loads(record["body"])
    at = datetime.fromisoformat(need(said, "at", str))
    return DueReminder(owner=need(said, "owner", str), id=_id(said, "todo"), at=at)


def _id(said: dict[str, Any], name: str) -> str:
    return str(UUID(need(said, name, str)))
