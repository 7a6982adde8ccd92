"""Lists of public posts by year: of all posts, of a tag, of an author.

A page of a year holds the same posts for ever, where a numbered page would change whenever a post appears before it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from blog.models import FIRST, up_to
from dynamo.models import now
from dynamo.queries import Query


def in_year(listing: Query[Any], year: int) -> Query[Any]:
    """Those of one year (UTC) that are public now."""
    first = f"{year:04}-"
    # A range of a year to come would end before it begins, which DynamoDB refuses.
    last = max(first, min(f"{year:04}~", up_to(now())))
    return replace(listing, range=listing.model.position.between(first, last))


def years(listing: Query[Any]) -> Iterator[int]:
    """Years with public posts, the latest first: one Query for each, and one more."""
    before = up_to(now())
    while newest := replace(listing, range=listing.model.position.between(FIRST, before)).page(1).items:
        yield newest[0].published_at.year
        before = f"{newest[0].published_at.year:04}-"
