"""The steps of the state machine `letters`: its states call these by their names in blog/service.py.

Each may be run twice, at the same time too, or die half way. The ledger accounts for every recipient: a row is made
once, by letter and address, when recipients are frozen, claimed under a lease, sent, and marked. A mail is sent twice
at most for each answer of SES that was lost, or death between sending and mark.

A batch is a slice of the digests by which rows are sorted, so that no input of a state, no log and no queue holds an
address.
"""

import logging
import math
import random
import time
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from pynamodb.expressions.update import Action

from blog import welcome
from blog.letters import control, mail
from blog.models import SUBSCRIBERS, Post, Subscriber, Welcome
from blog.models.letters import HEAD, Delivery, Letter, LetterStatus, Outcome
from config.aws import client
from config.mail import THROTTLES
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist, DynamoError
from dynamo.models import now
from serverless.events import RESERVE, Context

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)  # the ledger
PAGE = 200  # subscribers that are frozen between two looks at the clock
SPACE = 1 << 32  # how many slices of digests there are: by their first eight digits
SHARE = 0.9  # of SES's rate and of its day, as welcomes, reminders and what Cognito says are sent, too
WORKERS, WORKER_RATE = 20, 10  # at most so many at once; so many mails a second are no trouble for one
WORK_SECONDS = 15  # a worker's turn, after which it looks whether the letter is still to be sent
QUOTA_SECONDS = 900  # until SES is asked again, once a day's quota is used up
LEASED_SECONDS = 5  # until a worker looks again for rows that another has claimed
MOST_REFUSALS = 5  # in a row, before a worker stops and its state waits longer and longer
SLOWEST = 5.0  # seconds between two mails of a worker


class Throttled(Exception):
    """SES takes no more at this rate."""


class Unavailable(Exception):
    """SES takes nothing now, for a reason that is not the recipient's. The message is SES's code."""


class Turn(StrEnum):
    """How a worker's turn ended. LEASED: the rows that are left can't be claimed yet."""

    DONE = "Done"
    AGAIN = "Again"
    LEASED = "Leased"


class Batch(TypedDict):
    """Rows from `first` to `last`; `interval` are the seconds from one mail to the next."""

    letter: str
    run: str
    first: str
    last: str
    interval: float


class State(TypedDict):
    """What goes from state to state: `next` is where the machine goes, `at` how many slices have been planned."""

    letter: str
    run: str
    next: str
    at: NotRequired[int]
    seconds: NotRequired[int]
    batches: NotRequired[list[Batch]]


def _running(letter: str, run: str) -> Letter | None:
    """The letter, if this run is the one that sends it."""
    found = Letter.fetch_or_none((letter, HEAD))
    return found if found and found.status == LetterStatus.SENDING.value and found.run == run else None


def _public_post(letter: Letter) -> Post | None:
    """The post, or None once it was withdrawn or deleted."""
    with suppress(DoesNotExist):
        post = control.post_of(letter)
        return post if post.is_public(now()) else None
    return None


def freeze(state: State, context: Context | None) -> State:
    """Make a row for everybody who is to get the letter, as far as time allows."""
    letter = _running(state["letter"], state["run"])
    if letter is None:
        return _go(state, "Stop")
    if letter.frozen_at:
        return _go(state, "Plan")
    start = {"shelf": {"S": SUBSCRIBERS}, "email": {"S": letter.frozen_to}} if letter.frozen_to else None
    while context is None or context.get_remaining_time_in_millis() > RESERVE:
        page = Subscriber.addressees().page(PAGE, start)
        for one in page.items:
            with suppress(AlreadyExists):
                key = Delivery.key_for(letter.letter, one.email)
                Delivery(*key, email=one.email, expires=now() + KEPT).create()
        start = page.next_key
        if start is None:
            recipients = Delivery.outcomes(letter.letter).total()
            _note(letter, Letter.frozen_at.set(now()), Letter.recipients.set(recipients))
            return _go(state, "Plan")
        _note(letter, Letter.frozen_to.set(start["email"]["S"]))
    return _go(state, "Freeze")


def _note(letter: Letter, *actions: Action) -> None:
    """Unless another run has begun."""
    with suppress(ConditionFailed, DoesNotExist):
        Letter.change((letter.letter, HEAD), actions, condition=Letter.run == letter.run)


def _pause(letter: Letter) -> None:
    _note(letter, Letter.status.set(LetterStatus.PAUSED.value), Letter.shelf.remove())


def _go(state: State, next_: str) -> State:
    return {"letter": state["letter"], "run": state["run"], "next": next_}


def plan(state: State, context: Context | None) -> State:
    """The next batches, one for each worker, at the rate SES allows now. Raises botocore's errors."""
    letter, at = _running(state["letter"], state["run"]), state.get("at", 0)
    if letter is None:
        return _go(state, "Stop")
    if _public_post(letter) is None:
        _pause(letter)
        return _go(state, "Stop")
    if at >= SPACE:
        return _go(state, "Report")
    quota = client("sesv2").get_account()["SendQuota"]
    left = quota["Max24HourSend"] * SHARE - quota["SentLast24Hours"] if quota["Max24HourSend"] >= 0 else math.inf
    if left < 1:
        return {**_go(state, "Wait"), "at": at, "seconds": QUOTA_SECONDS}
    rate = max(1.0, quota["MaxSendRate"] * SHARE)
    workers = min(WORKERS, math.ceil(rate / WORKER_RATE))
    rows = min(left, rate * WORK_SECONDS) / workers
    width = math.ceil(SPACE * min(1, rows / max(1, int(letter.recipients))))
    firsts = list(range(at, SPACE, width))[:workers]
    batches = [
        Batch(
            letter=letter.letter,
            run=letter.run,
            first=f"{first:08x}",
            last=f"{min(first + width, SPACE) - 1:08x}g",  # after every digest that begins so
            interval=workers / rate,
        )
        for first in firsts
    ]
    return {**_go(state, "Send"), "at": min(firsts[-1] + width, SPACE), "batches": batches}


class Pace:
    """Sends at even intervals, longer ones when SES refuses, and shorter ones again by and by."""

    def __init__(self, interval: float) -> None:
        """`interval` in seconds; `refusals` are those since SES took one."""
        self._least = self._interval = interval
        self._next = time.monotonic()
        self.refusals = 0

    def wait(self) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._interval

    def faster(self) -> None:
        self.refusals = 0
        self._interval = max(self._least, self._interval * 0.9)

    def slower(self) -> None:
        """SES refused one. Raises Throttled after several in a row."""
        self.refusals += 1
        if self.refusals >= MOST_REFUSALS:
            raise Throttled
        self._interval = min(SLOWEST, self._interval * random.uniform(1.5, 2.5))  # noqa: S311  # not a secret


def send(batch: Batch, context: Context | None) -> dict[str, Any]:
    """A worker's turn: mails to those of a batch who have none. The batch, with what is `next`.

    Raises Throttled, Unavailable, DynamoError: come again later.
    """
    letter, went = _running(batch["letter"], batch["run"]), Turn.DONE
    if letter and (post := _public_post(letter)):
        went = _send_rows(letter, post, batch["first"], batch["last"], batch["interval"])
    elif letter:
        _pause(letter)  # or the run would end, and what is left of the batch with it
    return {**batch, "next": went.value, "seconds": LEASED_SECONDS}


def send_again(letter: str, first: str, last: str) -> bool:
    """A turn for a batch that was put aside; whether all of it is accounted for, or the letter is not to be sent."""
    with suppress(DoesNotExist):
        found = Letter.fetch((letter, HEAD))
        if found.status in {LetterStatus.SENDING.value, LetterStatus.SENT.value}:
            post = _public_post(found)
            return post is not None and _send_rows(found, post, first, last, 1 / WORKER_RATE) is Turn.DONE
    return True


def _send_rows(letter: Letter, post: Post, first: str, last: str, interval: float) -> Turn:
    made, pace, end, left = mail.make(post), Pace(interval), time.monotonic() + WORK_SECONDS, False
    for row in Delivery.unsent(letter.letter, first, last).all():
        if time.monotonic() > end:
            return Turn.AGAIN
        try:
            if held := _claim(row):
                pace.wait()
                _deliver(held, made)
                pace.faster()
            else:
                left = True
        except Throttled:
            left = True
            pace.slower()
        except (Unavailable, DynamoError):
            raise
        except Exception as error:  # an answer got lost, or this recipient is poison: the others need not wait
            log.warning("a mail of letter %s is tried again: %s", letter.letter, type(error).__name__)
            left = True
    if pace.refusals:
        raise Throttled
    return Turn.LEASED if left else Turn.DONE


def _claim(row: Delivery) -> Delivery | None:
    """The row, claimed; None if another has it, or it is accounted for."""
    with suppress(ConditionFailed, DoesNotExist):
        return Delivery.take((row.letter, row.recipient), welcome.LEASE)
    return None


def _deliver(held: Delivery, made: mail.Mail) -> None:
    """Send to whoever has confirmed, and ask those to confirm who subscribed before that was asked."""
    if held.attempts > held.MOST_ATTEMPTS:
        held.mark(Outcome.FAILED.value, reason=held.GIVEN_UP)
        return
    try:
        outcome, message_id = _send(held, made)
    except welcome.MailRefused as refused:
        held.mark(Outcome.FAILED.value, reason=str(refused).replace(held.email, "the address")[:200])
    except ClientError as error:
        held.give_back()
        code = error.response["Error"]["Code"]
        raise Throttled if code in THROTTLES else Unavailable(code) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        held.give_back()
        raise Unavailable(type(error).__name__) from error
    except (DynamoError, welcome.InProgress):
        held.give_back()  # SES was not asked
        raise
    else:
        held.mark(outcome.value, **({"message_id": message_id} if message_id else {}))


def _send(held: Delivery, made: mail.Mail) -> tuple[Outcome, str]:
    subscriber = Subscriber.fetch_or_none((held.email,))
    if subscriber is None:
        return Outcome.LEFT, ""
    if subscriber.status == Welcome.CONFIRMED.value:
        return Outcome.SENT, welcome.send_mail(subscriber.address, made.to(held.email))
    welcome.ask_to_confirm(held.email)
    return Outcome.ASKED, ""


def report(state: State, context: Context | None) -> State:
    """Every recipient was tried: count what became of it."""
    letter = _running(state["letter"], state["run"])
    if letter is not None:
        outcomes = [[*key, number] for key, number in Delivery.outcomes(letter.letter).items()]
        _note(letter, Letter.status.set(LetterStatus.SENT.value), Letter.outcomes.set(outcomes), Letter.shelf.remove())
    return _go(state, "Stop")
