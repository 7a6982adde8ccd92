"""What is kept: runs with what they found, and what is known of each address that posts lead to."""

import hashlib
from datetime import timedelta
from typing import Any, Self

from pynamodb.attributes import ListAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from dynamo.models import Model, VersionedModel, table
from dynamo.queries import Query

# The same in every run: an index by it lists them all.
SHELF = "runs"
# What every broken link stands on, and no other.
BROKEN = "broken"
RUN_KEPT, LINK_KEPT = timedelta(days=90), timedelta(days=30)
RUNNING, DONE = "running", "done"


class ByStarted(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # by PynamoDB
    """All runs by when they began."""

    class Meta:
        index_name = "by_shelf"
        projection = IncludeProjection(["job", "status", "ended_at", "numbers", "version", "updated_at"])

    shelf = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Run(VersionedModel):
    """One night or week. `left` are steps to be done and where each goes on, in JSON; none before the first turn.

    `numbers` and `found` are JSON: counts by name, and lists of [kind, where, what, why], at most MOST_FOUND of them.
    """

    class Meta:
        table_name = table("runs")

    id = UnicodeAttribute(hash_key=True)
    job = UnicodeAttribute()
    status = UnicodeAttribute(default=RUNNING)
    ended_at = UTCDateTimeAttribute(null=True)
    left = UnicodeAttribute(null=True)
    numbers = UnicodeAttribute(default="{}")
    found = UnicodeAttribute(default="[]")
    expires = TTLAttribute(null=True)
    shelf = UnicodeAttribute(default=SHELF)
    by_shelf = ByStarted()

    @classmethod
    def latest(cls) -> Query[Self]:
        """All of them, newest first."""
        return Query(model=cls, hash_key=SHELF, index="by_shelf", forward=False)


class ByBroken(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Broken links by since when they are."""

    class Meta:
        index_name = "by_broken"
        projection = AllProjection()

    shelf = UnicodeAttribute(hash_key=True)
    since = UTCDateTimeAttribute(range_key=True)


class Link(Model):
    """An address that posts lead to, as it answered last; `failures` are in a row. Forgotten a month after that.

    `since` is when it became broken, or was last found not to be.
    """

    class Meta:
        table_name = table("links")

    digest = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute()
    checked_at = UTCDateTimeAttribute()
    failures = NumberAttribute(default=0)
    reason = UnicodeAttribute(default="")
    since = UTCDateTimeAttribute()
    places: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    shelf = UnicodeAttribute(null=True)
    expires = TTLAttribute()
    by_broken = ByBroken()


def digest_of(address: str) -> str:
    """The key of an address, which may be longer than a key."""
    return hashlib.sha256(address.encode()).hexdigest()
