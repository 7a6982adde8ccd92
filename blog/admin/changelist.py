"""The list of posts, and what a search finds."""

from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.http import HttpRequest
from django.utils.html import format_html

from blog import search
from blog.admin.filters import NEWEST, OrderFilter, StatusFilter, is_by_tag, wanted_status
from blog.admin.reads import MOST_COMPARED, add_reads, last_days, wants_most_read
from blog.models import Status
from blog.models.reads import most_read
from dynamo.admin.changelist import RowChangeList
from dynamo.admin.query.queryset import RowPage
from dynamo.errors import BadCursor

# Of what a search finds, the best; they are read whole, in one request.
MAX_FOUND = 75


class PostChangeList(RowChangeList):
    """A page costs one Query; of a search, one for each word and one request for the posts."""

    found: search.Found | None = None
    matching = 0

    def read(self, request: HttpRequest, cursor: str) -> tuple[RowPage[Any], list[Any]]:
        page, shown = self._page(request, cursor)
        add_reads(shown)
        if wants_most_read(request) and not self.query:
            shown.sort(key=lambda row: -sum(row.reads_by_day))
        return page, shown

    def _page(self, request: HttpRequest, cursor: str) -> tuple[RowPage[Any], list[Any]]:
        if not self.query and wants_most_read(request):
            return self._most_read()
        if not self.query:
            self.note = self._what_is_left_out(request)
            return super().read(request, cursor)
        start = _start(cursor)
        self.found = search.find(self.query)
        # Read by their keys, from the table itself; the filters of the list are applied to them.
        rows = [row for row in self.queryset.filter(pk__in=self.found.slugs[:MAX_FOUND]) if self.found.has_rest(row)]
        if request.GET.get(OrderFilter.parameter_name) == NEWEST:
            rows.sort(key=lambda row: row.updated_at, reverse=True)
        self.matching, end = len(rows), start + self.list_per_page
        shown = rows[start:end]
        following = str(end) if end < len(rows) else None
        previous = str(max(0, start - self.list_per_page)) if start else None
        return RowPage(shown, following, previous, len(rows)), shown

    def _most_read(self) -> tuple[RowPage[Any], list[Any]]:
        """The first page is all there is. Filters of the list are applied to what is read most of all posts."""
        slugs = most_read(last_days(), MOST_COMPARED)
        rows = sorted(self.queryset.filter(pk__in=slugs), key=lambda row: slugs.index(row.pk)) if slugs else []
        shown = rows[: self.list_per_page]
        return RowPage(shown, None, None, len(shown)), shown

    def _what_is_left_out(self, request: HttpRequest) -> str:
        """Of a list by tag alone the drafts, with a way to them."""
        if not is_by_tag(request) or wanted_status(request):
            return ""
        drafts = self.get_query_string({StatusFilter.parameter_name: Status.DRAFT}, [PAGE_VAR, ORDER_VAR])
        return format_html('Published and scheduled posts. <a href="{}">Drafts with this tag</a>', drafts)

    @property
    def count_text(self) -> str:
        if self.found is None:
            return super().count_text
        if self.found.more or len(self.found.slugs) > MAX_FOUND:
            return f"The best {self.matching} of many: add a word to find less"
        return f"{self.matching} found"


def _start(cursor: str) -> int:
    """Where a page of what was found starts. Raises BadCursor."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and int(cursor[:6]) < MAX_FOUND):
        raise BadCursor("There is no such page.")
    return int(cursor)
