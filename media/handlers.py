"""Events in: files that came to the uploads bucket or left it, uploads that were deleted.

Each record stands alone: one that fails is reported and comes again, in the end into the failure queue, and never
keeps another from being handled.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings

from media import services
from media.models import Upload

log = logging.getLogger(__name__)

Record = dict[str, Any]
Answer = dict[str, list[dict[str, str]]]

# With less than this left, in milliseconds, a record is not begun: it comes again, with time enough. The slowest
# picture takes 40 s, and its files have to be put into S3.
RESERVE = 50_000
_SEQUENCER = re.compile(r"[0-9A-Fa-f]{1,32}")


class Poison(Exception):
    """A record that means nothing here. The message says what is wrong with it."""


def create_thumbnails(event: Record, context: Any) -> Answer:
    """Messages of S3's notifications (queue `thumbnails`): renditions of new files, an end to deleted ones."""
    return _each(event["Records"], lambda record: str(record["messageId"]), _take_message, context)


def remove_files(event: Record, context: Any) -> Answer:
    """Records of the uploads table's stream: the files of deleted uploads go after them."""
    return _each(event["Records"], lambda record: str(record["dynamodb"]["SequenceNumber"]), _take_change, context)


def _each(
    records: Iterable[Record], name: Callable[[Record], str], handle: Callable[[Record], None], context: Any
) -> Answer:
    failures = []
    for number, record in enumerate(records):
        # The first is always begun, or a slow one would never be.
        in_time = not number or context.get_remaining_time_in_millis() > RESERVE
        if not (in_time and _succeeds(handle, record)):
            failures.append({"itemIdentifier": name(record)})
    return {"batchItemFailures": failures}


def _succeeds(handle: Callable[[Record], None], record: Record) -> bool:
    try:
        handle(record)
    except Exception as error:
        log.exception("a record failed", extra={"fields": {"reason": str(error), "record": record.get("messageId")}})
        return False
    return True


def _take_message(record: Record) -> None:
    try:
        notification = json.loads(record["body"])
        # S3 sends it once, when the notification is set up.
        changes = [] if notification.get("Event") == "s3:TestEvent" else [_read(one) for one in notification["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Poison(f"not a notification of S3: {error!r}") from error
    for change in changes:
        change()


def _read(notification: Record) -> Callable[[], None]:
    """What one S3 record asks for. Raises Poison, KeyError and TypeError."""
    kind, bucket, thing = notification["eventName"], notification["s3"]["bucket"], notification["s3"]["object"]
    if bucket["name"] != settings.UPLOADS_BUCKET:
        raise Poison(f"a file of another bucket, {bucket['name']!r}")
    key, sequencer = unquote_plus(thing["key"]), thing["sequencer"]
    if not _SEQUENCER.fullmatch(sequencer):
        raise Poison(f"{sequencer!r} is no sequencer")
    if kind.startswith("ObjectCreated:"):
        return lambda: services.take_in(key=key, sequencer=sequencer, version=thing.get("versionId"))
    if kind.startswith("ObjectRemoved:"):
        return lambda: services.let_go(key=key, sequencer=sequencer)
    raise Poison(f"an event {kind!r}")


def _take_change(record: Record) -> None:
    if record["eventName"] != "REMOVE":
        return
    upload = Upload.from_raw_data(record["dynamodb"]["OldImage"])
    services.remove_files(upload=upload, unmade=_is_expiry(record))


def _is_expiry(record: Record) -> bool:
    """Whether DynamoDB removed the item because its time had passed ("DynamoDB Streams and Time to Live")."""
    return (record.get("userIdentity") or {}).get("principalId") == "dynamodb.amazonaws.com"
