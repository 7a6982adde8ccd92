"""What is kept of an erasure while it is under way, and of a user's export."""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.ids import new_id
from dynamo.models import Model, VersionedModel, now, table

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


class State(StrEnum):
    """Where an export is."""

    WAITING = "waiting"  # for its execution
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Export(VersionedModel):
    """A user's last export. `run` names the one and its files: tasks of an earlier one find another there, and stop.

    `size` and `left_out` are of the ZIP, in bytes and files; `done` and `total` are bytes, for the progress.
    """

    class Meta:
        table_name = table("transfers")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True, default="export")
    run = UnicodeAttribute()
    state = UnicodeAttribute()
    requested_at = UTCDateTimeAttribute()
    finished_at = UTCDateTimeAttribute(null=True)
    done = NumberAttribute(default=0)
    total = NumberAttribute(default=0)
    size = NumberAttribute(null=True)
    left_out = NumberAttribute(default=0)
    mailed = BooleanAttribute(default=False)
    expires = TTLAttribute()

    # What has not ended by then never will: its execution is over, and its row may be taken by another.
    UNDER_WAY = timedelta(days=1)
    # As long as the bucket keeps the ZIP (media/stack.yaml).
    READY_FOR = timedelta(days=7)

    @classmethod
    def ask(cls, owner: str) -> Self:
        """A new one, or the one under way. One UpdateItem."""
        at = now()
        is_over = cls.state.does_not_exist() | cls.state.is_in(State.READY, State.FAILED)
        actions = [
            cls.run.set(new_id()), cls.state.set(State.WAITING), cls.requested_at.set(at), cls.done.set(0),
            cls.total.set(0), cls.left_out.set(0), cls.mailed.set(False), cls.expires.set(at + cls.UNDER_WAY),
            cls.finished_at.remove(), cls.size.remove(),
        ]  # fmt: skip
        try:
            return cls.change((owner, "export"), actions, condition=is_over | (cls.expires < at), upsert=True, at=at)
        except ConditionFailed as failed:
            return cls.from_raw_data(dict(failed.item or {}))

    @classmethod
    def of(cls, owner: str, run: str = "") -> Self | None:
        """The owner's, if it is this one; None if there is none, or it is over for long. One GetItem."""
        try:
            found = cls.fetch((owner, "export"))
        except DoesNotExist:
            return None
        return found if run in {"", found.run} else None

    def set(self, **values: object) -> bool:
        """Change these values; False if another export has its place, or the account is gone. One UpdateItem."""
        kind = type(self)
        actions = [getattr(kind, name).set(value) for name, value in values.items()]
        try:
            kind.change((self.owner, "export"), actions, condition=kind.run == self.run)
        except (ConditionFailed, DoesNotExist):
            return False
        return True
