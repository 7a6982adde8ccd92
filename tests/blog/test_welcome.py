"""The welcome email's promises: never lost, no bad address delays another, at most one duplicate per death."""

import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.config import Config
from django.conf import settings
from django.test import override_settings

from blog import events, welcome
from blog.models import Subscriber, Welcome
from config.aws import client
from dynamo.models import now
from infra.local.mailbox import mails
from tests.blog.news import recorded, subscription, tell
from tests.faulty_ses import FaultySes, served


@pytest.fixture(autouse=True)
def _own_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of the embedded AWS go nowhere: each test tells its own."""
    send, ours = events.send_welcome_emails, recorded("subscribed")["eventID"]

    def only_ours(event: Any, context: Any) -> Any:
        return send(event, context) if event["Records"][0]["eventID"] == ours else {"batchItemFailures": []}

    monkeypatch.setattr(events, "send_welcome_emails", only_ours)


def subscriber(end: str = "@example.com") -> str:
    """A subscriber nobody has welcomed."""
    email = f"reader-{uuid.uuid4().hex[:12]}{end}"
    Subscriber.subscribe(email)
    return email


def sent(email: str) -> int:
    """How many mails SES accepted for an address."""
    return sum(mail.to == email for mail in mails())


def status(email: str) -> str:
    """Of the welcome."""
    return str(Subscriber.get(email).status)


def test_it_sends_once_though_told_thrice_at_once() -> None:
    email = subscriber()
    record = subscription(email)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(tell, [record] * 3))
    assert (sent(email), status(email)) == (1, "sent")
    # Who found the claim taken said so, in case its holder had died; the retry finds the mark.
    assert [] in answers
    assert tell(record) == []
    assert sent(email) == 1


def test_a_batch_with_the_same_record_twice_sends_once() -> None:
    email = subscriber()
    assert tell(subscription(email, 1), subscription(email, 2)) == []
    assert sent(email) == 1


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_only_new_subscribers_are_welcomed(event_name: str) -> None:
    email = subscriber()
    assert tell({**subscription(email), "eventName": event_name}) == []
    assert sent(email) == 0


def test_another_regions_subscriber_is_not_ours() -> None:
    email = subscriber()
    record = subscription(email)
    record["dynamodb"]["NewImage"]["region"] = {"S": "eu-west-1"}
    assert tell(record) == []
    assert sent(email) == 0


def test_who_has_gone_is_left_alone() -> None:
    email = subscriber()
    Subscriber.unsubscribe(email)
    assert tell(subscription(email)) == []
    assert sent(email) == 0
    with pytest.raises(Subscriber.DoesNotExist):
        Subscriber.get(email)


def test_who_goes_meanwhile_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    email = subscriber()
    send = welcome._send

    def send_and_unsubscribe(found: Subscriber) -> str:
        message_id = send(found)
        Subscriber.unsubscribe(email)
        return message_id

    monkeypatch.setattr(welcome, "_send", send_and_unsubscribe)
    assert tell(subscription(email)) == []
    with pytest.raises(Subscriber.DoesNotExist):
        Subscriber.get(email)


def test_a_death_between_sending_and_mark_costs_one_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    email, other = subscriber(), subscriber()
    batch = [subscription(email, 1), subscription(other, 2)]
    mark = welcome._mark

    def die(found: Subscriber, *args: Any, **kwargs: Any) -> None:
        if found.email == email:
            raise SystemError("the process dies here")
        mark(found, *args, **kwargs)

    monkeypatch.setattr(welcome, "_mark", die)
    assert tell(*batch) == ["1"]
    monkeypatch.setattr(welcome, "_mark", mark)
    # Its claim holds for the lease, however often the record comes again; nobody else is touched.
    for _ in range(3):
        assert tell(*batch) == ["1"]
    assert (sent(email), sent(other), status(other)) == (1, 1, "sent")
    let_lease_end(email)
    assert tell(*batch) == []
    assert (sent(email), status(email)) == (2, "sent")
    assert tell(*batch) == []
    assert (sent(email), sent(other)) == (2, 1)


def let_lease_end(email: str) -> None:
    """As if a minute and a half had passed."""
    Subscriber.change((email,), [Subscriber.claimed_until.set(now() - timedelta(seconds=1))])


def test_a_death_before_sending_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    email = subscriber()
    with monkeypatch.context() as patch:
        patch.setattr(welcome, "_send", Mock(side_effect=ZeroDivisionError))
        assert tell(subscription(email)) == ["1"]
    assert (sent(email), status(email)) == (0, "sending")
    let_lease_end(email)
    assert tell(subscription(email)) == []
    assert (sent(email), status(email)) == (1, "sent")


def test_who_lost_the_claim_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder slower than its lease, which another one took over meanwhile."""
    email = subscriber()
    slow = welcome._claim(email)
    assert slow is not None
    let_lease_end(email)
    assert tell(subscription(email)) == []
    welcome._mark(slow, Welcome.PENDING)
    assert status(email) == "sent"


@pytest.mark.parametrize("end", ["@example.com", f".{settings.MAIL_FROM}"], ids=["any", "with ours in it"])
def test_a_refused_address_delays_nobody(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    bad, good = subscriber(end), subscriber()
    with served(FaultySes({bad}, rate=14, throttled=0, lost=0)) as ses:
        monkeypatch.setattr(welcome, "client", lambda _name: ses)
        assert tell(subscription(bad, 1), subscription(good, 2)) == []
        assert tell(subscription(bad, 1)) == []
    assert (sent(bad), sent(good)) == (0, 1)
    row = Subscriber.get(bad)
    assert row.status == "failed"
    assert f"Address {bad} is illegal." in str(row.reason)


def test_our_own_fault_is_not_the_subscribers() -> None:
    email = subscriber()
    with override_settings(MAIL_FROM="stranger@elsewhere.example"):
        assert tell(subscription(email)) == ["1"]
    assert status(email) == "pending"
    assert tell(subscription(email)) == []
    assert (sent(email), status(email)) == (1, "sent")


def test_an_outage_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    emails = [subscriber(), subscriber()]
    batch = [subscription(email, number) for number, email in enumerate(emails, 1)]
    # Nobody listens at this port.
    nowhere = boto3.client("sesv2", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(welcome, "client", Mock(return_value=nowhere))
        assert tell(*batch) == ["1", "2"]
    assert [status(email) for email in emails] == ["pending", "pending"]
    assert tell(*batch) == []
    assert [sent(email) for email in emails] == [1, 1]


def test_poison_is_set_aside_alone() -> None:
    """In the stream it would hold up all welcomes behind it."""
    email = subscriber()
    url = client("sqs").get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}welcome-failures")["QueueUrl"]
    client("sqs").purge_queue(QueueUrl=url)
    poison = [
        {**subscription(email, 1), "dynamodb": {"SequenceNumber": "1"}},
        {**subscription(email, 2), "dynamodb": {**subscription(email, 2)["dynamodb"], "Keys": {"email": {"N": "5"}}}},
    ]
    assert tell(*poison, subscription(email, 3)) == []
    assert sent(email) == 1
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["Records"] for message in found] == [[record] for record in poison]
    client("sqs").purge_queue(QueueUrl=url)


def test_the_mail_says_how_to_leave() -> None:
    email = subscriber()
    tell(subscription(email))
    [mail] = [mail for mail in mails() if mail.to == email]
    headers = dict(mail.headers)
    assert headers["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.unsubscribe_url.replace("/api/blog/", "/") in mail.text
    assert "<script" not in mail.html


class Ending:
    """A Lambda context with no time left."""

    def get_remaining_time_in_millis(self) -> int:
        return 1000


def test_what_there_is_no_time_for_comes_again() -> None:
    email = subscriber()
    answer = events.send_welcome_emails({"Records": [subscription(email)]}, Ending())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert (sent(email), status(email)) == (0, "pending")


def test_an_answer_that_is_lost_waits_for_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    email = subscriber()
    # Takes the connection, never answers.
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patch:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
        patch.setattr(welcome, "client", Mock(return_value=boto3.client("sesv2", endpoint_url=url, config=config)))
        assert tell(subscription(email)) == ["1"]
    assert (status(email), Subscriber.fetch((email,)).attempts) == ("sending", 1)
    assert tell(subscription(email)) == ["1"]
    let_lease_end(email)
    assert tell(subscription(email)) == []
    assert (sent(email), status(email)) == (1, "sent")


def test_a_ses_that_is_slow_for_hours_sends_eight_mails_at_most() -> None:
    """It may have taken each whose answer was lost, and the stream comes again for hours."""
    email = subscriber()
    Subscriber.change((email,), [Subscriber.attempts.set(Subscriber.MOST_ATTEMPTS)])
    assert tell(subscription(email)) == []
    found = Subscriber.fetch((email,))
    assert (sent(email), found.status, found.reason) == (0, "failed", "Given up after 8 tries")
    Subscriber.change((email,), [Subscriber.created_at.set(now() - timedelta(days=2))])
    Subscriber.subscribe(email)
    assert (status(email), Subscriber.fetch((email,)).attempts) in {("pending", 0), ("sending", 1), ("sent", 1)}


def test_ses_is_asked_once() -> None:
    assert client("sesv2").meta.config.retries == {"mode": "standard", "total_max_attempts": 1}  # type: ignore[attr-defined]
