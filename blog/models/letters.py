"""Letters: a post sent by mail to all subscribers, and what became of it for each address."""

import hashlib
from collections import Counter
from enum import StrEnum
from typing import Any, Self

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from blog.models.subscribers import Claimed
from config.aws import region
from dynamo.models import VersionedModel, table
from dynamo.queries import Query

# The sort key of a letter itself; those of its deliveries are hexadecimal.
HEAD = "#"
OPEN = "open"


class LetterStatus(StrEnum):
    """How far a letter is. WAITING: its post is not public yet. SENT: every recipient was tried."""

    WAITING = "waiting"
    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    SENT = "sent"


class Outcome(StrEnum):
    """What became of a letter for one address. LEFT: they unsubscribed before. ASKED: to confirm, before letters."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    LEFT = "left"
    ASKED = "asked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class ByShelf(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The letters that wait or are being sent: no other row has `shelf`."""

    class Meta:
        index_name = "by_shelf"
        projection = KeysOnlyProjection()

    shelf = UnicodeAttribute(hash_key=True)
    letter = UnicodeAttribute(range_key=True)


class ByMessage(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Deliveries by SES's message id, which bounces name."""

    class Meta:
        index_name = "by_message"
        projection = KeysOnlyProjection()

    message_id = UnicodeAttribute(hash_key=True)


class Letter(VersionedModel):
    """The letter of a post: at most one, by when and by whom that was made. `slug` is what it was called then.

    `region` alone sends it. `run` names the execution of the state machine that does. `frozen_to` is the last address
    that has a row in the ledger; once all have, `frozen_at` is set and `recipients` is their number. `outcomes` are the
    numbers when the last had been tried. `expires` is there while its post is deleted.
    """

    class Meta:
        table_name = table("deliveries")

    letter = UnicodeAttribute(hash_key=True)
    recipient = UnicodeAttribute(range_key=True, default=HEAD)
    slug = UnicodeAttribute()
    status = UnicodeAttribute(default=LetterStatus.WAITING.value)
    shelf = UnicodeAttribute(null=True, default_for_new=OPEN)
    region = UnicodeAttribute(default=region)
    started_by = UnicodeAttribute()
    run = UnicodeAttribute(null=True)
    begun_at = UTCDateTimeAttribute(null=True)
    frozen_to = UnicodeAttribute(null=True)
    frozen_at = UTCDateTimeAttribute(null=True)
    recipients = NumberAttribute(default=0)
    outcomes = JSONAttribute(null=True)
    expires = TTLAttribute(null=True)

    by_shelf = ByShelf()

    @classmethod
    def open(cls) -> Query[Self]:
        """Those that wait or are being sent, as keys alone."""
        return Query(model=cls, hash_key=OPEN, index="by_shelf")


class Delivery(Claimed):
    """The ledger: a letter for one address, claimed, then sent. It is forgotten after 30 days.

    `recipient` is a digest, by which recipients are spread evenly and batches are named without an address.
    """

    class Meta:
        table_name = table("deliveries")

    letter = UnicodeAttribute(hash_key=True)
    recipient = UnicodeAttribute(range_key=True)
    email = UnicodeAttribute()
    expires = TTLAttribute(null=True)

    by_message = ByMessage()

    @classmethod
    def key_for(cls, letter: str, email: str) -> tuple[str, str]:
        """Where the row of an address is."""
        return letter, hashlib.sha256(f"{letter}\n{email}".encode()).hexdigest()[:32]

    @classmethod
    def unsent(cls, letter: str, first: str, last: str) -> Query[Self]:
        """Those from `first` to `last` that are not accounted for yet."""
        return Query(
            model=cls,
            hash_key=letter,
            range=cls.recipient.between(first, last),
            filter=cls.status.is_in(Outcome.PENDING.value, Outcome.SENDING.value),
            consistent=True,
        )

    @classmethod
    def of_message(cls, message_id: str) -> Query[Self]:
        """The one that SES sent under this id, as keys alone."""
        return Query(model=cls, hash_key=message_id, index="by_message")

    @classmethod
    def of_letter(cls, letter: str) -> Query[Self]:
        return Query(model=cls, hash_key=letter, range=cls.recipient > HEAD, consistent=True)

    @classmethod
    def outcomes(cls, letter: str) -> Counter[tuple[str, str]]:
        """How many addresses have which status and reason. One Query for each thousand rows."""
        return Counter((row.status, row.reason or "") for row in cls.of_letter(letter).all(1000))
