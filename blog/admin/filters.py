"""What the list of posts can be narrowed to. Each choice is a range of an index, but for tags."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin import ListFilter, SimpleListFilter
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest

from blog.models import DRAFT, FEED, Status, up_to
from dynamo.models import now


def wanted_status(request: HttpRequest) -> str:
    """What the list is narrowed to; nothing of what is none."""
    asked = request.GET.get(StatusFilter.parameter_name, "")
    return asked if asked in set(Status) else ""


class StatusFilter(SimpleListFilter):
    """Drafts by their last change; what is published or scheduled by its date."""

    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(one.value, one.value.capitalize()) for one in Status]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        status = wanted_status(request)
        if not status:
            return queryset
        # Of an author's posts all are asked for by author; the rest is a comparison.
        author = AuthorFilter.parameter_name in request.GET
        if status == Status.DRAFT:
            return queryset.filter(position__isnull=True) if author else queryset.filter(kind=DRAFT)
        bound = {"position__lt" if status == Status.PUBLISHED else "position__gte": up_to(now())}
        return queryset.filter(**bound) if author else queryset.filter(feed=FEED, **bound)


class _TypedFilter(SimpleListFilter):
    """A value that is typed, as there may be too many to show."""

    template = "blog/admin/typed_filter.html"
    hint, suggestions = "", ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        others = changelist.get_filters_params()
        kept = [(name, value) for name, values in others.items() if name != self.parameter_name for value in values]
        query = [(SEARCH_VAR, changelist.query)] if changelist.query else []
        yield {
            "name": self.parameter_name,
            "value": self.value() or "",
            "hint": self.hint,
            "suggestions": self.suggestions,
            "others": [*kept, *query],
            "without": changelist.get_query_string(remove=[self.parameter_name, PAGE_VAR, ORDER_VAR]),
            "selected": bool(self.value()),
        }


class TagFilter(_TypedFilter):
    """Posts with a tag, drafts too: compared with each post of the list, at most 4000 a page."""

    title, parameter_name, hint, suggestions = "tag", "tag", "A tag", "tags"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tag = (self.value() or "").strip().lower()
        return queryset.filter(tags__iexact=tag) if tag else queryset


class AuthorFilter(SimpleListFilter):
    """One's own posts, or those of whoever's name was clicked in the list."""

    title, parameter_name = "author", "author"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        own = str(request.user.pk)
        asked = request.GET.get(self.parameter_name, own)
        return [(own, "Mine"), *([(asked, "This author's")] if asked != own else [])]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        author = self.value()
        return queryset.filter(author=author) if author else queryset


NEWEST = "newest"


class OrderFilter(SimpleListFilter):
    """Of what a search finds, the best first or the last changed; there only while one searches."""

    title, parameter_name = "order", "sort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(NEWEST, "Last changed first")] if request.GET.get(SEARCH_VAR) else []

    def choices(self, changelist: Any) -> Iterator[Any]:
        best, *others = super().choices(changelist)
        yield {**best, "display": "Best first"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset


FILTERS: list[type[ListFilter]] = [OrderFilter, StatusFilter, AuthorFilter, TagFilter]
