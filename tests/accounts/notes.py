"""A small table and its admin, for tests of who may do what: one the project itself has not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.test import override_settings
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from dynamo.admin.options import RowAdmin
from dynamo.admin.rows import Row
from dynamo.models import VersionedModel, table


class ByKind(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    class Meta:
        index_name = "by_kind"
        projection = AllProjection()
        billing_mode = "PAY_PER_REQUEST"

    kind = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class NoteItem(VersionedModel):
    class Meta:
        table_name = table("notes")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="note")
    text = UnicodeAttribute()
    by_kind = ByKind()


class Note(Row[NoteItem]):
    partition = {"kind": "note"}

    class Meta:
        app_label = "staff"
        ordering = ["-updated_at"]


class NoteAdmin(RowAdmin):
    list_display = ["id", "text"]


PERMISSIONS = {
    "viewers": {"staff.view_note"},
    "editors": {"staff.view_note", "staff.add_note", "staff.change_note"},
    "publishers": {"staff.view_note", "staff.add_note", "staff.change_note", "staff.delete_note"},
}


@contextmanager
def installed() -> Iterator[None]:
    """Have the table, its pages, and the groups' permissions within a block."""
    install()
    with override_settings(GROUP_PERMISSIONS=PERMISSIONS):
        yield
    remove()


def install() -> None:
    """Make the table, and the pages under /admin/staff/note/."""
    if not NoteItem.exists():
        NoteItem.create_table(wait=True)
    admin.site.register(Note, NoteAdmin)
    _reload()


def remove() -> None:
    """The pages go; the table may stay, it is this test process's own."""
    admin.site.unregister(Note)
    _reload()


def _reload() -> None:
    from importlib import reload

    from django.urls import clear_url_caches

    from config import admin_urls

    reload(admin_urls)
    clear_url_caches()
