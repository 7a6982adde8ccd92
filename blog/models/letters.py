"""Letters: a post sent by mail to all subscribers, and what became of it for each address."""

from collections import Counter
from enum import StrEnum

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from dynamo.models import VersionedModel, table
from dynamo.queries import Query

# The sort key of a letter itself. It is no address.
HEAD = "#"


class LetterStatus(StrEnum):
    """What an editor wants of a letter."""

    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What became of a letter for one address."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    LEFT = "left"


class Letter(VersionedModel):
    """The letter of a post: at most one, by the first address the post had. `slug` is what it was called then."""

    class Meta:
        table_name = table("letters")

    letter = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(range_key=True, default=HEAD)
    slug = UnicodeAttribute()
    status = UnicodeAttribute(default=LetterStatus.SENDING.value)
    started_by = UnicodeAttribute()
    recipients = NumberAttribute()


class Delivery(VersionedModel):
    """The ledger: a letter for one address, claimed, then sent. It is forgotten after 30 days."""

    class Meta:
        table_name = table("letters")

    letter = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    claim = UnicodeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)

    @classmethod
    def counts(cls, letter: str) -> Counter[str]:
        """How many addresses have which outcome. One Query for each megabyte of the ledger."""
        rows = Query(model=cls, hash_key=letter, consistent=True).all(1000)
        return Counter(row.status for row in rows if row.email != HEAD)
