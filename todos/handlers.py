"""Events in: what media says of uploads."""

import json
import logging
from typing import Any

from todos.services import read_attachment, record_news

log = logging.getLogger(__name__)

# What a message may say -> the attachment's status, None where it goes.
_STATUSES = {"upload.ready": "ready", "upload.failed": "failed", "upload.deleted": None}


def record_uploads(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Bring every to-do that shows one of these uploads up to date: SQS records holding SNS notifications.

    A record that fails is named in `batchItemFailures`: SQS brings it back, and puts it into the failure queue after
    five times. The others are done. Duplicates change nothing, of two messages the one about newer content wins.
    """
    failed = [record["messageId"] for record in event["Records"] if not _record_upload(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _record_upload(record: dict[str, Any]) -> bool:
    """Whether it is done with."""
    try:
        message = json.loads(json.loads(record["body"])["Message"])
        status = _STATUSES[message["type"]]
        record_news(
            owner=_text(message["owner"]),
            upload=read_attachment(message, status=status or "deleted", as_of=message.get("at")),
            sequencer=_text(message["sequencer"]),
            deleted=status is None,
        )
    except Exception:
        log.exception("message %s about an upload can't be handled", record.get("messageId"))
        return False
    return True


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is not a text")
    return value
