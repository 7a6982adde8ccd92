"""What mails of all services have in common."""

import logging
import random
import re
import time
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from config import env
from config.aws import client

log = logging.getLogger(__name__)

# What SES says of one mail or its address, and would say again. All else is about us or the moment.
REFUSALS = {"MessageRejected", "BadRequestException"}
THROTTLES = {"TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException"}
# How often a mail is tried while SES takes no more, and the seconds between two tries, on average: together less than
# RESERVE of serverless/events.py, which a record of a batch has at least.
TRIES, PAUSE = 6, 1.0

_CONTROLS = re.compile(" *(?:[\x00-\x1f\x7f-\x9f\u2028\u2029]+ *)+")


def header_text(text: str) -> str:
    """A title on one line and without control characters, as the subject of a mail has to be (RFC 5322)."""
    return _CONTROLS.sub(" ", text).strip()


def send_notice(address: str, subject: str, text: str) -> bool:
    """Send a mail that says what its reader finds elsewhere, too. Raises botocore's errors: then it was not sent.

    Where SES's answer is lost, it may have been: tries that go on for half an hour would send twenty. False as below.
    """
    try:
        return send_text(address, subject, text)
    except (ReadTimeoutError, ConnectionClosedError) as error:
        log.warning("SES did not answer, and may have sent a mail: %s", type(error).__name__)
        return True


def send_text(address: str, subject: str, text: str) -> bool:
    """Send a mail of plain text, once for each call. It waits some seconds for SES's rate.

    False where SES refuses this mail or its address: a later try would end the same, so whoever sends goes on with the
    next. Raises botocore's other errors.
    """
    content: Any = {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
    }
    tries = 1
    while True:
        try:
            client("sesv2").send_email(
                FromEmailAddress=env.text("MAIL_FROM"),
                Destination={"ToAddresses": [address]},
                Content={"Simple": content},
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in REFUSALS:
                # The reason names the address, and a subject what is the user's own.
                log.warning("SES refused a mail: %s", code)
                return False
            if code not in THROTTLES or tries == TRIES:
                raise
        else:
            return True
        tries += 1
        time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311  # not a secret
