"""What SES tells of mails that bounced or were called spam: addresses go off the list, and the report says so."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from blog.models import Subscriber
from blog.models.letters import Delivery, Outcome
from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.models import now
from serverless.events import Poison, Record, TryAgain, need, read_notification

# What SES publishes to a topic it is to tell from now on; it isn't JSON.
GREETING = "Successfully validated SNS topic for Amazon SES event publishing."
# Feedback types of complaints that are none: readers took theirs back (RFC 6430), or a server found no good signature.
_NO_COMPLAINTS = {"not-spam", "auth-failure"}
# SES may tell before the ledger has the mail's id: so long it is looked for again.
MARKED_WITHIN = timedelta(minutes=2)
# How far SES's clock may be behind ours.
SKEW = timedelta(minutes=1)
# What each kind of news is about: its part of the message, and the outcome.
_KINDS = {"Bounce": ("bounce", Outcome.BOUNCED), "Complaint": ("complaint", Outcome.COMPLAINED)}


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """News of one mail. `is_final` means that its recipients are to get no other."""

    message_id: str
    sent_at: datetime
    outcome: Outcome
    is_final: bool
    emails: Sequence[str]


def read(record: Record) -> Feedback | None:
    """A message of the queue `mail-feedback`, as a configuration set publishes it, or an identity; None if it
    says nothing of a mail's fate. Raises Poison.
    """
    if json.loads(record["body"])["Message"] == GREETING:
        return None
    told = read_notification(record)
    kind = told.get("eventType") or told.get("notificationType")
    if kind not in _KINDS:
        raise Poison(f"{kind!r} is no news of a mail")
    name, outcome = _KINDS[str(kind)]
    mail, news = need(told, "mail", dict), need(told, name, dict)
    if news.get("complaintFeedbackType") in _NO_COMPLAINTS:
        return None
    return Feedback(
        message_id=need(mail, "messageId", str),
        sent_at=datetime.fromisoformat(need(mail, "timestamp", str)),
        outcome=outcome,
        # A full mailbox is another's matter than one that does not exist.
        is_final=outcome is Outcome.COMPLAINED or news.get("bounceType") == "Permanent",
        # To whom we sent it. `bouncedRecipients` are what the other server says: where its reader had it forwarded, or
        # whomever it wants off the list.
        emails=[str(one).lower() for one in need(mail, "destination", list)],
    )


def take(news: Feedback | None) -> None:
    """Harmless when repeated, or late: who has subscribed since that mail stays.

    Raises TryAgain while the ledger may not have the mail yet, or DynamoError.
    """
    if news is None:
        return
    if news.is_final:
        for email in news.emails:
            Subscriber.unsubscribe(email, before=news.sent_at + SKEW)
    row = next(Delivery.of_message(news.message_id).all(1), None)
    if row is not None:
        told = [Delivery.status.set(news.outcome.value)]
        with suppress(ConditionFailed, DoesNotExist):
            Delivery.change(row.key(), told, condition=Delivery.status != Outcome.COMPLAINED.value)
    elif news.sent_at > now() - MARKED_WITHIN:
        raise TryAgain("the mail is not in the ledger yet")
