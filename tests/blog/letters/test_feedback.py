"""Who is asked first, and who goes off the list: what SES says of letters."""

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from blog import events
from blog.letters import control
from blog.models import Post, Subscriber
from dynamo.errors import DoesNotExist
from dynamo.models import now
from infra.local.mailbox import mails
from infra.local.strict.mail import GREETING
from tests.blog.letters.sending import got, is_sent, row, send_all
from tests.waiting import until


def test_who_subscribed_before_confirmation_was_asked_is_asked_before_their_first_letter(
    machine: list[Any], reader: Callable[[], str], post: Post
) -> None:
    email = reader()
    long_ago = [
        Subscriber.status.set("sent"),
        Subscriber.confirmed_at.remove(),
        Subscriber.created_at.set(now() - timedelta(days=30)),
    ]
    Subscriber.change((email,), long_ago)
    until(lambda: any(one.email == email for one in Subscriber.addressees().all()), "the index", seconds=10)
    before = sum(mail.to == email for mail in mails())
    control.send(post, by="pia")
    send_all(machine[0])
    send_all(machine[0])
    found = Subscriber.fetch((email,))
    assert (found.status, found.expires is not None) == ("sent", True)
    assert (got(email, post), row(post, email).status) == (0, "asked")
    assert sum(mail.to == email for mail in mails()) == before + 1


def test_bounces_and_complaints_take_addresses_off_the_list_and_are_in_the_report(
    reader: Callable[[str], str], post: Post
) -> None:
    word = uuid.uuid4().hex[:12]
    bounced, spam, well = (
        reader(f"{kind}+{word}@simulator.amazonses.com") for kind in ("bounce", "complaint", "success")
    )
    control.send(post, by="pia")
    until(lambda: row_status(post, bounced) == "bounced", "the bounce", seconds=20)
    until(lambda: row_status(post, spam) == "complained", "the complaint", seconds=20)
    until(is_sent(post), "the letter", seconds=20)
    listed = {one.email for one in Subscriber.confirmed().all()}
    assert listed & {bounced, spam, well} == {well}
    assert row_status(post, well) == "sent"


def row_status(post: Post, email: str) -> str:
    with suppress(DoesNotExist):
        return str(row(post, email).status)
    return ""


def feedback(
    kind: str, email: str, message_id: str, *, age: timedelta, bounce_type: str = "Transient", said: str = ""
) -> list[str]:
    """SES tells of a mail to an address; `said` is whom the DSN names, if that is another."""
    sent_at = f"{now() - age:%Y-%m-%dT%H:%M:%S}.000Z"
    news = {
        "notificationType": kind,
        "mail": {"messageId": message_id, "timestamp": sent_at, "destination": [email.title()]},
        "bounce": {"bounceType": bounce_type, "bouncedRecipients": [{"emailAddress": said or email}]},
    }
    return failed(json.dumps(news))


def failed(message: str) -> list[str]:
    """What SES publishes comes through SNS and a queue."""
    record = {"messageId": "1", "body": json.dumps({"Message": message})}
    told = events.take_feedback({"Records": [record]}, None)
    return [each["itemIdentifier"] for each in told["batchItemFailures"]]


@pytest.mark.parametrize(
    ("said", "is_off"), [("abuse", True), (None, True), ("not-spam", False), ("auth-failure", False)]
)
def test_who_takes_a_complaint_back_stays_on_the_list(
    reader: Callable[[], str], said: str | None, is_off: bool
) -> None:
    email, complained = reader(), {"complaintSubType": None} | ({"complaintFeedbackType": said} if said else {})
    news = {
        "eventType": "Complaint",
        "mail": {"messageId": "none", "timestamp": now().isoformat(), "destination": [email]},
        "complaint": {**complained, "complainedRecipients": [{"emailAddress": email}]},
    }
    failed(json.dumps(news))
    assert (email not in {one.email for one in Subscriber.confirmed().all()}) == is_off


def test_a_greeting_of_ses_is_no_news() -> None:
    assert failed(GREETING) == []
    assert failed("Something else") == ["1"]


def test_a_bounce_is_of_the_address_that_was_written_to_whatever_the_other_server_says(
    reader: Callable[[], str],
) -> None:
    forwarded, other = reader(), reader()
    feedback("Bounce", forwarded, "none", age=timedelta(0), bounce_type="Permanent", said=other)
    assert Subscriber.fetch((other,)).status == "confirmed"
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((forwarded,))


def test_a_full_mailbox_and_old_news_take_nobody_off_the_list_and_early_news_wait(reader: Callable[[], str]) -> None:
    email = reader()
    assert feedback("Bounce", email, "none", age=timedelta(seconds=1)) == ["1"]
    assert feedback("Bounce", email, "none", age=timedelta(minutes=5)) == []
    assert Subscriber.fetch((email,)).status == "confirmed"
    assert feedback("Open", email, "none", age=timedelta(minutes=5)) == ["1"]
    assert feedback("Bounce", email, "none", age=timedelta(minutes=5), bounce_type="Permanent") == []
    # That mail was sent before they subscribed anew.
    assert Subscriber.fetch((email,)).status == "confirmed"
    assert feedback("Bounce", email, "none", age=timedelta(seconds=1), bounce_type="Permanent") == ["1"]
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))
