"""Who gets mail, and how far each welcome is."""

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from django.core import signing
from django.core.cache import cache
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from config.aws import region
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist
from dynamo.models import VersionedModel, now, table
from dynamo.queries import Query

# What every subscriber stands on: an index by it lists them all. And what the indexes hold beside their keys.
SUBSCRIBERS = "subscribers"
SUBSCRIBER_LISTED = ["address", "status", "sent_at", "reason", "updated_at", "version"]

# The links of mails, by what they do: none opens another's page.
UNSUBSCRIBE, CONFIRM = "blog.unsubscribe", "blog.confirm"
# How long an address that nobody has confirmed is kept.
UNCONFIRMED = timedelta(days=7)
# How long after a welcome another one may go to an address that is asked for again: strangers can ask, too.
WELCOMED_AGAIN = timedelta(days=1)
# For how many seconds a count of subscribers is good enough for a form.
COUNTED_FOR = 300


class Welcome(StrEnum):
    """How far the welcome of a subscriber is. CONFIRMED: its link was followed, and they get letters."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CONFIRMED = "confirmed"


class Claimed(VersionedModel):
    """A row with a mail that one of any number of workers sends: it is claimed under a lease, sent, and marked.

    What a status says after PENDING and SENDING is the row's own; `reason` says why there was no mail, and `attempts`
    counts those that SES may have sent.
    """

    MOST_ATTEMPTS = 8
    GIVEN_UP = f"Given up after {MOST_ATTEMPTS} tries"

    status = UnicodeAttribute(default=Welcome.PENDING.value)
    claim = UnicodeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    attempts = NumberAttribute(default=0)

    @classmethod
    def take(cls, key: tuple[str, ...], lease: timedelta) -> Self:
        """The row, claimed, if it waits or whoever had it has died. Raises DoesNotExist, ConditionFailed."""
        at = now()
        given_up = (cls.status == Welcome.SENDING.value) & (cls.claimed_until < at)
        claim = [
            cls.status.set(Welcome.SENDING.value),
            cls.claim.set(uuid.uuid4().hex),
            cls.claimed_until.set(at + lease),
            cls.attempts.add(1),
        ]
        return cls.change(key, claim, condition=(cls.status == Welcome.PENDING.value) | given_up)

    def give_back(self) -> bool:
        """SES took nothing: the next try need not wait for the lease, and this one does not count."""
        return self.mark(Welcome.PENDING.value, type(self).attempts.add(-1))

    def mark(self, status: str, *actions: Action, **values: str) -> bool:
        """Write down what became of it; False where another has the claim by now, or nobody as the row has gone."""
        kind = type(self)
        named = [getattr(kind, name).set(value) for name, value in values.items()]
        done = [kind.status.set(status), kind.claimed_until.remove(), *actions, *named]
        try:
            kind.change(self.key(), done, condition=kind.claim == self.claim)
        except (ConditionFailed, DoesNotExist):
            return False
        return True


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


class Subscriber(Claimed):
    """Who gets mail. The key is the address in lower case; `address` is how its owner wrote it.

    `confirmed_at` and `confirmed_from`, a network address, are the record of consent. An address that is not confirmed
    has `expires`, unless it came before this was asked: the first letter asks those.

    `region` is where it was taken in: a global table's streams tell every region of it, and only that one welcomes.
    """

    class Meta:
        table_name = table("subscribers")

    email = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute()
    region = UnicodeAttribute(default=region)
    sent_at = UTCDateTimeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    confirmed_from = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)
    shelf = UnicodeAttribute(null=True, default_for_new=SUBSCRIBERS)

    by_subscribed, by_address = BySubscribed(), ByAddress()

    @classmethod
    def everybody(cls) -> Query["Subscriber"]:
        """All of them, in the order they came."""
        return Query(model=cls, hash_key=SUBSCRIBERS, index="by_subscribed")

    @classmethod
    def subscribe(cls, address: str) -> None:
        """One conditional PutItem; for an address that is known it changes nothing, and takes as long.

        Who has not confirmed for a day may have lost the welcome, if SES did not refuse it: they begin anew.
        """
        new = cls(address.lower(), address=address, expires=now() + UNCONFIRMED)
        try:
            new.create()
        except AlreadyExists as failed:
            known = cls.from_raw_data(dict(failed.item or {}))
            # DynamoDB may delete it days after its time; until then it must not keep its owner out.
            if known.is_expired() or known._may_have_lost_welcome():
                # Whoever confirms or asks meanwhile has the last word.
                with suppress(AlreadyExists, ConditionFailed):
                    with suppress(DoesNotExist):
                        cls.remove((new.email,), expect=int(known.version))
                    new.create()

    def _may_have_lost_welcome(self) -> bool:
        """Also where none was sent for a day: a stream forgets what nobody could handle so long."""
        is_open = self.status in {Welcome.PENDING.value, Welcome.SENDING.value, Welcome.SENT.value}
        last: datetime = self.sent_at or self.created_at
        return bool(self.expires) and (is_open or self.reason == self.GIVEN_UP) and last < now() - WELCOMED_AGAIN

    @classmethod
    def confirm(cls, email: str, network_address: str) -> None:
        """Put an address on the list; harmless when repeated. Raises DoesNotExist if the address was forgotten."""
        actions = [
            cls.status.set(Welcome.CONFIRMED.value),
            cls.confirmed_at.set(now()),
            cls.confirmed_from.set(network_address),
            cls.expires.remove(),
            cls.claim.remove(),
            cls.claimed_until.remove(),
            cls.reason.remove(),
        ]
        waiting = cls.expires.does_not_exist() | (cls.expires > now())
        try:
            cls.change((email,), actions, condition=waiting & (cls.status != Welcome.CONFIRMED.value))
        except ConditionFailed:
            cls.fetch((email,))

    @classmethod
    def confirmed(cls) -> Query["Subscriber"]:
        """Those who get letters, by address."""
        chosen = cls.status == Welcome.CONFIRMED.value
        return Query(model=cls, hash_key=SUBSCRIBERS, index="by_address", filter=chosen)

    @classmethod
    def number(cls) -> int:
        """How many get letters, as of five minutes ago at most: a Query for some 5,000 subscribers, in each process."""
        return int(cache.get_or_set("blog.subscribers", cls.confirmed().count, COUNTED_FOR) or 0)

    @classmethod
    def addressees(cls) -> Query["Subscriber"]:
        """Those a letter is for, by address: the confirmed, and who has been here too long to have been asked."""
        old = (cls.status == Welcome.SENT.value) & (cls.created_at < now() - UNCONFIRMED)
        return replace(cls.confirmed(), filter=(cls.status == Welcome.CONFIRMED.value) | old)

    @classmethod
    def unsubscribe(cls, email: str, *, before: datetime | None = None) -> None:
        """Forget an address, if it subscribed `before` then; one DeleteItem, harmless when repeated.

        Who subscribes again is welcomed again.
        """
        with suppress(DoesNotExist, ConditionFailed):
            cls.remove((email,), condition=None if before is None else cls.created_at < before)

    @classmethod
    def token(cls, email: str, link: str = UNSUBSCRIBE) -> str:
        """What such a link carries: the address, signed, good for as long as the secret key."""
        return signing.Signer(salt=link).sign_object(email)

    @classmethod
    def read_token(cls, token: str, link: str = UNSUBSCRIBE) -> str:
        """The address in a token. Raises DoesNotExist if it was altered, or is another link's."""
        try:
            return str(signing.Signer(salt=link).unsign_object(token))
        except (signing.BadSignature, ValueError):
            raise DoesNotExist("no such token") from None
