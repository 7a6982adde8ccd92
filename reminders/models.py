"""What is kept of reminders. All rows of an owner lie together: settings, subscriptions, and one for each to-do."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.models import Model, now, table
from dynamo.queries import Query
from reminders.moments import DEFAULT_MINUTE, DEFAULT_ZONE, Clock, moment_of

# Longer than a message may wait in a queue or a failure queue: an older one must find what a newer one said.
KEPT = timedelta(days=30)
# Longer than a function may run.
LEASE = timedelta(seconds=75)
MAIL = "mail"


class Reminder(Model):
    """What is known of a to-do that reminds, or did. `remind` is None where it does not, as it is done or deleted."""

    class Meta:
        table_name = table("reminders")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    title = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    remind = NumberAttribute(null=True)
    snoozed = UTCDateTimeAttribute(null=True)
    # What the to-do said when it was snoozed: another due date ends that, in whatever order messages of it come. Rows
    # that were snoozed before this was kept have neither.
    snoozed_due = UnicodeAttribute(null=True)
    snoozed_remind = NumberAttribute(null=True)
    claim_id = UnicodeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    sent_for = UTCDateTimeAttribute(null=True)
    # Of a moment that not everybody has been told of: who has, as ids of subscriptions, and MAIL.
    told_for = UTCDateTimeAttribute(null=True)
    told = UnicodeSetAttribute(null=True)
    expires = TTLAttribute(null=True)

    @classmethod
    def key_of(cls, owner: str, todo_id: str) -> tuple[str, str]:
        """Where a to-do's reminder is."""
        return owner, f"todo#{todo_id}"

    @property
    def todo_id(self) -> str:
        """The to-do's."""
        return str(self.id).removeprefix("todo#")

    def moment(self, clock: Clock) -> datetime | None:
        """When it comes; None if it does not."""
        due: str | None = self.due
        minutes: float | None = self.remind
        if minutes is None or due is None:
            return None
        is_snoozed = self.snoozed and (self.snoozed_due, self.snoozed_remind) in {(due, minutes), (None, None)}
        return self.snoozed if is_snoozed else moment_of(due, int(minutes), clock)

    @classmethod
    def find(cls, owner: str, todo_id: str) -> Self | None:
        """It as it is; None if nothing is known."""
        return cls.fetch_or_none(cls.key_of(owner, todo_id))

    @classmethod
    def of(cls, owner: str) -> list[Self]:
        """All of an owner."""
        return list(Query(model=cls, hash_key=owner, range=cls.id.startswith("todo#"), consistent=True).all(1000))

    @classmethod
    def note(
        cls, owner: str, todo_id: str, *, version: int, title: str, due: str | None, remind: int | None, is_moved: bool
    ) -> Self:
        """What the to-do says at this version. One UpdateItem. Raises ConditionFailed if a later one is known."""
        actions: list[Action] = [cls.version.set(version)]
        lives = remind is not None and due is not None
        if remind is not None and due is not None:
            actions += [cls.title.set(title), cls.due.set(due), cls.remind.set(remind), cls.expires.remove()]
        else:
            actions += [cls.title.remove(), cls.due.remove(), cls.remind.remove(), cls.expires.set(now() + KEPT)]
        if is_moved or not lives:
            actions.append(cls.snoozed.remove())
        # A row that has expired may be there for days, and a to-do of the same id begins at version 1 again.
        condition = cls.version.does_not_exist() | (cls.version < version) | (cls.expires < now())
        return cls._update(cls.key_of(owner, todo_id), actions, condition)

    @classmethod
    def snooze(cls, owner: str, todo_id: str, until: datetime) -> Self:
        """Remind again at that moment. Raises DoesNotExist where nothing reminds."""
        actions = [cls.snoozed.set(until), cls.snoozed_due.set(cls.due), cls.snoozed_remind.set(cls.remind)]
        try:
            return cls._update(cls.key_of(owner, todo_id), actions, cls.remind.exists())
        except ConditionFailed as failed:
            raise DoesNotExist("this to-do does not remind") from failed

    @classmethod
    def claim(cls, owner: str, todo_id: str, at: datetime) -> Self | None:
        """It for who is about to send it; None if it was sent, or reminds no more. Raises ConditionFailed while another
        delivery holds it."""
        free = cls.claimed_until.does_not_exist() | (cls.claimed_until < now())
        unsent = cls.sent_for.does_not_exist() | (cls.sent_for != at)
        own = uuid4().hex
        actions = [cls.claimed_until.set(now() + LEASE), cls.claim_id.set(own)]
        try:
            return cls._update(cls.key_of(owner, todo_id), actions, cls.remind.exists() & unsent & free)
        except ConditionFailed as failed:
            row = cls.from_raw_data(dict(failed.item)) if failed.item else None
            if row is not None and row.claim_id == own:
                return row  # an answer was lost, and the same request sent again
            if row is None or row.remind is None or row.sent_for == at:
                return None
            raise

    @classmethod
    def _update(cls, key: tuple[str, str], actions: Sequence[Action], condition: Condition) -> Self:
        answer = cls.write("UpdateItem", key, actions=actions, condition=condition, return_values="ALL_NEW")
        return cls.from_raw_data(answer["Attributes"])

    def release(self, *, sent_for: datetime | None = None) -> None:
        """Give the claim back, as sent for that moment or to be tried again with those who have not been told."""
        kind = type(self)
        actions: list[Action] = [kind.claimed_until.remove()]
        if sent_for is not None:
            actions += [kind.sent_for.set(sent_for), kind.told_for.remove(), kind.told.remove()]
        elif self.told:
            actions += [kind.told_for.set(self.told_for), kind.told.set(self.told)]
        self.write("UpdateItem", (self.owner, self.id), actions=actions, condition=kind.owner.exists())


class Subscription(Model):
    """A browser that hears of its user's reminders by Web Push (RFC 8030): where, and with which keys (RFC 8291)."""

    class Meta:
        table_name = table("reminders")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    endpoint = UnicodeAttribute()
    p256dh = UnicodeAttribute()
    auth = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

    @property
    def name(self) -> str:
        """Its id in the API."""
        return str(self.id).removeprefix("push#")

    @classmethod
    def keep(cls, owner: str, *, endpoint: str, p256dh: str, auth: str) -> Self:
        """Keep it; the same endpoint is the same subscription. One PutItem."""
        name = hashlib.sha256(endpoint.encode()).hexdigest()[:32]
        row = cls(owner, f"push#{name}", endpoint=endpoint, p256dh=p256dh, auth=auth, created_at=now())
        row.save()
        return row

    @classmethod
    def of(cls, owner: str) -> list[Self]:
        """Those of an owner. One Query."""
        return list(Query(model=cls, hash_key=owner, range=cls.id.startswith("push#"), consistent=True).all())

    @classmethod
    def forget(cls, owner: str, name: str) -> None:
        """Delete it, if it is there. One DeleteItem."""
        cls(owner, f"push#{name}").delete()


class Preferences(Model):
    """When and how a user wants to be reminded. `email` is their address, if they want mail, too."""

    class Meta:
        table_name = table("reminders")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True, default="preferences")
    zone = UnicodeAttribute(default=DEFAULT_ZONE)
    minute = NumberAttribute(default=DEFAULT_MINUTE)
    email = UnicodeAttribute(null=True)

    @property
    def time(self) -> str:
        """When they hear of what is due on a day, as `09:00`."""
        return f"{int(self.minute) // 60:02}:{int(self.minute) % 60:02}"

    @property
    def clock(self) -> Clock:
        """What moments are computed by."""
        return Clock(zone=self.zone, minute=int(self.minute))

    @classmethod
    def of(cls, owner: str) -> Self:
        """Those of an owner, or what holds for who has said nothing. One GetItem."""
        return cls.fetch_or_none((owner, "preferences")) or cls(owner)
