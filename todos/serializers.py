"""What a to-do looks like from outside: input checked field by field, output as plain dictionaries."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.urls import get_script_prefix
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dynamo.errors import RawItem
from rest.addresses import address, site
from rest.json import stored_time
from rest.output import Context, LinkField, Shown, compiled
from rest.paging import PageQuery
from rest.serializers import (
    BooleanField,
    CharField,
    DateTimeField,
    IntegerField,
    ListField,
    NumberField,
    StrictSerializer,
)
from rest.text import NO_NUL, VISIBLE
from todos.due import UNDATED, Due, due_bound, is_day
from todos.models import INBOX, Todo, is_tombstone
from todos.repetition import MAX_RULE, BadRule, normal_rule

MAX_TITLE, MAX_NOTES, MAX_LIST, MAX_TAGS, MAX_TAG, MAX_ATTACHMENTS = 500, 10_000, 100, 20, 50, 10
# What a double, and so every JSON client, holds exactly.
MAX_ORDER = 2**53 - 1
# Below this DynamoDB refuses a number other than zero (its limit is 1e-130).
SMALLEST_ORDER = 1e-100

Show = Callable[[RawItem], dict[str, Any]]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
UUID = RegexValidator(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", "This is not a UUID.", code="invalid")


def text(max_length: int, **kwargs: Any) -> CharField:
    """A name: checked as it was sent and trimmed later, so that its limits mean what they say."""
    return CharField(max_length=max_length, trim_whitespace=False, validators=[VISIBLE], **kwargs)


def normal_tag(tag: str) -> str:
    """A tag as it is kept and compared: trimmed, single spaces, lower case, composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", " ".join(tag.split())).lower()


@extend_schema_field(OpenApiTypes.UUID)
class UploadIdField(CharField):
    """A UUID in its usual form, in lower case from here on."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, validators=[UUID], **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data).lower()


# drf-spectacular would say `oneOf` an empty string or one of the pattern, and an empty one is both.
@extend_schema_field({"type": "string", "maxLength": MAX_NOTES, "pattern": r"^[^\u0000]*$"})
class NotesField(CharField):
    """Any text without NUL, also none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_NOTES, allow_blank=True, trim_whitespace=False, validators=[NO_NUL], **kwargs)


class QueryBooleanField(serializers.BooleanField):
    """`true` or `false`, as a query parameter."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in {"true", "false"}:
            raise ValidationError("Say true or false.", code="invalid")
        return bool(data == "true")


# A plain text to generated clients: those that take it for one of date and date-time read a moment as a day.
DUE_SCHEMA = {"type": "string", "format": "date-or-date-time"}


@extend_schema_field(DUE_SCHEMA)
class DueField(DateTimeField):
    """A day, `2030-01-31`, the same in every time zone, or a moment, RFC 3339 with an offset, kept in UTC."""

    default_error_messages = {
        "rfc3339": "Use a day, as 2030-01-31, or a moment with an offset, as 2030-01-31T09:00:00Z."
    }

    def to_internal_value(self, data: Any) -> Due:  # type: ignore[override]  # a datetime is a date, too
        if isinstance(data, str) and _DAY.fullmatch(data):
            with suppress(ValueError):
                return date.fromisoformat(data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "maxLength": MAX_RULE, "format": "recurrence-rule"})
class RepeatField(CharField):
    """A rule of RFC 5545, or none, kept in upper case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_RULE, allow_blank=True, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        try:
            return normal_rule(super().run_validation(data))
        except BadRule as error:
            raise ValidationError(str(error), code="invalid") from None


class TodoInput(StrictSerializer):
    """A to-do as a client sends it."""

    title = text(MAX_TITLE, help_text="One line saying what is to be done.")
    notes = NotesField(default="", help_text="Markdown, kept as it is.")
    completed = BooleanField(default=False)
    due = DueField(
        default=None,
        allow_null=True,
        help_text="A day (`2030-01-31`, the same in every time zone) or a moment (RFC 3339 with an offset; answers are "
        "in UTC).",
    )
    repeat = RepeatField(
        default="",
        help_text="A rule of RFC 5545 such as `FREQ=WEEKLY;BYDAY=MO,TH`, or none: completing it makes the next to-do. "
        "`COUNT` is how many are left, this one among them. Two parts are our own: `FROM=DONE` counts from the day it "
        "was done, `TZID=Europe/Berlin` keeps the time of day there, else in UTC.",
    )
    priority = IntegerField(min_value=0, max_value=3, default=0, help_text="0 none, 1 low, 2 medium, 3 high.")
    tags = ListField(
        child=text(MAX_TAG),
        max_length=MAX_TAGS,
        default=[],
        help_text="Compared without regard to case and kept in lower case; the same tag twice counts once.",
    )
    order = NumberField(
        min_value=-MAX_ORDER,
        max_value=MAX_ORDER,
        required=False,
        help_text="Its place: lower comes first. Left out, a new to-do goes to the end (milliseconds since 1970), "
        "and an existing one stays. To move one between two others, send the number half-way.",
    )
    list = text(MAX_LIST, default=INBOX, help_text="The name of the list it is on.")
    attachments = ListField(
        child=UploadIdField(),
        max_length=MAX_ATTACHMENTS,
        default=[],
        help_text="Ids of your own uploads, see /api/media/uploads/. One that is not ready yet becomes so here too.",
    )

    def validate_title(self, title: str) -> str:
        return title.strip()

    def validate_list(self, name: str) -> str:
        return name.strip()

    def validate_tags(self, tags: Sequence[str]) -> Sequence[str]:
        return [*dict.fromkeys(map(normal_tag, tags))]

    def validate_order(self, order: float) -> float:
        return order if abs(order) >= SMALLEST_ORDER else 0


@extend_schema_field(DUE_SCHEMA)
class ShownDue(Shown, serializers.CharField):
    """When it is due, from the text that sorts it."""

    def show(self, context: Context, *values: Any) -> str | None:
        key = values[0]
        if key in {None, UNDATED}:
            return None
        return str(key[:-1]) if is_day(key) else stored_time(key)


@extend_schema_field({"type": "boolean", "const": True})
class Deleted(Shown, serializers.BooleanField):
    """Always true."""

    def show(self, context: Context, *values: Any) -> bool:
        return True


class AttachmentSerializer(serializers.Serializer[Any]):
    """An upload that a to-do shows."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True)
    content_type = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    status = serializers.CharField(help_text="waiting, processing, ready or failed.")
    reason = serializers.CharField(allow_null=True, help_text="Why it failed.")
    width = serializers.IntegerField(allow_null=True, help_text="Pixels, of a picture that is ready.")
    height = serializers.IntegerField(allow_null=True)
    url = LinkField("id", base="uploads", help_text="The upload itself, with links to its file and renditions.")


class TodoSerializer(serializers.Serializer[Any]):
    """A to-do as it is answered."""

    id = serializers.UUIDField()
    url = LinkField("id", base="todos", help_text="Absolute.")
    title = serializers.CharField()
    notes = serializers.CharField(allow_blank=True)
    completed = serializers.BooleanField()
    completed_at = serializers.DateTimeField(allow_null=True)
    due = ShownDue("due_order", allow_null=True, help_text="A day, or a moment in UTC.")
    repeat = serializers.CharField(allow_blank=True)
    priority = serializers.IntegerField()
    tags = serializers.ListField(child=serializers.CharField())
    order = NumberField()
    list = serializers.CharField(source="list_name")
    attachments = AttachmentSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="Counts changes; the ETag holds it.")


class BinnedTodoSerializer(TodoSerializer):
    """A to-do in the bin, as it would come back."""

    due = ShownDue("kept_due", allow_null=True, help_text="A day, or a moment in UTC.")
    order = NumberField(source="kept_order")
    created_at = serializers.DateTimeField(source="kept_created")
    deleted_at = serializers.DateTimeField(help_text="It stays in the bin for 30 days from then.")


class DeletedTodoSerializer(serializers.Serializer[Any]):
    """What delta sync says of a deleted to-do."""

    id = serializers.UUIDField()
    deleted = Deleted()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField(help_text="When it was deleted.")


TODOS = PolymorphicProxySerializer(
    component_name="TodoOrDeleted",
    serializers=[TodoSerializer, DeletedTodoSerializer],
    resource_type_field_name=None,
    many=True,
)


class TodoQuery(PageQuery):
    """Which to-dos, in what order; or what changed."""

    completed = QueryBooleanField(required=False, allow_null=False, help_text="Open ones or completed ones alone.")
    list = text(MAX_LIST, required=False, help_text="On the list of this name.")
    tag = text(MAX_TAG, required=False, help_text="With this tag.")
    due_after = DueField(required=False, help_text="Due on this day or at this moment, or later.")
    due_before = DueField(
        required=False, help_text="Due before this day or moment. In a range a day counts as its last moment in UTC."
    )
    sort = serializers.ChoiceField(
        choices=["order", "-order", "due", "-due", "created", "-created"],
        required=False,
        help_text="A minus turns it round. Default: `due` with a range of due dates, else `order`. "
        "What has no due date comes last by `due`, first by `-due`.",
    )
    since = CharField(
        required=False,
        allow_blank=True,
        max_length=2048,
        help_text="Delta sync: empty for everything, then the cursor of the last answer's `sync` link. "
        "Goes with `limit` alone.",
    )

    def validate_list(self, name: str) -> str:
        return name.strip()

    def validate_tag(self, tag: str) -> str:
        return normal_tag(tag)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "since" in attrs:
            refused = {name: ["This does not go with `since`."] for name in attrs if name not in {"since", "limit"}}
        else:
            refused = _check_due_range(attrs)
        if refused:
            raise ValidationError(refused)
        return attrs


class ClearQuery(StrictSerializer):
    """Which to-dos to delete."""

    completed = serializers.ChoiceField(
        choices=["true"], required=False, help_text="Only the completed ones; without it, all of them."
    )


def _check_due_range(attrs: Mapping[str, Any]) -> dict[str, list[str]]:
    if (
        "due_after" in attrs
        and "due_before" in attrs
        and due_bound(attrs["due_after"]) >= due_bound(attrs["due_before"])
    ):
        return {"due_before": ["This must be later than `due_after`."]}
    return {}


def presenter(request: HttpRequest) -> Show:
    """How to show raw to-dos and tombstones to this caller."""
    places = _places(request)
    show, show_deleted = compiled(TodoSerializer, Todo), compiled(DeletedTodoSerializer, Todo)
    return lambda raw: show_deleted(raw, places) if is_tombstone(raw) else show(raw, places)


def bin_presenter(request: HttpRequest) -> Show:
    """How to show what is in the bin to this caller."""
    places, show = _places(request), compiled(BinnedTodoSerializer, Todo)
    return lambda raw: show(raw, places)


def _places(request: HttpRequest) -> dict[str, str]:
    """The addresses that links begin with."""
    media = settings.PUBLIC_URLS.get("media", "") or f"{site(request)}{get_script_prefix()}".rstrip("/")
    return {"todos": address(request, "todos"), "uploads": f"{media}/api/media/uploads/"}
