"""The sample's admin."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.forms import Textarea
from django.http import HttpRequest

from dynamo.admin.history.log import Change
from dynamo.admin.options import RowAdmin
from dynamo.admin.rows import Row
from dynamo.tests.sample import models

WORKFLOW = [("draft", "Draft"), ("published", "Published")]


class Article(Row[models.Article]):
    """An article as editors see it."""

    partition = {"kind": "article"}
    field_options = {
        "title": {"max_length": 60, "help_text": "As readers see it"},
        "body": {"field_class": TextField, "widget": Textarea(attrs={"rows": 30}), "verbose_name": "text"},
        "status": {"choices": WORKFLOW},
        "views": {"editable": False},
    }

    class Meta:
        ordering = ["-updated_at"]
        permissions = [("publish_article", "Can publish")]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        """Where readers find it."""
        return f"/articles/{self.pk}/"


class ShelfFilter(admin.SimpleListFilter):
    """Articles with a tag, from the shelf of that name."""

    title, parameter_name = "shelf", "shelf"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("new", "New")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not (shelf := self.value()):
            return queryset
        return queryset.filter(tags__contains=shelf).through(models.Shelved, {"shelf": shelf}, implied=["tags"])


@admin.register(Article)
class ArticleAdmin(RowAdmin):
    """Articles."""

    list_display = ["title", "status", "author", "updated_at"]
    list_filter = ["status", "updated_at", "published_at", ShelfFilter]
    search_fields = ["title", "tags"]
    list_per_page = 10
    actions = ["publish"]

    @admin.action(description="Publish selected", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        """Each in a transaction of its own."""
        self.message_user(request, f"{self.update_rows(request, queryset, status='published')} published.")

    def save_item(
        self, request: HttpRequest, row: Any, changes: Mapping[str, Any], expect: int | None, entry: Change
    ) -> None:
        """Refuses what only a service could know is wrong."""
        if changes.get("title") == "Forbidden":
            raise ValidationError("That title is taken elsewhere.")
        super().save_item(request, row, changes, expect, entry)


class File(Row[models.File]):
    """A file."""

    partition = {"kind": "file"}

    class Meta:
        ordering = ["-created_at"]


@admin.register(File)
class FileAdmin(RowAdmin):
    """Files, whose values the log must not keep."""

    list_display = ["name", "owner", "number"]
    history_values = False


class Tag(Row[models.Tag]):
    """A tag."""

    partition = {"kind": "tag"}

    class Meta:
        ordering = ["-created_at"]


admin.site.register(Tag, RowAdmin)
