"""A letter on a bad day: nobody is left out, and nobody gets two but for an answer that was lost.

SES throttles, refuses addresses and loses answers, workers are killed before and after they send, and so is the
execution of the state machine.
"""

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any, Self

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from accounts.staff import failures
from blog import welcome
from blog.letters import control, steps
from blog.models import Post, Subscriber
from blog.models.letters import HEAD, Delivery, Letter, Outcome
from config.aws import client
from dynamo.errors import Unavailable
from dynamo.models import now
from tests.blog.writing import write
from tests.faulty_ses import FaultySes, served
from tests.personas import Persona
from tests.waiting import until


class Killed(BaseException):
    """What ends a worker, as no handler catches it."""


class Kills:
    """Ends workers around their sending; `after` counts by address what was sent and not written down."""

    def __init__(self, send: Callable[[str, Any], str], share: float) -> None:
        self.send, self.share = send, share
        self.after: Counter[str] = Counter()
        self.number = 0
        self._random, self._lock = random.Random(11), Lock()  # not a secret

    def __call__(self, address: str, message: Any) -> str:
        with self._lock:
            draw = self._random.random()
        if draw < self.share / 2:
            self.number += 1
            raise Killed
        found = self.send(address, message)
        if draw < self.share:
            self.number += 1
            self.after[address] += 1
            raise Killed
        return found


@pytest.fixture
def readers(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Confirmed subscribers, as many as the test says; they are gone at the end."""
    word = uuid.uuid4().hex[:8]
    emails = [f"{word}-{number:05}@example.com" for number in range(request.param)]
    at = now()
    rows = [Subscriber(email, address=email, status="confirmed", created_at=at, updated_at=at) for email in emails]
    _write([{"PutRequest": {"Item": {**row.serialize(), "version": {"N": "1"}}}} for row in rows])
    until(lambda: sum(word in one.email for one in Subscriber.confirmed().all(1000)) == len(emails), "the index", 120)
    yield emails
    _write([{"DeleteRequest": {"Key": {"email": {"S": email}}}} for email in emails])


def _write(requests: Sequence[Any]) -> None:
    dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
    for start in range(0, len(requests), 25):
        dynamodb.batch_write_item(RequestItems={Subscriber.Meta.table_name: requests[start : start + 25]})


@pytest.mark.parametrize(
    ("readers", "rate", "deaths"),
    [pytest.param(120, 200, 1), pytest.param(10_000, 400, 5, marks=pytest.mark.prove)],
    indirect=["readers"],
)
def test_nobody_is_left_out_and_only_lost_answers_make_two(
    readers: list[str],
    rate: float,
    deaths: int,
    edith: Persona,
    monkeypatch: pytest.MonkeyPatch,
    report: Callable[[str, str], None],
) -> None:
    post = Post.fetch((write(edith)["slug"],))
    poison = set(readers[:: len(readers) // max(2, len(readers) // 100)])
    ses = FaultySes(poison, rate=rate, throttled=0.05, lost=0.02)
    kills = Kills(welcome.send_mail, 0.01)
    monkeypatch.setattr(steps, "SLOWEST", 0.2)
    monkeypatch.setattr(welcome, "LEASE", timedelta(seconds=2 if len(readers) < 1000 else 10))
    monkeypatch.setattr(welcome, "send_mail", kills)
    began = time.monotonic()
    with served(ses) as proxied, monkeypatch.context() as patch:
        for module in (welcome, steps):
            patch.setattr(module, "client", lambda name: proxied if name == "sesv2" else client(name))
        control.send(post, by="pia")
        with _Killing(post, ses, len(readers), deaths) as killing:
            until(lambda: _is_sent(post), "the letter", 1500 if len(readers) > 1000 else 60)
        # A batch whose workers die more often than it is tried again is put aside, and an operator sends it on.
        until(lambda: _is_accounted_for(post) or _send_on(), "what was put aside", 300)
    outcomes = {recipient.email: recipient.status for recipient in _ledger(post)}
    expected = {email: "failed" if email in poison else "sent" for email in readers}
    assert {email: outcomes.get(email) for email in readers if outcomes.get(email) != expected[email]} == {}
    assert [email for email in readers if email not in poison and not ses.accepted[email]] == [], "lost"
    lost = ses.unanswered + kills.after
    assert {email: ses.accepted[email] for email in readers if ses.accepted[email] > 1 + lost[email]} == {}
    twice = sum(number - 1 for number in ses.accepted.values())
    assert killing.killed == deaths
    report("time", f"{time.monotonic() - began:.0f} s")
    report("recipients, refused", f"{len(readers)}, {len(poison)}")
    report("answers lost, workers killed", f"{lost.total()}, {kills.number}")
    report("sent twice", str(twice))


def _letter(post: Post) -> Letter:
    return Letter.fetch((control.letter_id(post), HEAD))


def _is_sent(post: Post) -> bool:
    # The embedded DynamoDB has a bad day, too.
    with suppress(Unavailable):
        return bool(_letter(post).status == "sent")
    return False


def _is_accounted_for(post: Post) -> bool:
    return all(one.status not in {Outcome.PENDING.value, Outcome.SENDING.value} for one in _ledger(post))


def _send_on() -> bool:
    failures.send_on("letters-failures")
    return False


def _ledger(post: Post) -> list[Delivery]:
    return list(Delivery.of_letter(control.letter_id(post)).all(1000))


class _Killing:
    """Ends the execution so many times while the letter is being sent, and ticks as the clock does."""

    def __init__(self, post: Post, ses: FaultySes, readers: int, deaths: int) -> None:
        self.post, self.ses, self.readers, self.deaths = post, ses, readers, deaths
        self.killed, self.done = 0, Event()
        self.thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.done.wait(1):
            with suppress(Unavailable, ClientError, BotoCoreError):
                self.killed += self._kill(self.killed)
                control.resume()

    def _kill(self, killed: int) -> bool:
        """Whether the execution was ended: it is each time that so much more has been sent."""
        if killed == self.deaths or self.ses.accepted.total() < self.readers * (killed + 1) / (self.deaths + 2):
            return False
        run = f"{settings.LETTERS_MACHINE.replace(':stateMachine:', ':execution:')}:{_letter(self.post).run}"
        client("stepfunctions").stop_execution(executionArn=run)
        return True
