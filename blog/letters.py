"""Letters: a post by mail to every confirmed subscriber, by a chain of messages in the queue `letters`.

The first message has a page of recipients read: it makes a message for each, and one for the next page. A ledger row by
letter and address accounts for each mail: claimed under a lease, sent, marked, as a welcome is. Any message may come
twice and in any order, and going on simply begins with the first page again. A message of a letter that is paused or
cancelled does nothing.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from django.conf import settings
from django.urls import reverse

from blog import site, welcome
from blog.models import Post, Subscriber, Welcome
from blog.models.letters import HEAD, Delivery, Letter, LetterStatus, Outcome
from blog.services import find_post
from config.aws import client
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist
from dynamo.models import now
from dynamo.queries import RawKey
from serverless.errors import InvalidState
from serverless.events import Poison, Record, TryAgain, need, want

QUEUE = "letters"
RECIPIENTS = 200  # a page
KEPT = timedelta(days=30)  # the ledger
RESUMABLE = timedelta(days=14)  # shorter than the ledger is kept, or a mail could be sent twice


@dataclass(frozen=True, kw_only=True)
class Task:
    """Send to `email`; without one, spread to the page of recipients that starts after `after`."""

    letter: str
    email: str | None = None
    after: RawKey | None = None


# --- What an editor does ----------------------------------------------------------------------------------------------


def letter_id(post: Post) -> str:
    """The same whatever the post is called by now."""
    return str(post.renames[0].slug if post.renames else post.slug)


def find(post: Post) -> Letter | None:
    """The letter of a post, if it was sent."""
    with suppress(DoesNotExist):
        return Letter.fetch((letter_id(post), HEAD))
    return None


def start(post: Post, *, by: str) -> None:
    """Send a post to all confirmed subscribers. Raises InvalidState unless it is public and was not sent before."""
    if not post.is_public(now()):
        raise InvalidState("Only a post that is public can be sent.")
    recipients = sum(1 for _ in Subscriber.confirmed().all(1000))
    try:
        Letter(letter_id(post), slug=post.slug, started_by=by, recipients=recipients).create()
    except AlreadyExists:
        raise InvalidState("This post was sent before.") from None
    _enqueue([{"letter": letter_id(post)}])


def pause(post: Post) -> None:
    """Nothing more is sent until it goes on. Raises InvalidState unless it is being sent."""
    _turn(post, LetterStatus.PAUSED, LetterStatus.SENDING)


def go_on(post: Post) -> None:
    """Send to all who have not got it; harmless when repeated. Raises InvalidState once it is cancelled or too old."""
    letter = find(post)
    if letter is None or letter.created_at < now() - RESUMABLE:
        raise InvalidState(f"A letter can go on for {RESUMABLE.days} days after it was begun.")
    _turn(post, LetterStatus.SENDING, LetterStatus.PAUSED, LetterStatus.SENDING)
    _enqueue([{"letter": letter_id(post)}])


def cancel(post: Post) -> None:
    """Nothing more is sent, for good. Raises InvalidState if there is no letter to cancel."""
    _turn(post, LetterStatus.CANCELLED, LetterStatus.PAUSED, LetterStatus.SENDING)


def _turn(post: Post, to: LetterStatus, *before: LetterStatus) -> None:
    condition = Letter.status.is_in(*(status.value for status in before))
    try:
        Letter.change((letter_id(post), HEAD), [Letter.status.set(to.value)], condition=condition)
    except (ConditionFailed, DoesNotExist):
        raise InvalidState(f"This letter can't become {to.value}.") from None


# --- What the queue brings --------------------------------------------------------------------------------------------


def read_task(record: Record) -> Task:
    """A message of the queue. Raises Poison."""
    told = json.loads(record["body"])
    if not isinstance(told, dict):
        raise Poison("a message that is no JSON object")
    return Task(letter=need(told, "letter", str), email=want(told, "email", str), after=want(told, "after", dict))


def handle(task: Task) -> None:
    """Raises InProgress, TryAgain, or an error of AWS: come again."""
    try:
        letter = Letter.fetch((task.letter, HEAD))
        post = find_post(letter.slug)
    except DoesNotExist:
        return
    if letter.status != LetterStatus.SENDING.value or not post.is_public(now()):
        return
    if task.email is None:
        _spread(task)
    else:
        _deliver(post, task.letter, task.email)


def _spread(task: Task) -> None:
    page = Subscriber.confirmed().page(RECIPIENTS, task.after)
    _enqueue([{"letter": task.letter, "email": one.email} for one in page.items])
    if page.next_key is not None:
        _enqueue([{"letter": task.letter, "after": page.next_key}])


def _enqueue(messages: Sequence[Mapping[str, Any]]) -> None:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}{QUEUE}")["QueueUrl"]
    for start_ in range(0, len(messages), 10):
        some = messages[start_ : start_ + 10]
        entries: Any = [{"Id": str(n), "MessageBody": json.dumps(one)} for n, one in enumerate(some)]
        if sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed"):
            raise TryAgain("SQS did not take all messages")


def _deliver(post: Post, letter: str, email: str) -> None:
    held = _claim(letter, email)
    if held is None:
        return
    try:
        subscriber = Subscriber.fetch((email,))
    except DoesNotExist:
        subscriber = None
    if subscriber is None or subscriber.status != Welcome.CONFIRMED.value:
        _mark(held, Outcome.LEFT)
        return
    try:
        message_id = welcome.send_mail(subscriber.address, make_message(post, email))
    except welcome.MailRefused as refused:
        _mark(held, Outcome.FAILED, reason=str(refused)[:500])
    except (ClientError, ConnectTimeoutError, EndpointConnectionError):
        # SES took nothing: the next try need not wait for the lease.
        _mark(held, Outcome.PENDING)
        raise
    else:
        _mark(held, Outcome.SENT, message_id=message_id)


def _claim(letter: str, email: str) -> Delivery | None:
    """The ledger's row, claimed; None if there is nothing to do. Raises InProgress."""
    at = now()
    free = Delivery.status.does_not_exist() | (Delivery.status == Outcome.PENDING.value)
    given_up = (Delivery.status == Outcome.SENDING.value) & (Delivery.claimed_until < at)
    actions = [
        Delivery.status.set(Outcome.SENDING.value),
        Delivery.claim.set(uuid.uuid4().hex),
        Delivery.claimed_until.set(at + welcome.LEASE),
        Delivery.expires.set(at + KEPT),
    ]
    try:
        return Delivery.change((letter, email), actions, condition=free | given_up, upsert=True)
    except ConditionFailed as failed:
        if (failed.item or {}).get("status", {}).get("S") == Outcome.SENDING.value:
            raise welcome.InProgress("a letter is on its way") from None
        return None


def _mark(held: Delivery, outcome: Outcome, **values: str) -> None:
    actions = [Delivery.status.set(outcome.value), Delivery.claimed_until.remove()]
    actions += [getattr(Delivery, name).set(value) for name, value in values.items()]
    with suppress(ConditionFailed, DoesNotExist):
        Delivery.change((held.letter, held.email), actions, condition=Delivery.claim == held.claim)


# --- The mail ---------------------------------------------------------------------------------------------------------


def make_message(post: Post, email: str) -> Any:
    """Subject, both bodies and headers, as SES takes them."""
    context = {
        "post": post,
        "picture": _picture(post),
        "url": site.absolute(reverse("blog-post", args=[post.slug])),
        "site_url": site.front(),
        "unsubscribe_url": site.absolute(reverse("blog-unsubscribe", args=[Subscriber.token(email)])),
    }
    message = welcome.message(post.title, "blog/letter", context, email)
    message["Headers"].append({"Name": "List-Id", "Value": f"{site.NAME} <letters.{urlsplit(site.front()).hostname}>"})
    return message


def _picture(post: Post) -> str:
    """The absolute address of a JPEG, as not every mail client knows WebP; empty without a picture."""
    if not post.hero or post.hero.status != "ready" or not post.hero.renditions:
        return ""
    fits = [one for one in post.hero.renditions if int(one.size) <= 1280] or list(post.hero.renditions)
    url = f"{settings.THUMBNAILS_URL}/{max(fits, key=lambda one: int(one.size)).jpeg}"
    return site.absolute(url) if url.startswith("/") else url
