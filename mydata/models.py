"""What is kept of an erasure while it is under way, and of a user's last export and import."""

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
    """Who wants their account deleted, and where to say that it is done: no message or history holds the address.

    `email` is in small letters, if it is known to be theirs; `byline` is the name that what is published keeps.
    """

    class Meta:
        table_name = table("erasures")

    owner = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    byline = UnicodeAttribute(null=True)
    requested_at = UTCDateTimeAttribute()
    expires = TTLAttribute()

    @classmethod
    def keep(cls, owner: str, email: str | None, byline: str | None = None) -> Self:
        """Keep it; again is the same. One PutItem."""
        at = now()
        row = cls(owner, email=email and email.lower(), byline=byline, requested_at=at, expires=at + KEPT)
        row.save()
        return row


class State(StrEnum):
    """Where an export or an import is."""

    ASKED = "asked"  # for its file, by who imports
    WAITING = "waiting"  # for its execution
    RUNNING = "running"
    READY = "ready"
    REFUSED = "refused"  # a file that is none to import
    FAILED = "failed"


class Transfer(VersionedModel):
    """A user's last export or import. `run` names the one: tasks of an earlier one find another there, and stop."""

    class Meta:
        table_name = table("transfers")

    KIND, FIRST = "", State.WAITING
    # What has not ended by then never will: its execution is over, and its row may be taken by another.
    UNDER_WAY = timedelta(days=1)
    READY_FOR = timedelta(days=7)  # as long as the bucket keeps the ZIP of an export (media/stack.yaml)

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    run = UnicodeAttribute()
    state = UnicodeAttribute()
    requested_at = UTCDateTimeAttribute()
    finished_at = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute()

    @classmethod
    def ask(cls, owner: str) -> Self:
        """A new one, or the one under way. One UpdateItem."""
        at, run = now(), new_id()
        new = cls(owner, cls.KIND, run=run, state=cls.FIRST, requested_at=at, expires=at + cls.UNDER_WAY)
        is_free = cls.state.does_not_exist() | ~cls.state.is_in(State.WAITING, State.RUNNING) | (cls.expires < at)
        names = set(cls.get_attributes()) - {"owner", "id", "version", "write_id", "created_at", "updated_at"}
        actions = [
            getattr(cls, name).remove() if (value := getattr(new, name)) is None else getattr(cls, name).set(value)
            for name in names
        ]
        try:
            return cls.change((owner, cls.KIND), actions, condition=is_free, upsert=True, at=at)
        except ConditionFailed as failed:
            return cls.from_raw_data(dict(failed.item or {}))

    @classmethod
    def of(cls, owner: str, run: str = "") -> Self | None:
        """The owner's, if it is this one; None if there is none, or it is over for long. One GetItem."""
        found = cls.fetch_or_none((owner, cls.KIND))
        return found if found and run in {"", found.run} else None

    def set(self, *, before: str = "", **values: object) -> bool:
        """Change these values; False if another has its place, the account is gone, or its state is not `before`."""
        kind = type(self)
        condition = kind.run == self.run
        if before:
            condition &= kind.state == before
        actions = [getattr(kind, name).set(value) for name, value in values.items()]
        try:
            kind.change((self.owner, kind.KIND), actions, condition=condition)
        except (ConditionFailed, DoesNotExist):
            return False
        return True


class Export(Transfer):
    """A copy of a user's data. `done` and `total` are bytes of files, `size` the ZIP's, `left_out` counts files."""

    class Meta:
        table_name = table("transfers")

    KIND = "export"

    done = NumberAttribute(default=0)
    total = NumberAttribute(default=0)
    size = NumberAttribute(null=True)
    left_out = NumberAttribute(default=0)
    mailed = BooleanAttribute(default=False)


class Import(Transfer):
    """A file of to-dos that its user has uploaded. `at` is how many of its to-dos have had their turn.

    `lines` is JSON: what was refused, or made without something, at most MAX_LINES of `Outcome` in todos/imports.py.
    """

    class Meta:
        table_name = table("transfers")

    KIND, FIRST = "import", State.ASKED
    MAX_LINES = 100

    at = NumberAttribute(default=0)
    made = NumberAttribute(default=0)
    there = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    lines = UnicodeAttribute(default="[]")
