"""Events in: new subscribers and changed posts from their tables' streams, news of photos from media."""

import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import AttributeDeserializationError

from blog import caching, search
from blog.models import Post, Rendition, TagCount
from blog.services import record_news
from blog.welcome import InProgress, welcome
from config.aws import region
from dynamo.errors import ConditionFailed, DynamoError, Unavailable
from dynamo.models import now

log = logging.getLogger(__name__)

Event = dict[str, Any]


class OutOfTime(Exception):
    """The function is about to be ended."""


# What a later try can mend, and what needs no traceback.
PASSING = (InProgress, OutOfTime, DynamoError, ClientError, BotoCoreError)
# With less time left than one record may take, the rest is left for the next invocation, before Lambda ends this one.
NEEDED_MILLISECONDS = 15_000
STATUSES = {"upload.ready": "ready", "upload.failed": "failed", "upload.deleted": "deleted"}


def send_welcome_emails(event: Event, context: Any) -> Event:
    """Records of the subscribers' stream: a welcome for each new one.

    Lambda comes again from the lowest sequence number reported here on; what was sent after it is skipped then by its
    claim. So every record is tried each time, and one that fails holds up none of its batch.
    """
    return _each(event["Records"], context, _welcome, lambda record: record["dynamodb"]["SequenceNumber"])


def _welcome(record: Event) -> None:
    # The mapping filters, too; but a changed subscriber must not be welcomed twice by a mapping somebody made by hand.
    if record["eventName"] == "INSERT" and _is_ours(record):
        welcome(record["dynamodb"]["Keys"]["email"]["S"])


def _is_ours(record: Event) -> bool:
    """Whether the subscriber came in this region: a global table's stream tells every region of every insert."""
    home: str = record["dynamodb"]["NewImage"]["region"]["S"]
    return home == region()


def follow_posts(event: Event, context: Any) -> Event:
    """Records of the posts' stream: the index of words follows, caches forget what a change shows on, tags are tidied.

    Raises as soon as something is in the way: the whole batch comes again, and doing so twice does no harm.
    """
    for record in event["Records"]:
        _check_time(context)
        images = (record["dynamodb"].get(image) for image in ("OldImage", "NewImage"))
        search.follow(*(search.from_stream(image) for image in images))
    answer = clear_pages(event, context)
    _tidy_tags(event["Records"])
    return answer


def _tidy_tags(records: Iterable[Event]) -> None:
    """Of the tags of posts that moved; what is in the way is left for the next time."""
    for tag in sorted({tag for record in records for tag in _moved_tags(record)}):
        with suppress(Unavailable):
            TagCount.tidy(tag, now())


def _moved_tags(record: Event) -> set[str]:
    """The tags of a dated post whose tags or date a change changed."""
    images = (_post(record["dynamodb"].get(image)) for image in ("OldImage", "NewImage"))
    before, after = ((dict.fromkeys(post.tags or (), post.position) if post else {}) for post in images)
    return {tag for tag in before | after if before.get(tag) != after.get(tag)}


def clear_pages(event: Event, context: Any) -> Event:
    """Records of the posts' stream: caches in front forget the pages a change shows on.

    Raises if a cache can't be told: the whole batch comes again, and forgetting twice does no harm.
    """
    stale: set[str] = set()
    for record in event["Records"]:
        stale |= caching.stale_labels(*(_post(record["dynamodb"].get(image)) for image in ("OldImage", "NewImage")))
    caching.clear(stale)
    return {"batchItemFailures": []}


def _post(image: Event | None) -> Post | None:
    """A row of posts as the stream tells it, without its text, which is in base64 there and of no use here.

    None for what is no row of ours: it shows on no page, and must not keep the stream from the others.
    """
    if not image:
        return None
    try:
        return Post.from_raw_data({name: value for name, value in image.items() if name != "html"})
    except AttributeDeserializationError:
        log.exception("a row of posts cannot be read")
        return None


def record_uploads(event: Event, context: Any) -> Event:
    """Messages of the queue `blog-media`: what media says of uploads, for the posts that show them."""
    return _each(event["Records"], context, _record_upload, lambda record: record["messageId"])


def _record_upload(record: Event) -> None:
    message = json.loads(json.loads(record["body"])["Message"])
    if message["visibility"] != "public":
        return
    status = STATUSES[message["type"]]
    news = {
        "status": status,
        "width": message["width"],
        "height": message["height"],
        "renditions": [
            Rendition(**rendition)  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped
            for rendition in message["renditions"]
            if status == "ready"
        ],
        "sequencer": message["sequencer"],
    }
    try:
        record_news(owner=message["owner"], upload=message["id"], news=news)
    except ConditionFailed:
        log.info("old news of upload %s", message["id"])


def _each(
    records: Iterable[Event], context: Any, handle: Callable[[Event], None], identify: Callable[[Event], str]
) -> Event:
    """Handle every record whatever becomes of the others; the answer names those to be tried again."""
    failed = []
    for record in records:
        try:
            _check_time(context)
            handle(record)
        except PASSING as error:
            log.warning("a record of %s is to be tried again: %s", record.get("eventSourceARN"), error)
            failed.append(identify(record))
        except Exception:
            log.exception("a record of %s could not be handled", record.get("eventSourceARN"))
            failed.append(identify(record))
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def _check_time(context: Any) -> None:
    if context and context.get_remaining_time_in_millis() < NEEDED_MILLISECONDS:
        raise OutOfTime("no time is left for it")
