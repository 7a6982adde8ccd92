"""The mail SES accepted, as the embedded AWS kept it."""

import base64
import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import urllib3

from config import env
from infra.local.emulator import MAIL_PATH

_LINK = re.compile(r"<(https?://[^>]+)>")


@dataclass(frozen=True)
class Mail:
    """One mail as its reader gets it."""

    id: str
    sent_at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: list[tuple[str, str]]

    @property
    def unsubscribe_url(self) -> str:
        """Where a mail client posts for its one-click unsubscribe button (RFC 8058); empty without one."""
        values = {name.lower(): value for name, value in self.headers}
        found = _LINK.search(values.get("list-unsubscribe", ""))
        return found[1] if found and "list-unsubscribe-post" in values else ""


def mails() -> list[Mail]:
    """The newest mails first, as many as are kept."""
    kept = urllib3.request("GET", env.text("AWS_ENDPOINT_URL") + MAIL_PATH, timeout=5).json()
    return list(map(_read, kept))


def find(mail_id: str) -> Mail | None:
    """The mail of that id among those shown."""
    return next((mail for mail in mails() if mail.id == mail_id), None)


def _read(kept: dict[str, Any]) -> Mail:
    request = kept["request"]
    content = request.get("Content", {})
    parts = _raw(content["Raw"]) if "Raw" in content else _simple(content.get("Simple", {}))
    destination = request.get("Destination", {})
    recipients = [address for kind in ("To", "Cc", "Bcc") for address in destination.get(f"{kind}Addresses", [])]
    return Mail(
        id=kept["id"].partition("@")[0],
        sent_at=datetime.fromtimestamp(kept["sent_at"], UTC),
        sender=request.get("FromEmailAddress", ""),
        to=", ".join(recipients),
        **parts,
    )


def _simple(content: dict[str, Any]) -> dict[str, Any]:
    body = content.get("Body", {})
    return {
        "subject": content.get("Subject", {}).get("Data", ""),
        "text": body.get("Text", {}).get("Data", ""),
        "html": body.get("Html", {}).get("Data", ""),
        "headers": [(header["Name"], header["Value"]) for header in content.get("Headers", [])],
    }


def _raw(content: dict[str, Any]) -> dict[str, Any]:
    message = email.message_from_bytes(base64.b64decode(content["Data"]), policy=email.policy.default)
    return {
        "subject": str(message["Subject"] or ""),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "headers": [(name, str(value)) for name, value in message.items()],
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
