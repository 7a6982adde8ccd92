"""What is kept: runs with what they found, and what is known of each address that posts lead to."""

import hashlib
from datetime import timedelta
from typing import Any, Self

from pynamodb.attributes import ListAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from dynamo.models import Model, VersionedModel, global_index
from dynamo.queries import Query

# The same in every run: an index by it lists them all.
SHELF = "runs"
# What every broken link stands on, and no other.
BROKEN = "broken"
RUN_KEPT, LINK_KEPT = timedelta(days=90), timedelta(days=30)
RUNNING, DONE = "running", "done"


class Run(VersionedModel, table="runs"):
    """One night or week. `at` is its present step, `position` where that goes on, both as JSON knows them.

    `numbers` and `found` are JSON: counts by name, and lists of [kind, where, what, why], at most MOST_FOUND of them.
    """

    id = UnicodeAttribute(hash_key=True)
    job = UnicodeAttribute()
    status = UnicodeAttribute(default=RUNNING)
    ended_at = UTCDateTimeAttribute(null=True)
    at = NumberAttribute(default=0)
    position = UnicodeAttribute(default="null")
    numbers = UnicodeAttribute(default="{}")
    found = UnicodeAttribute(default="[]")
    expires = TTLAttribute(null=True)
    shelf = UnicodeAttribute(default=SHELF)
    # All runs by when they began.
    by_shelf = global_index(
        "shelf", "created_at", held=["job", "status", "ended_at", "numbers", "version", "updated_at"]
    )

    @classmethod
    def latest(cls) -> Query[Self]:
        """All of them, newest first."""
        return Query(model=cls, hash_key=SHELF, index="by_shelf", forward=False)


class Link(Model, table="links"):
    """An address that posts lead to, as it answered last; `failures` are in a row. Forgotten a month after that.

    `since` is when it became broken, or was last found not to be.
    """

    digest = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute()
    checked_at = UTCDateTimeAttribute()
    failures = NumberAttribute(default=0)
    reason = UnicodeAttribute(default="")
    since = UTCDateTimeAttribute()
    places: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    shelf = UnicodeAttribute(null=True)
    expires = TTLAttribute()
    # Broken links by since when they are.
    by_broken = global_index("shelf", "since")


def digest_of(address: str) -> str:
    """The key of an address, which may be longer than a key."""
    return hashlib.sha256(address.encode()).hexdigest()
