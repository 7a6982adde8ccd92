"""Mails to the user whose data it is."""

from typing import Any

from config import env
from config.aws import client


def send(address: str, subject: str, text: str) -> None:
    """Send a mail of plain text, once for each call. Raises botocore's errors."""
    content: Any = {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
    }
    client("sesv2").send_email(
        FromEmailAddress=env.text("MAIL_FROM"),
        Destination={"ToAddresses": [address]},
        Content={"Simple": content},
    )
