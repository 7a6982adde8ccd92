"""Events in: objects that came to the uploads bucket or left it, uploads that were deleted or replaced."""

import re
import time
from dataclasses import dataclass
from urllib.parse import quote_plus

from django.conf import settings

from config.aws import send_message
from dynamo.counters import count
from dynamo.errors import DynamoError
from media import services
from media.keys import parse
from media.models import Upload
from serverless.events import (
    Batch,
    BatchResponse,
    Context,
    Event,
    Poison,
    Record,
    StoredObject,
    read_change,
    read_objects,
)

_SEQUENCER = re.compile(r"[0-9A-Fa-f]{1,32}")
# How long work on one user's files may take in a window, in milliseconds and seconds; what is more comes again, late as
# SQS can make it. Who puts files into S3 with credentials of their own passes no throttle, and all share five workers.
MOST_WORK, WINDOW, LATER = 600_000, 900, 900
_waiting: dict[str, float] = {}  # whose files wait, and until when


@dataclass(frozen=True, kw_only=True)
class UploadEnded:
    """A row of uploads is gone, deleted or `expired` because no file came; or it is of another file now, as `after`."""

    before: Upload
    after: Upload | None = None
    expired: bool = False


def create_thumbnails(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `thumbnails`: renditions of new files, an end to deleted ones."""
    return Batch(event, context, _read_files, passing=(DynamoError,)).each(_follow_files).response()


def remove_files(event: Event, context: Context | None) -> BatchResponse:
    """Records of the uploads table's stream: the files of deleted and of replaced uploads go after them."""
    batch = Batch(event, context, _read_end, failures="uploads-failures", passing=(DynamoError,))
    return batch.each(_remove_files).response()


def _read_files(record: Record) -> list[StoredObject]:
    objects = read_objects(record)
    for found in objects:
        if found.bucket != settings.UPLOADS_BUCKET:
            raise Poison(f"an object of another bucket, {found.bucket!r}")
        if not _SEQUENCER.fullmatch(found.sequencer):
            raise Poison(f"{found.sequencer!r} is no sequencer")
    return objects


def _follow_files(objects: list[StoredObject]) -> None:
    for found in objects:
        key = parse(found.key)
        owner = key.owner if key else ""
        if _waiting.get(owner, 0) > time.time():
            _postpone(found)
            continue
        began = time.monotonic()
        try:
            services.follow_object(found)
        finally:
            work, left = count(f"work-on-files:user:{owner}", WINDOW, round(1000 * (time.monotonic() - began)))
            if work > MOST_WORK:
                _waiting[owner] = time.time() + left


def _postpone(found: StoredObject) -> None:
    """Have it come again LATER. Raises botocore's errors."""
    name = "ObjectRemoved" if found.is_removed else "ObjectCreated"
    said = {"key": quote_plus(found.key), "sequencer": found.sequencer, "versionId": found.version}
    record = {"eventName": name, "s3": {"bucket": {"name": found.bucket}, "object": said}}
    send_message("thumbnails", {"Records": [record]}, delay=LATER)


def _read_end(record: Record) -> UploadEnded | None:
    change = read_change(record)
    if change.old is None:
        return None
    upload = Upload.from_raw_data(dict(change.old))
    if change.new is not None:
        after = Upload.from_raw_data(dict(change.new))
        return UploadEnded(before=upload, after=after) if after.sequencer != upload.sequencer else None
    # Who removed a row is said in the region alone where it happened, and its copy elsewhere is removed by nobody.
    return UploadEnded(before=upload, expired=change.expired or upload.is_expired())


def _remove_files(end: UploadEnded | None) -> None:
    if end is not None and end.after is not None:
        services.forget_replaced(before=end.before, after=end.after)
    elif end is not None:
        services.remove_files(upload=end.before, expired=end.expired)
