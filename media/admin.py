"""Public uploads in the admin: what editors have put there, which posts show it, and what nobody needs any more."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from dynamo.admin.changelist import RowChangeList
from dynamo.admin.history.log import Change
from dynamo.admin.options import RowAdmin
from dynamo.admin.query.queryset import RowPage
from dynamo.admin.request_state import state_of
from dynamo.admin.rows import Row
from dynamo.models import now
from media import models
from media.keys import parse
from media.models import SHELF, Status

# A picture may be waiting in an editor's unsaved text, and the index of uses is a moment behind.
UNUSED_AFTER = timedelta(days=1)
# By folder of renditions: the posts that show it, and until when a deleted or earlier one may.
Uses = dict[str, tuple[set[str], datetime | None]]
# How many uploads a page of unused ones looks at.
LOOKED_AT = 100


class Upload(Row[models.Upload]):
    """A file an editor made public. Private ones are nobody else's to see, and not of this kind."""

    partition = {"shelf": SHELF}
    field_options = {
        "status": {"choices": [(one.value, one.value) for one in Status]},
        "created_at": {"verbose_name": "uploaded", "null": False},
    }
    # The posts that show it, and until when a deleted or earlier one may come back, once they have been asked for.
    posts: frozenset[str] | None = None
    kept_until: datetime | None = None

    class Meta:
        verbose_name = "upload"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def folder(self) -> str:
        """Of its renditions."""
        object_key = parse(str(self.object_key))
        return object_key.ids[-1] if object_key else ""

    def is_unused(self) -> bool:
        """Whether it is known that no post shows it or may again, and has been here long enough for one to."""
        return not self.refusal() and self.created_at < now() - UNUSED_AFTER

    def refusal(self) -> str:
        """Why it must not be deleted, as far as it was asked for; "" if it may be."""
        if self.posts:
            return f"“{self}” is shown in {', '.join(sorted(self.posts))}: take it out there first."
        if self.kept_until and self.kept_until > now():
            return (
                f"“{self}” was shown in a post that may be brought back: "
                f"it can be deleted from {date_format(self.kept_until, 'j F Y')} on."
            )
        return ""


class UseFilter(SimpleListFilter):
    title, parameter_name = "use", "use"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[tuple[str, str]]:
        return [("none", "Unused for a day")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class UploadChangeList(RowChangeList):
    """A page costs one Query and one question for what shows its pictures."""

    looked_at = 0

    def read(self, request: HttpRequest, cursor: str) -> tuple[RowPage[Any], list[Any]]:
        unused = request.GET.get(UseFilter.parameter_name) == "none"
        if not unused:
            page, rows = super().read(request, cursor)
            ask_for_uses(rows)
            return page, rows
        page = self.queryset.page(LOOKED_AT, cursor)
        self.looked_at = len(page.rows)
        ask_for_uses(page.rows)
        rows = [row for row in page.rows if row.is_unused()]
        return page, rows

    @property
    def count_text(self) -> str:
        if not self.looked_at:
            return super().count_text
        return f"{len(self.result_list)} unused of the {self.looked_at} uploads on this page"


def ask_for_uses(rows: Iterable[Any]) -> None:
    """Let each row know the posts that show it. One BatchGetItem for 100."""
    ask: Callable[[Iterable[str]], Uses] = import_string(settings.HOOKS["upload_uses"])
    folders = {row.folder: row for row in rows if row.folder}
    found = ask(folders)
    for folder, row in folders.items():
        posts, row.kept_until = found.get(folder, (set(), None))
        row.posts = frozenset(posts)


@admin.register(Upload)
class UploadAdmin(RowAdmin):
    """To look at, and to delete with all files. The log keeps no values: what was deleted is gone for good."""

    history_values = False
    list_display = ["picture", "name", "status", "kind", "bytes", "shown_in", "created_at"]
    list_display_links = ["name"]
    list_filter = [UseFilter, "status", "created_at"]
    exclude = ["object_key", "object_version", "sequencer", "attempts", "visibility", "renditions"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Pictures are added where they are shown."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> Any:
        return UploadChangeList

    def get_fields(self, request: HttpRequest, obj: object = None) -> Any:
        return ["picture", "shown_in", *("bytes" if name == "size" else name for name in self.shown())]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            ask_for_uses([row])
        return row

    @admin.display(description="Picture")
    def picture(self, row: Upload) -> SafeString | str:
        if row.status != Status.READY or not row.renditions:
            return ""
        smallest = min(row.renditions, key=lambda rendition: int(rendition["size"]))
        image = '<img class="upload-picture" src="{}/{}" alt="" loading="lazy" height="43">'
        return format_html(image, settings.THUMBNAILS_URL, smallest["webp"])

    @admin.display(description="Type")
    def kind(self, row: Upload) -> str:
        """As it was found to be."""
        return str(row.content_type).removeprefix("image/").upper()

    @admin.display(description="Size")
    def bytes(self, row: Upload) -> str:
        return filesizeformat(int(row.size))

    @admin.display(description="Shown in")
    def shown_in(self, row: Upload) -> str:
        if not row.posts and row.refusal():
            return "A post that was changed or deleted"
        return ", ".join(sorted(row.posts or ())) or "Nothing"

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is not None and row.refusal():
            self.message_user(request, row.refusal(), messages.ERROR)
            return HttpResponseRedirect(self.url("changelist"))
        state_of(request).row = row
        return super().delete_view(request, object_id, extra_context)

    def delete_item(self, request: HttpRequest, row: Row[Any], expect: int, entry: Change) -> None:
        ask_for_uses([row])
        if row.refusal():
            raise ValidationError(row.refusal())
        super().delete_item(request, row, expect, entry)
