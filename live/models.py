"""What is kept of live updates, none of it for longer than a connection may last."""

from datetime import timedelta
from typing import Any, Self

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from dynamo.errors import ConditionFailed
from dynamo.models import Model, now, table
from dynamo.queries import Query

TICKET_AGE = timedelta(seconds=30)
# API Gateway ends a connection after two hours; what is left of one that it said nothing of goes soon after.
CONNECTION_AGE = timedelta(hours=2, minutes=10)
# Longer than the function may take that lets a connection in: until then API Gateway knows none of that id.
OPENING = timedelta(seconds=30)


class Ticket(Model):
    """What lets its owner open one connection, once."""

    class Meta:
        table_name = table("tickets")

    digest = UnicodeAttribute(hash_key=True)  # so that who can read the table can't open a connection
    owner = UnicodeAttribute()
    expires = TTLAttribute()

    @classmethod
    def new(cls, *, owner: str, digest: str) -> None:
        """Keep one for TICKET_AGE; one PutItem."""
        cls(digest, owner=owner, expires=now() + TICKET_AGE).save()

    @classmethod
    def take(cls, digest: str) -> str | None:
        """Its owner, for the first who asks; None if there is none, or its time is over. One DeleteItem."""
        try:
            old = cls.write("DeleteItem", (digest,), condition=cls.expires > now(), return_values="ALL_OLD")
        except ConditionFailed:
            return None
        return str(old["Attributes"]["owner"]["S"])


class ByConnection(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # by PynamoDB
    """Whose a connection is, for its end, of which API Gateway says the id alone."""

    class Meta:
        index_name, projection = "by_connection", KeysOnlyProjection()

    id = UnicodeAttribute(hash_key=True)


class Connection(Model):
    """An open WebSocket of its owner."""

    class Meta:
        table_name = table("connections")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    expires = TTLAttribute()
    by_connection = ByConnection()

    @classmethod
    def new(cls, *, owner: str, connection_id: str) -> None:
        """Keep it; one PutItem."""
        cls(owner, connection_id, expires=now() + CONNECTION_AGE).save()

    @property
    def is_opening(self) -> bool:
        """Whether it may not be open yet, so that API Gateway calls it gone."""
        return bool(self.expires > now() + CONNECTION_AGE - OPENING)

    @classmethod
    def of(cls, owner: str) -> list[Self]:
        """Those of one owner that may be open; one Query for each 1000."""
        return [each for each in Query(model=cls, hash_key=owner, consistent=True).all(1000) if not each.is_expired()]

    @classmethod
    def forget(cls, connection_id: str) -> None:
        """It has ended. One Query, and one DeleteItem if it was known."""
        for each in Query(model=cls, hash_key=connection_id, index="by_connection").all():
            each.delete()
