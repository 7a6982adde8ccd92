"""What a change means for schedules.

Messages come more than once and in any order. Whoever arranges a schedule reads afterwards what is known by then, and
arranges it anew if that asks for another moment: the last to look has seen the last change.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.aws import client, queue_url
from dynamo.errors import ConditionFailed
from dynamo.models import now
from reminders import schedules
from reminders.models import Preferences, Reminder
from reminders.moments import is_day
from serverless.events import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

QUEUE = "reminder-changes"
ATTEMPTS = 8
BATCH = 10  # SQS's own
# Longer than a write takes with its repetitions: one that is told of before it is done, so that it is heard of even if
# whoever does it dies right after.
WRITE_SECONDS = 10


def _seconds() -> int:
    return int(now().timestamp())


@dataclass(frozen=True, kw_only=True)
class Change:
    """A user's, and when they made it, in seconds since 1970 UTC."""

    owner: str
    asked_at: int = field(default_factory=_seconds)


@dataclass(frozen=True, kw_only=True)
class TodoChange(Change):
    """What a to-do says since a change. `is_moved`: whether its due date, or whether it is open, was other before."""

    id: str
    version: int
    title: str
    due: str | None
    remind: int | None
    is_moved: bool


@dataclass(frozen=True, kw_only=True)
class OwnerChange(Change):
    """A user lives by another clock."""


@dataclass(frozen=True, kw_only=True)
class ReminderChange(Change):
    """A reminder is to be arranged anew."""

    id: str


def plan(change: Change | None) -> None:
    """Bring schedules to what holds since a change. Raises TryAgain, DynamoError, or botocore's errors."""
    match change:
        case TodoChange():
            # If a later change is known, who noted it may not have come to its schedule.
            with suppress(ConditionFailed):
                Reminder.note(
                    change.owner,
                    change.id,
                    version=change.version,
                    title=change.title,
                    due=change.due,
                    remind=change.remind,
                    is_moved=change.is_moved,
                )
            _settle(change.owner, change.id, change.asked_at)
        case ReminderChange():
            _settle(change.owner, change.id, change.asked_at)
        case OwnerChange():
            # What is due at a moment comes by no clock.
            rows = [row for row in Reminder.of(change.owner) if row.remind is not None and is_day(row.due)]
            asked_at = change.asked_at
            tell([ReminderChange(owner=change.owner, id=row.todo_id, asked_at=asked_at) for row in rows])


def tell(changes: Sequence[Change], *, delay: int = 0) -> None:
    """Put changes into the queue, for the functions that arrange schedules, after so many seconds.

    Each is in its owner's group: those of who has thousands keep nobody else's waiting ("Amazon SQS fair queues").
    Raises botocore's errors.
    """
    if not changes:
        return
    url = queue_url(QUEUE)
    for start in range(0, len(changes), BATCH):
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({"type": type(change).__name__, **vars(change)}),
                "DelaySeconds": delay,
                "MessageGroupId": change.owner,
            }
            for number, change in enumerate(changes[start : start + BATCH])
        ]
        refused = client("sqs").send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
        if refused:
            raise TryAgain(f"SQS did not take {len(refused)} messages")


def _settle(owner: str, todo_id: str, asked_at: int) -> None:
    wanted = _moment(owner, todo_id)
    for _ in range(ATTEMPTS):
        schedules.arrange(owner, todo_id, wanted, datetime.fromtimestamp(asked_at, UTC))
        if (now_wanted := _moment(owner, todo_id)) == wanted:
            return
        wanted = now_wanted
    raise TryAgain("the to-do was being changed all the while")


def _moment(owner: str, todo_id: str) -> datetime | None:
    row = Reminder.find(owner, todo_id)
    if row is None or row.remind is None:
        return None
    return row.moment(Preferences.of(owner).clock)
