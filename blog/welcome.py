"""The welcome email, which asks to confirm the address: claimed, sent, marked.

No exactly-once mail exists: between sending and writing that down a process can die. The claim, a conditional write,
lets one of any number of deliveries send; its lease ends a little after Lambda would have ended the function, so a
claim whose holder died is taken over. Never lost, and twice at most per death between sending and mark.
"""

import logging
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from blog import site
from blog.models import CONFIRM, UNCONFIRMED, Subscriber, Welcome
from config.aws import client
from config.mail import REFUSALS
from dynamo.errors import ConditionFailed, DoesNotExist, DynamoError
from dynamo.models import now

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

# Longer than the function may run (60 s), or a second one could send while the first still does.
LEASE = timedelta(seconds=75)


class InProgress(Exception):
    """Another delivery holds the claim. It may have died: come again."""


class MailRefused(Exception):
    """SES will not take mail for this address. The message says why."""


def welcome(email: str) -> None:
    """Send a subscriber's welcome email, unless it was sent, refused for good, or the subscriber has gone.

    Raises InProgress, Unavailable, or botocore's error if SES can't be reached or is busy: try again later.
    """
    if (subscriber := _claim(email)) is None:
        return
    if subscriber.attempts > Subscriber.MOST_ATTEMPTS:
        subscriber.mark(Welcome.FAILED.value, Subscriber.attempts.set(0), reason=Subscriber.GIVEN_UP)
        return
    try:
        message_id = _send(subscriber)
    except MailRefused as refused:
        # The reason names the address, which is for the row and not for the log.
        log.warning("SES refuses a welcome email")
        _mark(subscriber, Welcome.FAILED, reason=str(refused)[:500])
    except (ClientError, ConnectTimeoutError, EndpointConnectionError):
        # Nothing was sent: the next try need not wait for the lease. An answer that got lost leaves that open, so then
        # it does wait.
        subscriber.give_back()
        raise
    else:
        _mark(subscriber, Welcome.SENT, message_id=message_id)


def ask_to_confirm(email: str) -> None:
    """Welcome somebody anew who subscribed before that was asked. What is not theirs, or was done, is left.

    Raises what `welcome` does.
    """
    again = [Subscriber.status.set(Welcome.PENDING.value), Subscriber.expires.set(now() + UNCONFIRMED)]
    never_asked = Subscriber.expires.does_not_exist() & (Subscriber.status == Welcome.SENT.value)
    with suppress(ConditionFailed, DoesNotExist):
        Subscriber.change((email,), again, condition=never_asked)
    welcome(email)


def welcome_again(email: str) -> Welcome | None:
    """Send a welcome that waits now, as somebody watches. What became of it; None if the subscriber has gone."""
    try:
        welcome(email)
    except (InProgress, DynamoError, ClientError, BotoCoreError) as error:
        log.warning("a welcome email could not be sent again: %s", type(error).__name__)
    subscriber = Subscriber.fetch_or_none((email,))
    return Welcome(subscriber.status) if subscriber else None


def _claim(email: str) -> Subscriber | None:
    """The subscriber, claimed; None if there is nothing to do, or nobody any more. Raises InProgress."""
    try:
        return Subscriber.take((email,), LEASE)
    except DoesNotExist:
        return None
    except ConditionFailed as failed:
        status = (failed.item or {}).get("status", {}).get("S")
        if status == Welcome.SENDING.value:
            raise InProgress("a welcome email is on its way") from None
        return None


def _mark(subscriber: Subscriber, status: Welcome, **values: str) -> None:
    """Write down what became of it; whoever took the claim over, or unsubscribed, has the last word."""
    sent_at = [Subscriber.sent_at.set(now())] if status is Welcome.SENT else []
    if not subscriber.mark(status.value, *sent_at, **values):
        log.info("a welcome email was no longer ours to mark as %s", status)


def _send(subscriber: Subscriber) -> str:
    return send_mail(subscriber.address, make_message(subscriber))


def send_mail(address: str, message: "MessageTypeDef") -> str:
    """SES's message id. Raises MailRefused, or botocore's errors."""
    try:
        answer = client("sesv2").send_email(
            FromEmailAddress=settings.MAIL_FROM,
            # By it, bounces and complaints come back.
            ConfigurationSetName=f"{settings.DYNAMO['TABLE_PREFIX']}mail",
            Destination={"ToAddresses": [address]},
            Content={"Simple": message},
        )
    except ClientError as error:
        code, reason = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        # An unverified sender is refused in the same words; that is not the subscriber's fault. Theirs may hold ours.
        if code in REFUSALS and settings.MAIL_FROM not in re.split(r"[\s,]+", reason):
            raise MailRefused(f"{code}: {reason}") from error
        raise
    return answer["MessageId"]


def make_message(subscriber: Subscriber) -> "MessageTypeDef":
    """Subject, both bodies and headers, as SES takes them."""
    # A mail client posts to the API; a person follows a link to a page that asks first.
    page = reverse("blog-unsubscribe", args=[Subscriber.token(subscriber.email)])
    confirm = reverse("blog-confirm", args=[Subscriber.token(subscriber.email, CONFIRM)])
    context = {
        "name": site.NAME,
        "site_url": site.front(),
        "confirm_url": site.absolute(confirm),
        "unsubscribe_url": site.absolute(page),
        "subject": site.WELCOME_SUBJECT,
    }
    text, html = (render_to_string(f"blog/welcome.{kind}", context) for kind in ("txt", "html"))
    return message(site.WELCOME_SUBJECT, text, html, subscriber.email)


def message(subject: str, text: str, html: str, email: str) -> "MessageTypeDef":
    """A mail as SES takes it. One click unsubscribes: RFC 8058."""
    return {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}, "Html": {"Data": html, "Charset": "UTF-8"}},
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": f"<{unsubscribe_url(email)}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
    }


def unsubscribe_url(email: str) -> str:
    return settings.SITE_URL + reverse("unsubscribe", args=[Subscriber.token(email)])
