"""Schedules of EventBridge Scheduler: one for each reminder, of a name that whoever makes it again arrives at."""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from config import env
from config.aws import client, queue_url
from dynamo.models import now, table
from serverless.events import TryAgain
from serverless.service import personal_prefix

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import UpdateScheduleInputTypeDef

QUEUE = "due-reminders"
ATTEMPTS = 4
# What comes sooner goes into the queue at once: Scheduler is precise to a minute.
SOON = timedelta(seconds=60)
# What had passed for longer than this when its to-do was changed is not worth a word.
LATE = timedelta(minutes=10)


def name_of(owner: str, todo_id: str) -> str:
    """The name of the schedule: neither reads from it whose it is."""
    return personal_prefix(owner) + hashlib.sha256(f"{owner}/{todo_id}".encode()).hexdigest()[:24]


def arrange(owner: str, todo_id: str, at: datetime | None, asked_at: datetime) -> None:
    """Have the reminder come at that moment and at no other; at none for None, or what had long passed when it was
    asked for. What has passed since then, while a queue, a stream or Scheduler did not work, comes at once.

    Again for the same moment changes nothing. Raises botocore's errors.
    """
    left = None if at is None else at - now()
    if at is not None and left is not None and left > SOON:
        _put(owner, todo_id, at)
        return
    scheduler = client("scheduler")
    with suppress(scheduler.exceptions.ResourceNotFoundException):
        scheduler.delete_schedule(GroupName=table("reminders"), Name=name_of(owner, todo_id))
    if at is not None and left is not None and at > asked_at - LATE:
        delay = max(0, round(left.total_seconds()))
        client("sqs").send_message(
            QueueUrl=queue_url(QUEUE), MessageBody=message(owner, todo_id, at), DelaySeconds=delay
        )


def message(owner: str, todo_id: str, at: datetime) -> str:
    """What a schedule puts into the queue."""
    return json.dumps({"owner": owner, "todo": todo_id, "at": at.isoformat()})


def _put(owner: str, todo_id: str, at: datetime) -> None:
    scheduler = client("scheduler")
    wanted: UpdateScheduleInputTypeDef = {
        "GroupName": table("reminders"),
        "Name": name_of(owner, todo_id),
        "ScheduleExpression": f"at({at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": env.text("DUE_REMINDERS_ARN"),
            "RoleArn": env.text("SCHEDULER_ROLE_ARN"),
            "Input": message(owner, todo_id, at),
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 60},
            "DeadLetterConfig": {"Arn": f"{env.text('DUE_REMINDERS_ARN')}-failures"},
        },
    }
    for _ in range(ATTEMPTS):
        with suppress(scheduler.exceptions.ConflictException):
            scheduler.create_schedule(**wanted)
            return
        # It may be deleted between the two, by Scheduler itself when it has fired.
        with suppress(scheduler.exceptions.ResourceNotFoundException):
            scheduler.update_schedule(**wanted)
            return
    raise TryAgain("the schedule came and went all the while")
