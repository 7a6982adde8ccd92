"""Pages of a list: a plain array, with RFC 8288 Link headers to the first and next page."""

from collections.abc import Callable
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlencode

from django.utils.encoding import iri_to_uri
from rest_framework import serializers
from rest_framework.request import Request

from dynamo.errors import RawItem
from dynamo.models import has_expired
from dynamo.queries import Query, dump_cursor, load_cursor
from rest.addresses import site
from rest.serializers import StrictSerializer
from rest.views import JsonResponse

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
# Of an answer. Lambda takes 6 MB of JSON that has it as a text, where a control character of it has seven bytes.
MOST_BYTES = 4_000_000


class PageValues(TypedDict):
    """What PageQuery makes of them."""

    limit: int
    cursor: NotRequired[str]


class PageQuery(StrictSerializer):
    """The parameters of every list."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="How many items a page holds at most."
    )
    cursor = serializers.CharField(
        required=False, max_length=2048, help_text="Where the page starts: taken from a Link header, opaque."
    )


def page_answer(
    request: Request, listing: Query[Any], query: PageValues, show: Callable[[RawItem], Any], owner: str = ""
) -> JsonResponse:
    """One page of `listing` as an array of what `show` makes of its raw items, without those that have expired.

    Its cursors open only the same list of the same owner. Raises BadCursor.
    """
    scope = f"{request.path}?{owner}?" + urlencode(
        sorted((name, str(value)) for name, value in query.items() if name not in {"limit", "cursor"})
    )
    start = load_cursor(query["cursor"], scope) if "cursor" in query else None

    def answer(limit: int) -> JsonResponse:
        page = listing.raw_page(limit, start)
        links = [link_to(request, "first")]
        if page.next_key:
            links.append(link_to(request, "next", cursor=dump_cursor(page.next_key, scope)))
        shown = [show(raw) for raw in page.items if not has_expired(raw)]
        return JsonResponse(shown, headers={"Link": ", ".join(links)})

    return fitting(answer, query["limit"])


def fitting(answer: Callable[[int], JsonResponse], limit: int) -> JsonResponse:
    """What it answers with at most so many items, or with fewer where that would be more than MOST_BYTES."""
    found = answer(limit)
    while len(found.content) > MOST_BYTES and limit > 1:
        found = answer(limit := limit // 2)
    return found


def link_to(request: Request, rel: str, **changed: str) -> str:
    """A Link header's entry: this list with the same parameters, save the cursor and what is `changed`."""
    parameters = {name: value for name, value in request.query_params.items() if name != "cursor"} | changed
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f'<{site(request)}{iri_to_uri(request.path)}{query}>; rel="{rel}"'
