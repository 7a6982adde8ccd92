"""Runs and broken links in the admin, to look at."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dynamo.admin.options import RowAdmin
from dynamo.admin.rows import Row
from housekeeping import models


class Run(Row[models.Run]):
    partition = {"shelf": models.SHELF}
    field_options = {"created_at": {"verbose_name": "began"}, "ended_at": {"verbose_name": "ended"}}

    class Meta:
        verbose_name = "run"
        ordering = ["-created_at"]


class Link(Row[models.Link]):
    partition = {"shelf": models.BROKEN}
    field_options = {"since": {"verbose_name": "broken since"}, "checked_at": {"verbose_name": "asked"}}

    class Meta:
        verbose_name = "broken link"
        ordering = ["-since"]

    def __str__(self) -> str:
        return str(self.address)


class ReadOnlyAdmin(RowAdmin):
    """Nobody writes what a run found."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Runs make them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """They are as they were found."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """They go by themselves."""
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """What each run found, as a page to read."""

    list_display = ["id", "job", "status", "created_at", "ended_at", "summary"]
    list_filter = ["created_at"]
    fields = ["job", "status", "created_at", "ended_at", "summary", "what_was_found", "tables"]

    @admin.display(description="Looked at")
    def summary(self, row: Run) -> str:
        numbers = json.loads(row.numbers)
        return ", ".join(f"{number:,} {name}" for name, number in numbers.items() if isinstance(number, int))

    @admin.display(description="Found")
    def what_was_found(self, row: Run) -> SafeString | str:
        """What, where, and why, in lines that a telephone shows whole."""
        found = ((kind.capitalize(), place, why, what) for kind, place, what, why in json.loads(row.found))
        lines = format_html_join("", "<li>{} in {}, {}: {}</li>", found)
        return format_html("<ul>{}</ul>", lines) if lines else "Nothing"

    @admin.display(description="Tables")
    def tables(self, row: Run) -> SafeString | str:
        known = json.loads(row.numbers).get("tables", {})
        lines = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            ((name, f"{rows:,}", filesizeformat(size)) for name, (rows, size) in known.items()),
        )
        head = "<thead><tr><th>Table</th><th>Rows</th><th>Size</th></tr></thead>"
        return format_html("<table>{}<tbody>{}</tbody></table>", SafeString(head), lines) if known else ""


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    """The broken ones, the newest first."""

    list_display = ["address", "reason", "since", "checked_at", "posts"]
    list_filter = ["since"]
    fields = ["address", "reason", "since", "checked_at", "failures", "posts"]

    @admin.display(description="In")
    def posts(self, row: Link) -> str:
        return ", ".join(row.places)
