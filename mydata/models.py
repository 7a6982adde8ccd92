"""What is kept of an erasure while it is under way; the row goes when it is done."""

from datetime import timedelta
from typing import Self

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from dynamo.errors import DoesNotExist
from dynamo.models import Model, now, table

# Longer than a message may wait in a queue and then in its failure queue.
KEPT = timedelta(days=30)


class Erasure(Model):
    """Who wants their account deleted, and where to say that it is done: no message or history holds the address."""

    class Meta:
        table_name = table("erasures")

    owner = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    requested_at = UTCDateTimeAttribute()
    expires = TTLAttribute()

    @classmethod
    def keep(cls, owner: str, email: str | None) -> Self:
        """Keep it; again is the same. One PutItem."""
        at = now()
        row = cls(owner, email=email and email.lower(), requested_at=at, expires=at + KEPT)
        row.save()
        return row

    @classmethod
    def find(cls, owner: str) -> Self | None:
        """It, or None if none is under way. One GetItem."""
        try:
            return cls.fetch((owner,))
        except DoesNotExist:
            return None
