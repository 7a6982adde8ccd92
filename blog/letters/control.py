"""What an editor does with the letter of a post, and what goes on without anybody.

A letter that is being sent has one execution of the state machine, named by its `run`. `resume` is called every minute:
it begins what has become public, and begins an execution anew that ended before its letter did.
"""

import json
import uuid
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from pynamodb.transactions import TransactWrite

from blog.models import Post
from blog.models.letters import HEAD, OPEN, Letter, LetterStatus
from blog.services import find_post
from config.aws import client, region
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist
from dynamo.models import now
from dynamo.transactions import remove_in
from serverless.errors import InvalidState

# Shorter than the ledger is kept, or mails that wait in it would be forgotten.
RESUMABLE = timedelta(days=14)
# How long a letter waits for a post that was deleted: longer than that can come back.
GONE = timedelta(days=31)
_WAITS = Letter.status == LetterStatus.WAITING.value


def letter_id(post: Post) -> str:
    """The same whatever the post is called by now, and no other post's, whatever that was called."""
    return f"{post.created_at:%Y%m%dT%H%M%S.%f}-{post.author}"


def find(post: Post) -> Letter | None:
    return Letter.fetch_or_none((letter_id(post), HEAD))


def post_of(letter: Letter) -> Post:
    """The post of a letter. Raises DoesNotExist."""
    return find_post(letter.slug, lambda post: letter_id(post) == letter.letter)


def begun(post: Post, *, by: str) -> Letter:
    """The letter of a post that has none, to be written; `resume` sends it once its post is public."""
    return Letter(letter_id(post), slug=post.slug, started_by=by)


def send(post: Post, *, by: str) -> None:
    """Send a post to all confirmed subscribers, at once or when it becomes public.

    Raises InvalidState if it is a draft or was sent before, and botocore's errors: then it goes on within a minute.
    """
    if post.published_at is None:
        raise InvalidState("A draft can't be sent: publish or schedule it.")
    try:
        begun(post, by=by).create()
    except AlreadyExists:
        letter = find(post)
        if letter is not None and letter.status != LetterStatus.WAITING.value:
            raise InvalidState(f"This post was sent before: its letter is {letter.status}.") from None
    begin(post)


def begin(post: Post) -> None:
    """Begin the letter of a post that is public, unless `resume` has. Raises botocore's errors."""
    if post.is_public(now()):
        with suppress(InvalidState):
            _begin(letter_id(post), LetterStatus.WAITING)


def pause(post: Post) -> None:
    """Nothing more is sent until it goes on. Raises InvalidState unless it is being sent."""
    _turn(letter_id(post), LetterStatus.PAUSED, LetterStatus.SENDING)


def go_on(post: Post) -> None:
    """Send to all who have not got it. Raises InvalidState unless it is paused and not too old; botocore's errors."""
    letter = find(post)
    if letter is None or (letter.begun_at or letter.created_at) < now() - RESUMABLE:
        raise InvalidState(f"A letter can go on for {RESUMABLE.days} days after it was begun.")
    _begin(letter.letter, LetterStatus.PAUSED)


def cancel(post: Post) -> None:
    """Nothing more is sent, for good; a letter that still waits is forgotten. Raises InvalidState if it is too late."""
    try:
        Letter.remove((letter_id(post), HEAD), condition=_WAITS)
    except (ConditionFailed, DoesNotExist):
        _turn(letter_id(post), LetterStatus.CANCELLED, LetterStatus.PAUSED, LetterStatus.SENDING)


def follow(post: Post) -> None:
    """Have its letter, if it has one, find a post that came back at another address."""
    with suppress(DoesNotExist):
        Letter.change((letter_id(post), HEAD), [Letter.slug.set(post.slug)])


def end_in(block: TransactWrite, post: Post) -> None:
    """Forget, as part of a transaction, the letter that waits for a post to become public."""
    remove_in(block, Letter, (letter_id(post), HEAD), condition=_WAITS)


def _turn(letter: str, to: LetterStatus, *before: LetterStatus) -> None:
    condition = Letter.status.is_in(*(status.value for status in before))
    try:
        Letter.change((letter, HEAD), [Letter.status.set(to.value), Letter.shelf.remove()], condition=condition)
    except (ConditionFailed, DoesNotExist):
        raise InvalidState(f"This letter can't become {to.value}.") from None


def _begin(letter: str, before: LetterStatus, run: str | None = None) -> None:
    """A new execution, unless another has begun one: `run` is the one that was seen to have ended."""
    new, as_seen = uuid.uuid4().hex, Letter.status == before.value
    actions = [
        Letter.status.set(LetterStatus.SENDING.value),
        Letter.shelf.set(OPEN),
        Letter.region.set(region()),
        Letter.run.set(new),
        Letter.begun_at.set(Letter.begun_at | now()),
        Letter.expires.remove(),
    ]
    try:
        Letter.change((letter, HEAD), actions, condition=as_seen & (Letter.run == run) if run else as_seen)
    except (ConditionFailed, DoesNotExist):
        raise InvalidState("This letter is not waiting to be sent.") from None
    _execute(letter, new)


def _execute(letter: str, run: str) -> None:
    """Begin the execution; harmless while it runs already."""
    client("stepfunctions").start_execution(
        stateMachineArn=settings.LETTERS_MACHINE, name=run, input=json.dumps({"letter": letter, "run": run})
    )


def resume() -> None:
    """Begin what has become public, and what was being sent and is not. Raises botocore's errors, DynamoError."""
    for found in Letter.open().all():
        with suppress(DoesNotExist, InvalidState):
            letter = Letter.fetch((found.letter, HEAD))
            # A global table shows it in every region: the region that began it sends.
            if letter.region == region():
                _resume(letter)


def _resume(letter: Letter) -> None:
    if letter.status == LetterStatus.WAITING.value:
        post = _find_post(letter)
        # What leads there from a former address of a draft is gone in time; and what was deleted may be back.
        if post.slug != letter.slug or letter.expires:
            Letter.change((letter.letter, HEAD), [Letter.slug.set(post.slug), Letter.expires.remove()])
        if post.is_public(now()):
            _begin(letter.letter, LetterStatus.WAITING)
    elif letter.status == LetterStatus.SENDING.value and _has_ended(letter):
        _begin(letter.letter, LetterStatus.SENDING, letter.run)


def _find_post(letter: Letter) -> Post:
    """Its post. Raises DoesNotExist if that was deleted; the letter is forgotten unless it comes back."""
    try:
        return post_of(letter)
    except DoesNotExist:
        if not letter.expires:
            Letter.change((letter.letter, HEAD), [Letter.expires.set(now() + GONE)], condition=_WAITS)
        raise


def _has_ended(letter: Letter) -> bool:
    """Whether its execution is over. One that was never begun is begun."""
    machines = client("stepfunctions")
    arn = f"{settings.LETTERS_MACHINE.replace(':stateMachine:', ':execution:')}:{letter.run}"
    try:
        return machines.describe_execution(executionArn=arn)["status"] not in {"RUNNING", "PENDING_REDRIVE"}
    except machines.exceptions.ExecutionDoesNotExist:
        _execute(letter.letter, letter.run)
        return False
