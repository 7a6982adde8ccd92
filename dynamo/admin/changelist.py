"""The list page: pages by cursor, told truthfully, with what this browser has just saved."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core import signing
from django.db import models
from django.http import HttpRequest, HttpResponse

from dynamo.admin.query.comparisons import UnsupportedQuery
from dynamo.admin.query.planner import Plan
from dynamo.admin.query.queryset import RowPage, RowQuerySet
from dynamo.admin.request_state import state_of
from dynamo.admin.rows import Row
from dynamo.errors import BadCursor

# An index usually lags behind its table by less than a second; rows just saved are added for so many seconds.
RECENT_SECONDS, RECENT_ROWS = 20, 10
_COOKIE = "recent_rows"


class RowChangeList(ChangeList):
    """Django's list with a cursor in place of page numbers: it travels in Django's own page parameter."""

    page: RowPage[Any]
    # What else the page tells about the list, such as what it leaves out.
    note = ""

    def get_results(self, request: HttpRequest) -> None:
        try:
            self.page, rows = self.read(request, request.GET.get(PAGE_VAR, ""))
        except (BadCursor, UnsupportedQuery, OverflowError) as error:  # OverflowError: a date before the first
            raise IncorrectLookupParameters(error) from error
        self.result_list: Any = self.queryset._clone()
        self.result_list._result_cache = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator: Any = None

    def read(self, request: HttpRequest, cursor: str) -> tuple[RowPage[Any], list[Any]]:
        """A page, and its rows with what was just saved. An app that finds rows in its own way overrides it."""
        page = self.queryset.page(self.list_per_page, cursor)
        return page, with_recent(self.queryset, page, recent(request, self.model))

    @property
    def next_url(self) -> str | None:
        """Where the next page is, if there is one."""
        return self.get_query_string({PAGE_VAR: self.page.next}) if self.page.next else None

    @property
    def previous_url(self) -> str | None:
        """Where the page before is, if there is one."""
        return self.get_query_string({PAGE_VAR: self.page.previous}) if self.page.previous else None

    @property
    def count_text(self) -> str:
        """How many rows there are, as far as one page knows."""
        shown = len(self.result_list)
        name = self.opts.verbose_name if shown == 1 else self.opts.verbose_name_plural
        return f"{shown} of many {name}" if self.page.next or self.page.previous else f"{shown} {name}"

    @property
    def versions(self) -> list[tuple[Any, str]]:
        """The version of each row on the page, by primary key, where the index knows it."""
        known = [row for row in self.result_list if "version" in row.held]
        return [(row.pk, row.shown_version) for row in known]


# --- Read your writes ---------------------------------------------------------------------------------------------


def remember(request: HttpRequest, row: Row[Any]) -> None:
    """Note that this browser has just written or deleted a row; `remembering` sends the note along."""
    state_of(request).written.append((row._meta.label_lower, str(row.pk)))


def recent(request: HttpRequest, model: type[models.Model]) -> list[str]:
    """The primary keys of this kind that this browser wrote in the last seconds."""
    return [pk for label, pk in _load(request) if label == model._meta.label_lower]


def remembering(response: HttpResponse, request: HttpRequest, path: str) -> HttpResponse:
    """The response, with a short-lived signed cookie that names what was written, if anything was."""
    written = state_of(request).written
    if not written:
        return response
    kept = [*reversed(written), *_load(request)][:RECENT_ROWS]
    response.set_cookie(
        _COOKIE,
        signing.dumps(kept, salt=_COOKIE, compress=True),
        max_age=RECENT_SECONDS,
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _load(request: HttpRequest) -> list[list[str]]:
    try:
        noted: list[list[str]] = signing.loads(request.COOKIES[_COOKIE], salt=_COOKIE, max_age=RECENT_SECONDS)
    except (KeyError, signing.BadSignature, ValueError):
        return []
    return noted


def with_recent(queryset: RowQuerySet[Any], page: RowPage[Any], keys: list[str]) -> list[Any]:
    """The rows of a page, with those of `keys` as they are in the table and where they belong by now.

    Costs nothing without keys, else one request. A row that has left the list, by a change or deleted, is gone.
    """
    if not keys or queryset.query.is_empty():
        return page.rows
    pk = queryset.model._meta.pk
    wanted = [pk.to_python(key) for key in dict.fromkeys(keys)]
    found = list(queryset.filter(pk__in=wanted))
    rows = [row for row in page.rows if row.pk not in wanted]
    plan: Plan[Any] = queryset.plan
    if plan.keys is not None:
        return rows + found
    name = plan.path.range

    def sort(row: Any) -> Any:
        return row.held[name] if name else 0, str(row.pk)

    for row in found:
        if name is not None and row.held.get(name) is None:
            continue
        if _belongs(sort(row), page, plan.forward, sort):
            rows.append(row)
    return sorted(rows, key=sort, reverse=not plan.forward)


def _belongs(place: object, page: RowPage[Any], forward: bool, sort: Callable[[Any], Any]) -> bool:
    """Whether a place is on this page: after what came before it, and before what comes next."""
    if not page.rows:
        return not page.previous
    first, last = sort(page.rows[0]), sort(page.rows[-1])
    starts = not page.previous or (place >= first if forward else place <= first)
    ends = not page.next or (place <= last if forward else place >= last)
    return bool(starts and ends)
