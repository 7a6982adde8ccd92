"""The sender's identity in SES. It belongs to the account, as others may send by it: no stack makes or deletes it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


@dataclass(frozen=True)
class Sender:
    """What SES knows of an address in one region: whether mail from it is sent, and to whom.

    `identity` is what it is known by: the address, or the domain that is verified in its place.
    """

    address: str
    identity: str
    is_verified: bool
    is_in_sandbox: bool

    def warnings(self) -> list[str]:
        """What keeps mail from being sent, as sentences."""
        found = []
        if not self.is_verified:
            found.append(
                f"SES sends nothing from {self.address} until its owner opens the link in AWS's mail, "
                "or its domain is verified"
            )
        if self.is_in_sandbox:
            found.append(
                "SES is in its sandbox here: only verified addresses get mail until AWS gives production access"
            )
        return found


def find_sender(ses: "SESV2Client", address: str) -> Sender:
    """What SES knows of the address. A verified domain is good for all addresses of it and of its subdomains."""
    labels = address.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    verified = next((name for name in (address, *domains) if _is_verified(ses, name)), "")
    is_in_sandbox = not ses.get_account().get("ProductionAccessEnabled", False)
    return Sender(address, verified or address, is_verified=bool(verified), is_in_sandbox=is_in_sandbox)


def make_sender(ses: "SESV2Client", address: str) -> Sender:
    """Make the address's identity unless it is there, or its domain is verified; what SES knows of it."""
    sender = find_sender(ses, address)
    if not sender.is_verified:
        with suppress(ses.exceptions.AlreadyExistsException):
            ses.create_email_identity(EmailIdentity=address)
        sender = find_sender(ses, address)
    return sender


def _is_verified(ses: "SESV2Client", identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"))
    except ses.exceptions.NotFoundException:
        return False
