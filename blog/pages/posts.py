"""What pages and feeds tell of posts: who wrote them, their pictures, and lists of them by year.

A page of a year holds the same posts for ever, where a numbered page would change whenever a post appears before it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify

from blog.models import FIRST, Post, TagPost, up_to
from dynamo.models import now
from dynamo.queries import Query


def author_name(post: Post | TagPost) -> str:
    return post.author_name.strip() or "The editors"


def author_slug(name: str) -> str:
    """A name in a URL; one without any ASCII becomes "author"."""
    return slugify(name)[:60].strip("-_") or "author"


def author_path(post: Post | TagPost) -> str:
    return reverse("blog-author", args=[author_slug(author_name(post)), post.author])


def has_picture(post: Post | TagPost) -> bool:
    """Whether a post has a picture to show by now."""
    return bool(post.hero and post.hero.status == "ready" and post.hero.renditions)


def share_picture(post: Post | TagPost) -> dict[str, Any]:
    """The largest JPEG of a post's picture, for whoever shows a link to the post: its url, width, height and alt."""
    largest = post.hero.renditions[0]
    url = f"{settings.THUMBNAILS_URL}/{largest.jpeg}"
    return {"url": url, "width": int(largest.width), "height": int(largest.height), "alt": post.hero.alt}


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
