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
_WAITS = Letter.status == LetterStatus.WAITING.value


def letter_id(post: Post) -> str:
    """The same whatever the post is called by now, and no other post's, whatever that was called."""
    return f"{post.created_at:%Y%m%dT%H%M%S.%f}-{post.author}"


def find(post: Post) -> Letter | None:
    """The letter of a post. Two GetItems where there is none."""
    for known in (letter_id(post), _former_id(post)):
        letter = Letter.fetch_or_none((known, HEAD))
        if letter is not None and _is_of(letter, post):
            return letter
    return None


def post_of(letter: Letter) -> Post:
    """The post of a letter. Raises DoesNotExist."""
    return find_post(letter.slug, lambda post: _is_of(letter, post))


def _former_id(post: Post) -> str:
    """What letters were called until 2026-11-30: as their post was at first, which a later post may be, too."""
    return str(post.renames[0].slug if post.renames else post.slug)


def _is_of(letter: Letter, post: Post) -> bool:
    is_older: bool = letter.letter == _former_id(post) and letter.created_at > post.created_at
    return is_older or letter.letter == letter_id(post)


def _key(post: Post) -> tuple[str, str]:
    letter = find(post)
    return letter.letter if letter else letter_id(post), HEAD


def begun(post: Post, *, by: str) -> Letter:
    """The letter of a post that has none, to be written; `resume` sends it once its post is public."""
    return Letter(letter_id(post), slug=post.slug, started_by=by)


def send(post: Post, *, by: str) -> None:
    """Send a post to all confirmed subscribers, at once or when it becomes public.

    Raises InvalidState if it is a draft or was sent before, and botocore's errors: then it goes on within a minute.
    """
    if post.published_at is None:
        raise InvalidState("A draft can't be sent: publish or schedule it.")
    letter = find(post)
    try:
        if letter is None:
            begun(post, by=by).create()
    except AlreadyExists:
        letter = find(post)
    if letter is not None and letter.status != LetterStatus.WAITING.value:
        raise InvalidState("This post was sent before.")
    begin(post)


def begin(post: Post) -> None:
    """Begin the letter of a post that is public, unless `resume` has. Raises botocore's errors."""
    if post.is_public(now()):
        with suppress(InvalidState):
            _begin(_key(post), LetterStatus.WAITING)


def pause(post: Post) -> None:
    """Nothing more is sent until it goes on. Raises InvalidState unless it is being sent."""
    _turn(_key(post), LetterStatus.PAUSED, LetterStatus.SENDING)


def go_on(post: Post) -> None:
    """Send to all who have not got it. Raises InvalidState unless it is paused and not too old; botocore's errors."""
    letter = find(post)
    if letter is None or (letter.begun_at or letter.created_at) < now() - RESUMABLE:
        raise InvalidState(f"A letter can go on for {RESUMABLE.days} days after it was begun.")
    _begin((letter.letter, HEAD), LetterStatus.PAUSED)


def cancel(post: Post) -> None:
    """Nothing more is sent, for good; a letter that still waits is forgotten. Raises InvalidState if it is too late."""
    key = _key(post)
    try:
        Letter.remove(key, condition=_WAITS)
    except (ConditionFailed, DoesNotExist):
        _turn(key, LetterStatus.CANCELLED, LetterStatus.PAUSED, LetterStatus.SENDING)


def end_in(block: TransactWrite, post: Post) -> None:
    """Forget, as part of a transaction, the letter that waits for a post to become public."""
    remove_in(block, Letter, _key(post), condition=_WAITS)


def _turn(key: tuple[str, str], to: LetterStatus, *before: LetterStatus) -> None:
    condition = Letter.status.is_in(*(status.value for status in before))
    try:
        Letter.change(key, [Letter.status.set(to.value), Letter.shelf.remove()], condition=condition)
    except (ConditionFailed, DoesNotExist):
        raise InvalidState(f"This letter can't become {to.value}.") from None


def _begin(key: tuple[str, str], before: LetterStatus, run: str | None = None) -> None:
    """A new execution, unless another has begun one: `run` is the one that was seen to have ended."""
    new, as_seen = uuid.uuid4().hex, Letter.status == before.value
    actions = [
        Letter.status.set(LetterStatus.SENDING.value),
        Letter.shelf.set(OPEN),
        Letter.region.set(region()),
        Letter.run.set(new),
        Letter.begun_at.set(Letter.begun_at | now()),
    ]
    try:
        Letter.change(key, actions, condition=as_seen & (Letter.run == run) if run else as_seen)
    except (ConditionFailed, DoesNotExist):
        raise InvalidState("This letter is not waiting to be sent.") from None
    _execute(key[0], new)


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
        if post.slug != letter.slug:  # what leads there from a former address of a draft is gone in time
            Letter.change((letter.letter, HEAD), [Letter.slug.set(post.slug)])
        if post.is_public(now()):
            _begin((letter.letter, HEAD), LetterStatus.WAITING)
    elif letter.status == LetterStatus.SENDING.value and _has_ended(letter):
        _begin((letter.letter, HEAD), LetterStatus.SENDING, letter.run)


def _find_post(letter: Letter) -> Post:
    """Its post. Raises DoesNotExist, and forgets the letter, if that was deleted."""
    try:
        return post_of(letter)
    except DoesNotExist:
        Letter.remove((letter.letter, HEAD), condition=_WAITS)
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
