"""Who gets mail, and how far each welcome is."""

from contextlib import suppress
from enum import StrEnum
from typing import Any

from django.core import signing
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from config.aws import region
from dynamo.errors import AlreadyExists, NotFound
from dynamo.models import VersionedModel, table
from dynamo.queries import Query

# What every subscriber stands on: an index by it lists them all. And what the indexes hold beside their keys.
SUBSCRIBERS = "subscribers"
SUBSCRIBER_LISTED = ["address", "status", "sent_at", "reason", "updated_at", "version"]


class Welcome(StrEnum):
    """How far the welcome email of a subscriber is."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class BySubscribed(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All subscribers by when they came: for the admin."""

    class Meta:
        index_name = "by_subscribed"
        projection = IncludeProjection(SUBSCRIBER_LISTED)

    shelf = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ByAddress(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All subscribers by address: to find one by its beginning."""

    class Meta:
        index_name = "by_address"
        projection = IncludeProjection([*SUBSCRIBER_LISTED, "created_at"])

    shelf = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(range_key=True)


class Subscriber(VersionedModel):
    """Who gets mail. The key is the address in lower case; `address` is how its owner wrote it.

    `region` is where it was taken in: a global table's streams tell every region of it, and only that one welcomes.
    """

    class Meta:
        table_name = table("subscribers")

    email = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute()
    region = UnicodeAttribute(default=region)
    status = UnicodeAttribute(default=Welcome.PENDING.value)
    claim = UnicodeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    sent_at = UTCDateTimeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    shelf = UnicodeAttribute(null=True, default_for_new=SUBSCRIBERS)

    by_subscribed, by_address = BySubscribed(), ByAddress()

    @classmethod
    def everybody(cls) -> Query["Subscriber"]:
        """All of them, in the order they came."""
        return Query(model=cls, hash_key=SUBSCRIBERS, index="by_subscribed")

    @classmethod
    def subscribe(cls, address: str) -> None:
        """One conditional PutItem; for an address that is known it changes nothing, and takes as long."""
        with suppress(AlreadyExists):
            cls(address.lower(), address=address).create()

    @classmethod
    def unsubscribe(cls, email: str) -> None:
        """Forget an address; one DeleteItem, harmless when repeated. Who subscribes again is welcomed again."""
        with suppress(NotFound):
            cls.remove((email,))

    @classmethod
    def token(cls, email: str) -> str:
        """What an unsubscribe link carries: the address, signed, good for as long as the secret key."""
        return _signer().sign_object(email)

    @classmethod
    def read_token(cls, token: str) -> str:
        """The address in a token. Raises NotFound if it was altered."""
        try:
            return str(_signer().unsign_object(token))
        except (signing.BadSignature, ValueError):
            raise NotFound("no such token") from None


def _signer() -> signing.Signer:
    return signing.Signer(salt="blog.unsubscribe")
