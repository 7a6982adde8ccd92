"""How often posts are read: a row for each post and month, with a number for each day in UTC."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from dynamo.batches import fetch_many
from dynamo.models import Model, table
from dynamo.queries import Query

KEPT = timedelta(days=400)
# Of a shard that nothing comes from any more, and of records put aside; a failure queue has those for 14 days.
PROGRESS_KEPT = timedelta(days=30)


class ByMonth(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The posts of a month by how often they were read."""

    class Meta:
        index_name = "by_month"
        projection = AllProjection()

    month = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(range_key=True)


class Reads(Model):
    """A post's reads in a month such as `2026-11`, at the address it had then. `d01` is the number of the first day."""

    class Meta:
        table_name = table("reads")

    slug = UnicodeAttribute(hash_key=True)
    month = UnicodeAttribute(range_key=True)
    total = NumberAttribute(default=0)
    expires = TTLAttribute(null=True)
    vars().update({f"d{day:02}": NumberAttribute(null=True) for day in range(1, 32)})

    by_month = ByMonth()

    def on(self, day: date) -> int:
        """The number of a day of its month."""
        return int(getattr(self, f"d{day.day:02}") or 0)


class Progress(Model):
    """Up to where a shard's records are counted; what comes again is known by its sequence number.

    The row is in the table of reads, so that one transaction has both. Its key is no slug, as it begins with `#`.
    """

    class Meta:
        table_name = table("reads")

    slug = UnicodeAttribute(hash_key=True)
    month = UnicodeAttribute(range_key=True, default="#")
    last = UnicodeAttribute()  # longer than DynamoDB's numbers
    expires = TTLAttribute(null=True)

    @classmethod
    def of(cls, shard: str) -> int:
        """The last number that is counted; 0 before the first."""
        row = cls.fetch_or_none((f"#{shard}", "#"))
        return int(row.last) if row else 0


def month_of(day: date) -> str:
    """What the row of a day is called."""
    return f"{day:%Y-%m}"


def reads_by_day(slugs: Collection[str], days: Sequence[date]) -> dict[str, list[int]]:
    """Of each post its reads on these days. One BatchGetItem for each hundred rows: a post and month."""
    months = sorted({month_of(day) for day in days})
    rows = fetch_many(Reads, [(slug, month) for slug in slugs for month in months])
    found = {(row.slug, row.month): row for row in rows}
    return {slug: [row.on(day) if (row := found.get((slug, month_of(day)))) else 0 for day in days] for slug in slugs}


def most_read(days: Sequence[date], limit: int) -> list[str]:
    """The posts read most on these days, of those that are among the first 75 of a month. One Query a month."""
    sums: dict[str, int] = {}
    for month in sorted({month_of(day) for day in days}):
        for row in Query(model=Reads, hash_key=month, index="by_month", forward=False).page(75).items:
            sums[row.slug] = sums.get(row.slug, 0) + sum(row.on(day) for day in days if month_of(day) == month)
    return sorted((slug for slug in sums if sums[slug]), key=lambda slug: -sums[slug])[:limit]
