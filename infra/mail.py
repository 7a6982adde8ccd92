"""The sender's identity in SES. It belongs to the account, as others may send by it: no stack makes or deletes it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


@dataclass(frozen=True)
class Sender:
    """What SES knows of an address in one region: whether its owner confirmed it, and to whom it may send."""

    address: str
    is_verified: bool
    is_in_sandbox: bool

    def warnings(self) -> list[str]:
        """What keeps mail from being sent, as sentences."""
        found = []
        if not self.is_verified:
            found.append(f"SES sends nothing from {self.address} until its owner opens the link in AWS's mail")
        if self.is_in_sandbox:
            found.append(
                "SES is in its sandbox here: only verified addresses get mail until AWS gives production access"
            )
        return found


def make_sender(ses: "SESV2Client", address: str) -> Sender:
    """Make the address's identity unless it is there; what SES knows of it."""
    try:
        identity = ses.get_email_identity(EmailIdentity=address)
    except ses.exceptions.NotFoundException:
        with suppress(ses.exceptions.AlreadyExistsException):  # another deployment was faster
            ses.create_email_identity(EmailIdentity=address)
        identity = ses.get_email_identity(EmailIdentity=address)
    is_in_sandbox = not ses.get_account().get("ProductionAccessEnabled", False)
    return Sender(address, bool(identity.get("VerifiedForSendingStatus")), is_in_sandbox)
