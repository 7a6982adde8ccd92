"""What Scheduler has of a reminder."""

import json
from datetime import UTC, datetime
from typing import Any

from config.aws import client
from dynamo.models import table
from reminders.schedules import name_of


def planned(owner: str, todo_id: str) -> datetime | None:
    """The moment its schedule is for; None without one."""
    scheduler = client("scheduler")
    try:
        found = scheduler.get_schedule(GroupName=table("reminders"), Name=name_of(owner, todo_id))
    except scheduler.exceptions.ResourceNotFoundException:
        return None
    said = json.loads(found["Target"]["Input"])
    at = datetime.fromisoformat(found["ScheduleExpression"][3:-1]).replace(tzinfo=UTC)
    assert (said["owner"], said["todo"], datetime.fromisoformat(said["at"])) == (owner, todo_id, at)
    return at


def queued(*bodies: dict[str, Any]) -> dict[str, Any]:
    """An event of a queue with these messages."""
    return {
        "Records": [
            {"messageId": str(number), "receiptHandle": "x", "eventSource": "aws:sqs", "body": json.dumps(body)}
            for number, body in enumerate(bodies)
        ]
    }
