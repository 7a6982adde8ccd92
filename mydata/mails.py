"""Mails to the user whose data it is."""

import logging
from typing import Any

from config import env
from config.aws import client

log = logging.getLogger(__name__)


def send(address: str, subject: str, text: str) -> None:
    """Send a mail of plain text, once for each call. Raises botocore's errors, but of a mail that SES refuses.

    No later try of that would end otherwise, and what it tells of is true whether or not its reader can be told.
    """
    content: Any = {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
    }
    ses = client("sesv2")
    try:
        ses.send_email(
            FromEmailAddress=env.text("MAIL_FROM"),
            Destination={"ToAddresses": [address]},
            Content={"Simple": content},
        )
    except (ses.exceptions.MessageRejected, ses.exceptions.BadRequestException) as error:
        log.warning("SES refused the mail %r: %s", subject, error.response["Error"]["Code"])
