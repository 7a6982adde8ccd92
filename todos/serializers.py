"""What a to-do looks like from outside: input checked field by field, output as plain dictionaries."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dynamo.errors import RawItem
from rest.addresses import address
from rest.output import LinkField, compiled
from rest.paging import PageQuery, PageValues
from rest.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    IntegerField,
    ListField,
    NumberField,
    StrictSerializer,
)
from todos.due import Due, due_bound
from todos.fields import (
    MAX_LIST,
    Deleted,
    DueField,
    Kind,
    ListId,
    ListLink,
    NameField,
    NotesField,
    OrderField,
    QueryBooleanField,
    RepeatField,
    ShownDue,
    UploadIdField,
    normal_tag,
)
from todos.lists import COLORS, ListRow, is_list
from todos.models import INBOX, Todo
from todos.rows import OwnedRow, is_tombstone

MAX_TITLE, MAX_TAGS, MAX_TAG, MAX_ATTACHMENTS = 500, 20, 50, 10
MAX_REMIND = 4 * 7 * 24 * 60

Show = Callable[[RawItem], Any]


class TodoInput(StrictSerializer):
    """A to-do as a client sends it."""

    title = NameField(MAX_TITLE, help_text="One line saying what is to be done.")
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
        "`COUNT` is how many are left, this one among them. Three parts are our own: `FROM=DONE` counts from the day "
        "it was done, `TZID=Europe/Berlin` keeps the time of day there, else in UTC, and `AT=0230` comes with a to-do "
        "that is due later, as the clocks went forward over that time: what follows keeps it.",
    )
    remind = IntegerField(
        min_value=0,
        max_value=MAX_REMIND,
        default=None,
        allow_null=True,
        help_text="So many minutes before it is due to remind of it, up to four weeks; of a day, before the hour of "
        "`/api/reminders/settings/`. null: never.",
    )
    priority = IntegerField(min_value=0, max_value=3, default=0, help_text="0 none, 1 low, 2 medium, 3 high.")
    tags = ListField(
        child=NameField(MAX_TAG),
        max_length=MAX_TAGS,
        default=[],
        help_text="Compared without regard to case and kept in lower case; the same tag twice counts once.",
    )
    order = OrderField(
        required=False,
        help_text="Its place: lower comes first. Left out, a new to-do goes to the end, "
        "and an existing one stays. To move one between two others, send the number half-way.",
    )
    list = NameField(MAX_LIST, default=INBOX, help_text="The id of the list it is on, which need not be made before.")
    attachments = ListField(
        child=UploadIdField(),
        max_length=MAX_ATTACHMENTS,
        default=[],
        help_text="Ids of your own uploads, see /api/media/uploads/. One that is not ready yet becomes so here too.",
    )

    def validate_tags(self, tags: Sequence[str]) -> Sequence[str]:
        return [*dict.fromkeys(map(normal_tag, tags))]


class AttachmentSerializer(serializers.Serializer[Any]):
    """An upload that a to-do shows."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True)
    content_type = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    status = serializers.ChoiceField(
        choices=["waiting", "processing", "ready", "failed"], help_text="What became of the upload."
    )
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
    remind = serializers.IntegerField(allow_null=True)
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


class TodoListInput(StrictSerializer):
    """A list as a client sends it."""

    name = NameField(MAX_LIST, help_text="What people call it.")
    color = ChoiceField(choices=COLORS, default=None, allow_null=True, help_text="A name, no exact colour.")
    order = OrderField(
        required=False, help_text="Its place among lists. Left out, a new one goes to the end, an existing one stays."
    )


class TodoListSerializer(serializers.Serializer[Any]):
    """A list as it is answered."""

    kind = Kind("id")
    id = ListId("id", help_text="What its to-dos have as `list`.")
    url = ListLink("id", help_text="Absolute.")
    name = serializers.CharField()
    color = serializers.ChoiceField(choices=COLORS, allow_null=True)
    order = NumberField(source="place")
    updated_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True, help_text="Delta sync tells of deleted lists for 30 days.")
    version = serializers.IntegerField(help_text="Counts changes; the ETag holds it.")


TODOS = PolymorphicProxySerializer(
    component_name="TodoOrDeleted",
    serializers=[TodoSerializer, DeletedTodoSerializer, TodoListSerializer],
    resource_type_field_name=None,
    many=True,
)


class TodoQuestion(PageValues, total=False):
    """What TodoQuery makes of it."""

    completed: bool
    list: str
    tag: str
    due_after: Due
    due_before: Due
    sort: str
    consistent: bool
    since: str
    lists: bool


class TodoQuery(PageQuery):
    """Which to-dos, in what order; or what changed."""

    completed = QueryBooleanField(required=False, help_text="Open ones or completed ones alone.")
    list = NameField(MAX_LIST, required=False, help_text="On the list of this id.")
    tag = NameField(MAX_TAG, required=False, help_text="With this tag.")
    due_after = DueField(required=False, help_text="Due on this day or at this moment, or later.")
    due_before = DueField(
        required=False, help_text="Due before this day or moment. In a range a day counts as its last moment in UTC."
    )
    sort = ChoiceField(
        choices=["order", "-order", "due", "-due", "created", "-created"],
        required=False,
        help_text="A minus turns it round. Default: `due` with a range of due dates, else `order`. "
        "What has no due date comes last by `due`, first by `-due`.",
    )
    consistent = QueryBooleanField(
        required=False,
        help_text="`true` right after a write of your own: without it, what was written within the last second may "
        "be missing. Delta sync never misses anything.",
    )
    since = CharField(
        required=False,
        allow_blank=True,
        max_length=2048,
        help_text="Delta sync: empty for everything, then the cursor of the last answer's `sync` link. "
        "Goes with `limit`, `lists` and `consistent` alone, which it always is.",
    )
    lists = QueryBooleanField(required=False, help_text="With `since`: tell of lists, too. Say the same each time.")

    def validate_tag(self, tag: str) -> str:
        return normal_tag(tag)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "since" in attrs:
            extra = attrs.keys() - {"since", "limit", "lists", "consistent"}
            refused = {name: ["This does not go with `since`."] for name in sorted(extra)}
        elif "lists" in attrs:
            refused = {"lists": ["This goes with `since` alone."]}
        elif {"due_after", "due_before"} <= attrs.keys() and (
            due_bound(attrs["due_after"]) >= due_bound(attrs["due_before"])
        ):
            refused = {"due_before": ["This must be later than `due_after`."]}
        else:
            refused = {}
        if refused:
            raise ValidationError(refused)
        return attrs


class DeleteListQuery(StrictSerializer):
    """What becomes of a deleted list's to-dos."""

    todos = ChoiceField(
        choices=["move", "delete"], default="move", help_text="Move them to the list `to`, or delete them, too."
    )
    to = NameField(MAX_LIST, default=INBOX, help_text="The id of the list that they move to.")


class ClearQuery(StrictSerializer):
    """Which to-dos to delete."""

    completed = ChoiceField(
        choices=["true"], required=False, help_text="Only the completed ones; without it, all of them."
    )


def presenter(request: HttpRequest) -> Show:
    """How to show raw to-dos, tombstones and lists to this caller."""
    places = _places(request)
    show, show_deleted = compiled(TodoSerializer, Todo), compiled(DeletedTodoSerializer, Todo)
    show_list = compiled(TodoListSerializer, ListRow)

    def present(raw: RawItem) -> Any:
        if is_list(raw):
            return show_list(raw, places)
        return show_deleted(raw, places) if is_tombstone(raw) else show(raw, places)

    return present


def presenter_of(request: HttpRequest, serializer: type[serializers.Serializer[Any]], model: type[OwnedRow]) -> Show:
    """How to show raw rows of one kind to this caller."""
    places, show = _places(request), compiled(serializer, model)
    return lambda raw: show(raw, places)


def _places(request: HttpRequest) -> dict[str, str]:
    """The addresses that links begin with."""
    here = address(request, "")
    media, todos = settings.PUBLIC_URLS.get("media", "") or here.rstrip("/"), f"{here}api/todos/"
    return {"todos": todos, "lists": f"{todos}lists/", "uploads": f"{media}/api/media/uploads/"}
