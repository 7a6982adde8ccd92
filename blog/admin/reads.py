"""How often posts were read, in the admin: a small chart for each, and those read most."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blog.admin.editor import EditorAdmin
from blog.admin.rows import Post
from blog.models.reads import reads_by_day
from dynamo.models import now

DAYS = 30
MOST = "most"
# Of the posts read most, as filters of the list may leave some of them out.
MOST_COMPARED = 75
_BAR, _HEIGHT = 4, 24


class MostReadFilter(SimpleListFilter):
    """Posts by how often they were read; there only where reads are counted, and not while one searches."""

    title, parameter_name = "reads", "reads"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        is_there = settings.READS_PERCENT and not request.GET.get(SEARCH_VAR)
        return [(MOST, f"Most read in {DAYS} days")] if is_there else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def wants_most_read(request: HttpRequest) -> bool:
    return bool(settings.READS_PERCENT) and request.GET.get(MostReadFilter.parameter_name) == MOST


def last_days() -> list[date]:
    """Today and the days before it, in UTC, the first one first."""
    today = now().date()
    return [today - timedelta(days=days) for days in reversed(range(DAYS))]


def add_reads(rows: Sequence[Any]) -> None:
    """Have each row know its reads, for the chart in its line. One BatchGetItem for at most 50."""
    if settings.READS_PERCENT and rows:
        found = reads_by_day([str(row.pk) for row in rows], last_days())
        for row in rows:
            row.reads_by_day = found[str(row.pk)]


class ReadsAdmin(EditorAdmin):
    """Charts in the list and in the form, where reads are counted."""

    def get_list_display(self, request: HttpRequest) -> Any:
        names = super().get_list_display(request)
        return [*names, "reads"] if settings.READS_PERCENT else names

    @admin.display(description=f"Reads in {DAYS} days")
    def reads(self, row: Post) -> SafeString | str:
        numbers = getattr(row, "reads_by_day", None)
        return chart(numbers) if numbers else ""

    @admin.display(description=f"Reads in {DAYS} days")
    def all_reads(self, row: Post) -> SafeString:
        """In the form: at each address the post has had."""
        former = [one.slug for one in row.item.renames] if row.item is not None else []
        found = reads_by_day({str(row.pk), *former}, last_days())
        return chart([sum(numbers) for numbers in zip(*found.values(), strict=True)])


def chart(numbers: Sequence[int]) -> SafeString:
    """A bar for each of the last days, with their sum; what a screen reader says names the best day."""
    total, most = sum(numbers), max(numbers)
    bars = [round(number * _HEIGHT / most, 1) if most else 0 for number in numbers]
    path = "".join(f"M{at * _BAR} {_HEIGHT}v-{bar}h{_BAR - 1}v{bar}z" for at, bar in enumerate(bars) if bar)
    best = last_days()[numbers.index(most)]
    says = f"{total} reads" + (f", most on {date_format(best, 'j F')}: {most}" if total else "")
    image = (
        '<span class="reads"><svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">'
        '<title>{}</title><path d="{}"/></svg> <span aria-hidden="true">{}</span></span>'
    )
    width = len(numbers) * _BAR
    return format_html(image, says, width, _HEIGHT, width, _HEIGHT, says, path, f"{total:,}")
