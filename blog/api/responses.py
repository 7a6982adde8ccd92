"""Posts as answers of the API: what a list and a post carry for caches."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from blog import caching
from blog.api.serializers import lister, show_post
from blog.models import moment_of
from blog.publishing.markdown import RENDERER
from blog.services import made_mark
from dynamo.errors import RawItem
from dynamo.models import now
from dynamo.queries import Query
from dynamo.reading import ItemView
from rest.etags import etag, http_date
from rest.json import encode
from rest.paging import PageValues, page_answer
from rest.views import JsonResponse

# A scheduled post appears without a change that would clear anything: where a list is rarely asked for, a copy that is
# served while a cache asks anew must not be yesterday's.
SHARED_SECONDS = 60
CACHE_CONTROL = caching.cache_control(seconds=SHARED_SECONDS)


def list_posts(request: Request, listing: Query[Any], query: PageValues) -> HttpResponse:
    """A page of public posts, as new as the newest change in it."""
    # As DynamoDB has them, times sort as text.
    changes = ["1970-01-01T00:00:00.000000+0000"]
    show = lister(request, listing.model, now())

    def show_and_date(raw: RawItem) -> dict[str, Any]:
        changes.append(max(raw["updated_at"]["S"], raw["published_at"]["S"]))
        return show(raw)

    answer = page_answer(request, listing, query, show_and_date)
    answer["Last-Modified"] = http_date(max(changes))
    # A list that lost a post has no later date to show for it: only its ETag tells whether a copy is still good.
    request.META.pop("HTTP_IF_MODIFIED_SINCE", None)
    return answer


def answer_post(
    request: Request,
    post: ItemView,
    at: datetime | None = None,
    *,
    warnings: Sequence[str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """A post with its ETag: the version and when it was made, which If-Match looks at, and what changes around it.

    `warnings` are those of a write.
    """
    at = at or now()
    data = show_post(post.raw, request, at)
    around = [data["status"], data["hero"], data["previous"], data["next"], RENDERER]
    shown = data if warnings is None else {**data, "warnings": list(warnings)}
    answer = JsonResponse(shown, status=status, headers=headers)
    marks = made_mark(post.created_at), blake2b(encode(around), digest_size=6).hexdigest()
    answer["ETag"] = etag(int(post.version), *marks)
    answer["Last-Modified"] = http_date(max(_changes(post, at)).isoformat())
    return answer


def _changes(post: ItemView, at: datetime) -> Iterator[datetime]:
    """When the post or what is shown around it changed, up to now."""
    yield post.updated_at
    yield from (moment for moment in (post.published_at, post.linked_at) if moment and moment <= at)
    if (newer := _newer_from(post)) and newer <= at:
        yield newer


def cache_control(post: ItemView, at: datetime) -> str:
    """What a shared cache may do with a post: not keep it beyond the time its newer neighbour appears."""
    newer = _newer_from(post)
    return caching.cache_control(newer if newer and newer > at else None, seconds=SHARED_SECONDS)


def _newer_from(post: ItemView) -> datetime | None:
    return moment_of(post.newer["position"]) if post.newer else None
