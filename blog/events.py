"""Events in: new subscribers and changed posts from their tables' streams, news of photos from media."""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from blog import caching, search
from blog.letters import control, feedback, steps
from blog.models import PhotoNews, Post, Rendition, TagCount
from blog.services import record_news
from blog.welcome import InProgress, welcome
from config.aws import region
from dynamo.errors import ConditionFailed, DynamoError, Unavailable
from dynamo.models import now
from serverless.events import (
    Batch,
    BatchResponse,
    Context,
    Event,
    Image,
    Poison,
    Record,
    TryAgain,
    need,
    read_change,
    read_notification,
    want,
)

log = logging.getLogger(__name__)

_STATUSES = {"upload.ready": "ready", "upload.failed": "failed", "upload.deleted": "deleted"}


# --- Subscribers ------------------------------------------------------------------------------------------------------


def send_welcome_emails(event: Event, context: Context | None) -> BatchResponse:
    """Records of the subscribers' stream: a welcome for each new one.

    Lambda comes again from the first record reported here on; a welcome sent after it is skipped then by its claim.
    """
    batch = Batch(event, context, _read_subscriber, failures="welcome-failures", passing=(InProgress, DynamoError))
    return batch.each(_welcome).response()


def _read_subscriber(record: Record) -> str:
    """The address of who has subscribed, if they did so here; else it is empty."""
    # The mapping filters, too; but a changed subscriber must not be welcomed twice by a mapping somebody made by hand.
    if record["eventName"] != "INSERT":
        return ""
    # A global table's stream tells every region of every insert: the region where it happened sends.
    is_here = (read_change(record).new or {})["region"]["S"] == region()
    return str(record["dynamodb"]["Keys"]["email"]["S"]) if is_here else ""


def _welcome(email: str) -> None:
    if email:
        welcome(email)


# --- Letters ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A batch of a letter that the state machine could not send, sent on its way again."""

    letter: str
    first: str
    last: str


def look_after_letters(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `letters`: a clock's, and batches that were put aside."""
    passing = (steps.Throttled, steps.Unavailable, DynamoError)
    return Batch(event, context, _read_letter_task, passing=passing).each(_look_after_letters).response()


def _read_letter_task(record: Record) -> SetAside | None:
    told = json.loads(record["body"])
    if not isinstance(told, dict):
        raise Poison("a message that is no JSON object")
    if told.get("task") == "resume":
        return None
    return SetAside(letter=need(told, "letter", str), first=need(told, "first", str), last=need(told, "last", str))


def _look_after_letters(task: SetAside | None) -> None:
    if task is None:
        control.resume()
    elif not steps.send_again(task.letter, task.first, task.last):
        raise TryAgain("some mails are left")


def take_feedback(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `mail-feedback`: what SES tells of mails that bounced or were called spam."""
    return Batch(event, context, feedback.read, passing=(DynamoError,)).each(feedback.take).response()


# --- Posts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PostChanged:
    """A row of posts was written or deleted, and all that follows from it.

    `stale` are labels of pages in caches, `words` what changes in the index, `tags` those the post came to or left.
    """

    stale: frozenset[str]
    words: search.IndexChange
    tags: frozenset[str]


def follow_posts(event: Event, context: Context | None) -> BatchResponse:
    """Records of the posts' stream: caches forget what a change shows on, the index of words follows, tags are tidied.

    The steps do not wait for each other: each is attempted though another failed, and doing one again does no harm.
    Only pages of search results are cleared after the index, or a cache would keep results of the former one.
    """
    batch = Batch(event, context, _read_post_change, failures="posts-failures", passing=(DynamoError, OSError))
    batch.together(lambda changes: caching.clear(_stale(changes) - {caching.RESULTS}))
    batch.each(lambda change: search.write(change.words))
    batch.together(lambda changes: caching.clear(_stale(changes) & {caching.RESULTS}))
    return batch.together(_tidy_tags).response()


def _stale(changes: Sequence[PostChanged]) -> set[str]:
    return set().union(*(change.stale for change in changes))


def _tidy_tags(changes: Sequence[PostChanged]) -> None:
    """What is in the way is left for the next time."""
    for tag in sorted(set().union(*(change.tags for change in changes))):
        with suppress(Unavailable):
            TagCount.tidy(tag, now())


def _read_post_change(record: Record) -> PostChanged:
    """Works out all that depends on the rows alone, so that a row that can't be read is found before anything is done.

    A former row that can't be read counts as none: what mends the row has to show.
    """
    change = read_change(record)
    new = _read_post(change.new)
    try:
        old = _read_post(change.old)
    except Exception as error:
        log.warning("the former row of a post can't be read: %r", error)
        old = None
    return PostChanged(
        stale=frozenset(caching.stale_labels(old, new)),
        words=search.compare(*(post if post and post.shelf else None for post in (old, new))),
        tags=frozenset(_moved_tags(old, new)),
    )


def _read_post(image: Image | None) -> Post | None:
    """A row of posts, a redirect and a photo's too, without its HTML, which is in base64 there and of no use here."""
    if not image:
        return None
    post = Post.from_raw_data({name: dict(value) for name, value in image.items() if name != "html"})
    missing = [name for name, kind in post.get_attributes().items() if not kind.null and getattr(post, name) is None]
    if post.shelf and missing:
        raise Poison(f"a post has no {', '.join(missing)}")
    return post


def _moved_tags(old: Post | None, new: Post | None) -> set[str]:
    """The tags of a dated post whose tags or date a change changed."""
    before, after = (dict.fromkeys(post.tags or (), post.position) if post else {} for post in (old, new))
    return {tag for tag in before | after if before.get(tag) != after.get(tag)}


# --- News of photos ---------------------------------------------------------------------------------------------------


def record_uploads(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `blog-media`: what media says of uploads, for the posts that show them."""
    return Batch(event, context, _read_news, passing=(DynamoError,)).each(_record_news).response()


def _read_news(record: Record) -> PhotoNews | None:
    message = read_notification(record)
    status = _STATUSES.get(need(message, "type", str))
    if status is None:
        raise Poison(f"{message['type']!r} is no news of an upload")
    if need(message, "visibility", str) != "public":
        return None
    renditions = need(message, "renditions", list) if status == "ready" else []
    return PhotoNews(
        owner=need(message, "owner", str),
        upload=need(message, "id", str),
        status=status,
        width=want(message, "width", int),
        height=want(message, "height", int),
        renditions=[_read_rendition(rendition) for rendition in renditions],
        sequencer=need(message, "sequencer", str),
    )


def _read_rendition(told: dict[str, Any]) -> Rendition:
    sizes = {name: need(told, name, int) for name in ("size", "width", "height")}
    keys = {name: need(told, name, str) for name in ("webp", "jpeg")}
    return Rendition(**sizes, **keys)  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped


def _record_news(news: PhotoNews | None) -> None:
    if news is None:
        return
    try:
        record_news(news)
    except ConditionFailed:
        log.info("old news of upload %s", news.upload)
