"""What mails of all services have in common."""

import logging
import re

from config import env
from config.aws import client

log = logging.getLogger(__name__)

_CONTROLS = re.compile(" *(?:[\x00-\x1f\x7f-\x9f\u2028\u2029]+ *)+")


def header_text(text: str) -> str:
    """A title on one line and without control characters, as the subject of a mail has to be (RFC 5322)."""
    return _CONTROLS.sub(" ", text).strip()


def send_text(address: str, subject: str, text: str) -> bool:
    """Send a mail of plain text, once for each call; whether SES takes it. Raises botocore's errors, but of a refusal.

    No later try of that would end otherwise, and neither what the mail tells of nor anybody else's mail waits for it.
    """
    ses = client("sesv2")
    try:
        ses.send_email(
            FromEmailAddress=env.text("MAIL_FROM"),
            Destination={"ToAddresses": [address]},
            Content={
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
                }
            },
        )
    except (ses.exceptions.MessageRejected, ses.exceptions.BadRequestException) as error:
        # The reason names the address, and a subject what is the user's own.
        log.warning("SES refused a mail: %s", error.response["Error"]["Code"])
        return False
    return True
