"""What the list of posts can be narrowed to, and its order then. Each choice alone is one Query, whatever there is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin import ListFilter, ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from blog.admin.forms import clean_tag
from blog.admin.reads import MostReadFilter
from blog.models import DRAFT, FEED, FIRST, SHELF, Post, Status, TagPost, up_to
from blog.pages.posts import author_name
from dynamo.models import now
from dynamo.queries import Query

# How many posts, the last changed, are looked at for their authors.
AUTHORS_AMONG = 500


def wanted_status(request: HttpRequest) -> str:
    """The status the list is narrowed to; empty for what is no status."""
    asked = request.GET.get(StatusFilter.parameter_name, "")
    return asked if asked in set(Status) else ""


def wanted_tag(request: HttpRequest) -> str:
    """The tag the list is narrowed to, if any; empty for what is no tag, as its table holds more than tags."""
    try:
        return clean_tag(request.GET.get(TagFilter.parameter_name, ""))
    except ValidationError:
        return ""


def is_by_tag(request: HttpRequest) -> bool:
    """Whether the rows of a tag answer. They hold no drafts; of an author's posts there are few enough to compare."""
    by_author = AuthorFilter.parameter_name in request.GET
    return bool(wanted_tag(request)) and not by_author and wanted_status(request) != Status.DRAFT


def ordering(request: HttpRequest) -> list[str]:
    """The last changed first; what is published, the newest first; what is scheduled, the next first."""
    status = wanted_status(request)
    if status == Status.SCHEDULED:
        return ["position"]
    return ["-position"] if status == Status.PUBLISHED or is_by_tag(request) else ["-updated_at"]


class StatusFilter(SimpleListFilter):
    """Drafts by their last change; what is published or scheduled by its date."""

    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        return [(one.value, one.value.capitalize()) for one in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        status = wanted_status(request)
        if not status:
            return queryset
        # Of an author's posts, and of a tag's, all are asked for by that; the rest is a comparison.
        others = AuthorFilter.parameter_name in request.GET or is_by_tag(request)
        if status == Status.DRAFT:
            return queryset.filter(position__isnull=True) if others else queryset.filter(kind=DRAFT)
        moment = up_to(now())
        bound = {"position__range": (FIRST, moment)} if status == Status.PUBLISHED else {"position__gte": moment}
        return queryset.filter(**bound) if others else queryset.filter(feed=FEED, **bound)


class TagFilter(SimpleListFilter):
    """Published and scheduled posts, from the tag's own rows; drafts, and one author's, are compared, 4000 a page.

    The tag is typed, as there may be too many to show.
    """

    title, parameter_name, template = "tag", "tag", "blog/admin/tag_filter.html"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        others = changelist.get_filters_params()
        kept = [(name, value) for name, values in others.items() if name != self.parameter_name for value in values]
        query = [(SEARCH_VAR, changelist.query)] if changelist.query else []
        yield {
            "value": self.value() or "",
            "others": [*kept, *query],
            "without": changelist.get_query_string(remove=[self.parameter_name, PAGE_VAR, ORDER_VAR]),
        }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tag = wanted_tag(request)
        if not tag:
            return queryset.none() if (self.value() or "").strip() else queryset
        found = queryset.filter(tags__iexact=tag)
        return found.through(TagPost, {"tag": tag}, implied=["tags"]) if is_by_tag(request) else found


class AuthorFilter(SimpleListFilter):
    """One's own posts, those of each author on the page, and, once asked for, of whoever has written lately."""

    title, parameter_name, more = "author", "author", "authors"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: "ModelAdmin[Any]"
    ) -> None:
        self.wants_more = params.pop(self.more, None) is not None
        super().__init__(request, params, model, model_admin)

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name, self.more]

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        return [(str(request.user.pk), "Mine")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Rendered after the list has been read, so those on the page cost nothing; the others one Query."""
        yield from super().choices(changelist)
        last_changed = Query(model=Post, hash_key=SHELF, index="by_changed", forward=False)
        more = last_changed.page(AUTHORS_AMONG).items if self.wants_more else ()
        names = author_names([*changelist.result_list, *more])
        chosen, ((own, _),) = self.value(), self.lookup_choices
        if chosen and chosen not in names:
            names[chosen] = "This author"
        for author, name in sorted(names.items(), key=lambda one: one[1].casefold()):
            if author != own:
                query = changelist.get_query_string({self.parameter_name: author}, [self.more])
                yield {"selected": author == chosen, "query_string": query, "display": name}
        if not self.wants_more:
            query = changelist.get_query_string({self.more: "1"})
            yield {"selected": False, "query_string": query, "display": "More authors…"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        author = self.value()
        return queryset.filter(author=author) if author else queryset


def author_names(posts: Iterable[Any]) -> dict[str, str]:
    """Each author's name by id, the last one they signed with; with the beginning of the id where two have the same."""
    names: dict[str, str] = {}
    for post in posts:
        names.setdefault(str(post.author), author_name(post))
    counts = Counter(names.values())
    return {author: name if counts[name] == 1 else f"{name} ({author[:8]})" for author, name in names.items()}


NEWEST = "newest"


class OrderFilter(SimpleListFilter):
    """Of what a search finds, the best first or the last changed; there only while one searches."""

    title, parameter_name = "order", "sort"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        return [(NEWEST, "Last changed first")] if request.GET.get(SEARCH_VAR) else []

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        best, *others = super().choices(changelist)
        yield {**best, "display": "Best first"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


FILTERS: list[type[ListFilter]] = [OrderFilter, MostReadFilter, StatusFilter, AuthorFilter, TagFilter]
