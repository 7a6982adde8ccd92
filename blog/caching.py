"""What a shared cache keeps, for how long, and what makes it forget.

Each page, and each public answer of the API, carries labels, as `Surrogate-Key` (Varnish, Fastly) and as `Cache-Tag`
(CloudFront, which looks at the first 50); a change of a post clears those of the pages it shows on, and no others.
docs/pages.md has them all: `page-<slug>` is what stands at a post's addresses, `post-<slug>` lists that show it, the
name of a list is that of its beginning, or with a year of all it has of that.
"""

import logging
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import floor

from django.conf import settings

from blog.models import START, Post, TagPost, tag_label
from blog.publishing.markdown import reading_minutes
from config import cdn
from dynamo.models import now

log = logging.getLogger(__name__)

# The label of pages of search results, which show what the index of words knows.
RESULTS = "search"
# That of all lists of the API.
LISTS = "lists"
# An hour bounds what a clearing costs that came while an index was still a moment behind its table.
SHARED_SECONDS = 3600
MISSING_SECONDS = 60
# How long an old copy may be served while a cache asks anew.
STALE_SECONDS = 60
TIMEOUT_SECONDS = 5
# At once: their names fit into one header (Varnish takes 8 KB), a label having at most 136 characters.
MAX_CLEARED = 50


def cache_control(until: datetime | None = None, *, seconds: int = SHARED_SECONDS) -> str:
    """For a page anyone may see, which shows something else from `until` on: browsers ask, shared caches keep it."""
    left = floor((until - now()).total_seconds()) if until else seconds + STALE_SECONDS
    stale = f", stale-while-revalidate={STALE_SECONDS}" if left >= seconds + STALE_SECONDS else ""
    return f"public, max-age=0, s-maxage={min(seconds, max(0, left))}{stale}, stale-if-error=86400"


def shown(posts: Iterable[Post | TagPost]) -> list[str]:
    return [f"post-{post.slug}" for post in posts]


def stale_labels(old: Post | None, new: Post | None) -> set[str]:
    """The labels of all pages that a change of one row of posts makes out of date; either may be None.

    A scheduled post counts as if it were public: pages know when the next one comes, and must learn of another.
    """
    dated = [row for row in (old, new) if row and row.position and row.slug != START]
    if not dated:
        return set()
    labels = {f"page-{dated[0].slug}"}
    before, after = _listed(old), _listed(new)
    for post in filter(None, (before, after)):
        labels.add(f"sitemap-{_year(post)}")
    if _face(before) != _face(after):
        labels |= {f"post-{dated[0].slug}", RESULTS, LISTS, *_years(before), *_years(after)}
    if (before and before.version) != (after and after.version):
        labels.add(LISTS)  # they tell the version, which If-Match takes, of whatever changed
    labels.update(_moved(before, after))
    return labels


def clear(labels: Iterable[str]) -> None:
    """Make the caches in front forget these labels' pages. Raises OSError or botocore's ClientError: try again."""
    wanted = sorted(labels)
    for start in range(0, len(wanted), MAX_CLEARED):
        some = wanted[start : start + MAX_CLEARED]
        if settings.CACHE_URL:
            _purge(some)
        cdn.invalidate([f"#{label}" for label in some])
        log.info("cleared %s", " ".join(some))


def _purge(labels: Sequence[str]) -> None:
    # S310: the address is a setting, not input.
    headers = {"Surrogate-Key": " ".join(labels)}
    request = urllib.request.Request(settings.CACHE_URL, method="PURGE", headers=headers)  # noqa: S310
    urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310


def _listed(row: Post | None) -> Post | None:
    """The row if lists hold it: not a draft, not a redirect."""
    return row if row and row.position and not row.moved_to else None


def _face(post: Post | None) -> tuple[object, ...] | None:
    """What lists show of a post."""
    if post is None:
        return None
    # Photos are compared as they are stored: as objects, two of the same values differ.
    hero = post.hero.serialize(post.hero) if post.hero else None
    told = post.title, post.summary, post.author, post.author_name, list(post.tags or ())
    return post.position, *told, reading_minutes(int(post.words)), hero


def _lists(post: Post | None) -> set[str]:
    return {"all", f"author-{post.author}", *(tag_label(tag) for tag in post.tags or ())} if post else set()


def _year(post: Post) -> str:
    return str(post.position)[:4]


def _years(post: Post | None) -> set[str]:
    return {f"{name}-{_year(post)}" for name in _lists(post)} if post else set()


def _moved(before: Post | None, after: Post | None) -> Iterator[str]:
    """The beginnings of the lists a post comes into, leaves, or moves within."""
    stays = before is not None and after is not None and before.position == after.position
    lists = _lists(before) ^ _lists(after) if stays else _lists(before) | _lists(after)
    yield from lists
    if any(name.startswith("tag-") for name in lists):
        yield "tags"
    if not stays and (before or after):
        yield "sitemap"
