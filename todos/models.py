"""To-dos and the uploads they show. One owner's rows lie together, each order has its own index (docs/adr/0001).

A live to-do has `created_at`; a deleted one is a tombstone without it, which only the index by change still holds.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo.errors import AlreadyExists, ConditionFailed, NotFound, RawItem, Unavailable, VersionConflict
from dynamo.models import Model, VersionedModel, now, table
from dynamo.queries import Query

# Long enough for a phone left in a drawer over the holidays; then it syncs anew.
TOMBSTONE_AGE = timedelta(days=30)
# A row of 1,000 names has 37 KB, and the news takes some seconds to tell.
MAX_TODOS_OF_UPLOAD = 1000
UNDATED = "~"  # sorts after every digit, so what has no due date comes last
LAST_DUE = "9999-12-31~"

# When a to-do is due: on a day, wherever its owner is by then, or at a moment.
Due = date | datetime

Values = Mapping[str, Any]


class ByOrder(LocalSecondaryIndex["Todo"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """All of them, in the order their owner gave them."""

    class Meta:
        index_name, projection = "by_order", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    order = NumberAttribute(range_key=True)


class ByOpenOrder(LocalSecondaryIndex["Todo"]):  # type: ignore[no-untyped-call]
    """Open ones alone, in the same order."""

    class Meta:
        index_name, projection = "by_open_order", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    open_order = NumberAttribute(range_key=True)


class ByDue(LocalSecondaryIndex["Todo"]):  # type: ignore[no-untyped-call]
    """All of them, by when they are due."""

    class Meta:
        index_name, projection = "by_due", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    due_order = UnicodeAttribute(range_key=True)


class ByCreated(LocalSecondaryIndex["Todo"]):  # type: ignore[no-untyped-call]
    """All of them, by when they were made."""

    class Meta:
        index_name, projection = "by_created", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ByChanged(LocalSecondaryIndex["Todo"]):  # type: ignore[no-untyped-call]
    """All of them and the tombstones, by when they last changed."""

    class Meta:
        index_name, projection = "by_changed", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class Attachment(MapAttribute[str, Any]):
    """What a to-do shows of an upload: a copy of media's words, which its messages keep up to date.

    `size` is in bytes, `width` and `height` in pixels; `as_of` is when media last changed what it says.
    """

    id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    as_of = UTCDateTimeAttribute(null=True)

    def words(self) -> dict[str, Any]:
        """All of it by name, to compare: PynamoDB's own comparison tells None from what is missing."""
        return {name: getattr(self, name) for name in self.get_attributes()}


class Todo(VersionedModel):
    """A to-do, or the tombstone of one."""

    class Meta:
        table_name = table("todos")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    completed = BooleanAttribute(null=True)
    completed_at = UTCDateTimeAttribute(null=True)
    due_order = UnicodeAttribute(null=True)
    priority = NumberAttribute(null=True)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    order = NumberAttribute(null=True)
    open_order = NumberAttribute(null=True)
    list_name = UnicodeAttribute(attr_name="list", null=True)
    attachments: ListAttribute[Attachment] = ListAttribute(of=Attachment, null=True)
    deleted_at = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute(null=True)

    by_order, by_open_order, by_due = ByOrder(), ByOpenOrder(), ByDue()
    by_created, by_changed = ByCreated(), ByChanged()

    @property
    def due(self) -> Due | None:
        """The day it is due, or the moment, in UTC."""
        key = self.due_order
        if key in {None, UNDATED}:
            return None
        return date.fromisoformat(key[:-1]) if is_day(key) else datetime.fromisoformat(key)

    @property
    def is_deleted(self) -> bool:
        """Whether this is a tombstone."""
        return self.deleted_at is not None

    # --- Questions, each one Query or GetItem ---------------------------------------------------------------------

    @classmethod
    def find(cls, owner: str, todo_id: str) -> Self:
        """The live to-do. Raises NotFound."""
        return cls.from_raw_data(dict(cls.find_raw(owner, todo_id)))

    @classmethod
    def find_raw(cls, owner: str, todo_id: str) -> RawItem:
        """The same as DynamoDB writes it, to be shown."""
        raw = cls.fetch_raw((owner, todo_id))
        if is_tombstone(raw):
            raise NotFound(f"{todo_id} is deleted")
        return raw

    @classmethod
    def for_owner(
        cls,
        owner: str,
        *,
        sort: str = "order",
        descending: bool = False,
        completed: bool | None = None,
        list_name: str | None = None,
        tag: str | None = None,
        due_after: Due | None = None,
        due_before: Due | None = None,
    ) -> Query[Self]:
        """Live to-dos by `sort`: order, due or created. `due_after` is included, `due_before` is not.

        What an index answers by itself is read and nothing else: open ones by order, a range of due dates by due.
        The rest is filtered by DynamoDB as it reads.
        """
        due, open_only = _due_between(due_after, due_before), sort == "order" and completed is False
        filters = [
            None if completed is None or open_only else cls.completed == completed,
            None if list_name is None else cls.list_name == list_name,
            None if tag is None else cls.tags.contains(tag),
            None if sort == "due" else due,
        ]
        return Query(
            model=cls,
            hash_key=owner,
            index="by_open_order" if open_only else f"by_{sort}",
            range=due if sort == "due" else None,
            filter=_all_of(filters),
            forward=not descending,
            consistent=True,
        )

    @classmethod
    def changed_since(cls, owner: str, moment: datetime | None) -> Query[Self]:
        """What changed after `moment`, oldest change first, tombstones too; without a moment, all that is live."""
        return Query(
            model=cls,
            hash_key=owner,
            index="by_created" if moment is None else "by_changed",
            range=None if moment is None else cls.updated_at > moment,
            consistent=True,
        )

    # --- Changes, each one conditional write ----------------------------------------------------------------------

    @classmethod
    def new(cls, owner: str, todo_id: str, values: Values) -> Self:
        """A to-do of these values, not yet written."""
        at = now()
        order = values.get("order", end_of_list(at))
        return cls(
            owner,
            todo_id,
            **{attribute: values[name] for name, attribute in _PLAIN.items()},
            due_order=due_order(values["due"]),
            order=order,
            open_order=None if values["completed"] else order,
            completed_at=at if values["completed"] else None,
            created_at=at,
        )

    @classmethod
    def edit(cls, owner: str, todo_id: str, values: Values, *, expect: int | None = None) -> Self:
        """Change these values and no others. Raises NotFound or VersionConflict.

        One UpdateItem, save that giving a new place to what is completed takes two: whether the open order has to
        follow is known only by trying.
        """
        key = (owner, todo_id)
        if "order" not in values or "completed" in values:
            return cls._change_live(key, edit_actions(values, at := now()), at, expect)
        for is_open in (True, False) * 3:
            kind = cls.open_order.exists() if is_open else cls.open_order.does_not_exist()
            try:
                return cls._change_live(key, edit_actions(values, at := now(), is_open=is_open), at, expect, kind)
            except VersionConflict:
                raise
            except ConditionFailed:
                continue
        raise Unavailable("The to-do was completed and reopened all the while.")

    @classmethod
    def put(
        cls, owner: str, todo_id: str, values: Values, *, expect: int | None = None, exists: bool | None = None
    ) -> tuple[Self, bool]:
        """Make it of exactly these values, whether or not it is there, or is deleted; (to-do, whether it is new).

        `expect` and `exists` are what has to be true before. Raises VersionConflict, or AlreadyExists if it should
        not exist. A place in the list that is not given stays as it is.
        """
        at = now()
        try:
            todo = cls.change(
                (owner, todo_id), put_actions(values, at), expect=expect, condition=_live(exists), upsert=True, at=at
            )
        except (NotFound, ConditionFailed) as failed:
            item = getattr(failed, "item", None)
            raise AlreadyExists(item) if exists is False else VersionConflict(item) from failed
        return todo, todo.created_at == todo.updated_at

    @classmethod
    def soft_delete(
        cls, owner: str, todo_id: str, *, expect: int | None = None, condition: Condition | None = None
    ) -> Self:
        """Turn it into a tombstone, kept for TOMBSTONE_AGE. Raises NotFound, VersionConflict or ConditionFailed."""
        at = now()
        kept = {"owner", "id", "version", "write_id", "updated_at", "deleted_at", "expires"}
        actions: list[Action] = [
            attribute.remove() for name, attribute in cls.get_attributes().items() if name not in kept
        ]
        actions += [cls.deleted_at.set(at), cls.expires.set(at + TOMBSTONE_AGE)]
        return cls._change_live((owner, todo_id), actions, at, expect, condition)

    @classmethod
    def _change_live(
        cls,
        key: tuple[str, str],
        actions: list[Action],
        at: datetime,
        expect: int | None = None,
        condition: Condition | None = None,
    ) -> Self:
        try:
            return cls.change(key, actions, expect=expect, condition=_all_of([_live(True), condition]), at=at)
        except ConditionFailed as failed:
            if failed.item is not None and "created_at" not in failed.item:
                raise NotFound(f"{key[1]} is deleted") from failed
            raise


class Upload(Model):
    """What has to be known of an upload: which to-dos may show it, and which news of it is the last.

    Its row lies beside its owner's to-dos, in no index. `version` counts every touch of the row; `sequencer` is S3's
    mark of the content that the news was about: of two, the greater is the newer.
    """

    class Meta:
        table_name = table("todos")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    todos = UnicodeSetAttribute(null=True)
    version = NumberAttribute(default=0)
    sequencer = UnicodeAttribute(null=True)

    @classmethod
    def claim(cls, owner: str, upload_id: str, todo_id: str) -> Self:
        """Write down that a to-do is going to show it. Raises ConditionFailed beyond MAX_TODOS_OF_UPLOAD."""
        names = size(cls.todos)  # type: ignore[no-untyped-call]
        room = cls.todos.does_not_exist() | (names < MAX_TODOS_OF_UPLOAD) | cls.todos.contains(todo_id)
        return cls._touch(owner, upload_id, [cls.todos.add({todo_id})], room)

    @classmethod
    def note(cls, owner: str, upload_id: str, sequencer: str) -> Self:
        """News has come. Raises ConditionFailed if it is older than what is known, or no to-do shows the upload."""
        news = cls.todos.exists() & (cls.sequencer.does_not_exist() | (cls.sequencer <= sequencer))
        return cls._touch(owner, upload_id, [cls.sequencer.set(sequencer)], news)

    def drop(self, todos: set[str]) -> None:
        """No longer name these to-dos, unless somebody has touched the row: who did so may be about to need it."""
        if not todos:
            return
        with suppress(ConditionFailed):
            if todos == self.todos:
                self.write("DeleteItem", (self.owner, self.id), condition=self.is_untouched())
            else:
                self.write(
                    "UpdateItem",
                    (self.owner, self.id),
                    actions=[Upload.todos.delete(todos), Upload.version.add(1)],
                    condition=self.is_untouched(),
                )

    def is_untouched(self) -> Condition:
        """Holds while the row is as it was read."""
        same: Condition = Upload.version == self.version
        return same

    @classmethod
    def _touch(cls, owner: str, upload_id: str, actions: list[Action], condition: Condition) -> Self:
        key = (owner, f"upload#{upload_id}")
        answer = cls.write(
            "UpdateItem",
            key,
            actions=[*actions, cls.version.add(1)],
            condition=condition,
            return_values="ALL_NEW",
        )
        return cls.from_raw_data(answer["Attributes"])


def is_tombstone(raw: RawItem) -> bool:
    """Whether a raw to-do is deleted."""
    return "S" in raw.get("deleted_at", ())


# Field of the API -> attribute: what is stored as it is given.
_PLAIN = {
    "title": "title",
    "notes": "notes",
    "completed": "completed",
    "priority": "priority",
    "tags": "tags",
    "list": "list_name",
    "attachments": "attachments",
}


def edit_actions(values: Values, at: datetime, *, is_open: bool = False) -> list[Action]:
    """The update that sets these values. `is_open` matters only for a new place without `completed` beside it."""
    actions: list[Action] = [
        getattr(Todo, attribute).set(values[name]) for name, attribute in _PLAIN.items() if name in values
    ]
    if "due" in values:
        actions.append(Todo.due_order.set(due_order(values["due"])))
    if "order" in values:
        actions.append(Todo.order.set(values["order"]))
    if values.get("completed") is True:
        actions += [Todo.completed_at.set(Todo.completed_at | at), Todo.open_order.remove()]
    elif values.get("completed") is False:
        # DynamoDB reads the right-hand side before it changes anything: the order as it was.
        actions += [Todo.completed_at.remove(), Todo.open_order.set(values.get("order", Todo.order))]
    elif is_open and "order" in values:
        actions.append(Todo.open_order.set(values["order"]))
    return actions


def put_actions(values: Values, at: datetime) -> list[Action]:
    """The update that makes a to-do of exactly these values, out of nothing, another state or a tombstone."""
    order = values.get("order", Todo.order | end_of_list(at))
    actions = edit_actions({**values, "order": order}, at)
    return [*actions, Todo.created_at.set(Todo.created_at | at), Todo.deleted_at.remove(), Todo.expires.remove()]


def end_of_list(at: datetime) -> int:
    """The place of what is given none: milliseconds since 1970, so that later ones come later, without a read."""
    return int(at.timestamp() * 1000)


def due_order(due: Due | None) -> str:
    """A due date as text that sorts by time: a day comes after the moments of the same day in UTC."""
    if due is None:
        return UNDATED
    return due_bound(due) if isinstance(due, datetime) else f"{due_bound(due)}~"


def due_bound(due: Due) -> str:
    """Where a range of due dates begins or ends: at the moment, or before everything that is due on the day."""
    return due.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(due, datetime) else due.isoformat()


def is_day(due_order: str) -> bool:
    """Whether a stored due date is a day."""
    return len(due_order) == len("2030-01-31~")


def _due_between(after: Due | None, before: Due | None) -> Condition | None:
    """`after` <= due < `before`; the caller sees to it that the range is not empty, which DynamoDB refuses."""
    if before is None:
        return None if after is None else Todo.due_order.between(due_bound(after), LAST_DUE)
    end = due_bound(before)
    if after is None:
        return Todo.due_order < end
    # DynamoDB includes the end. What sorts right before it: the last character lowered by one, and then anything.
    return Todo.due_order.between(due_bound(after), f"{end[:-1]}{chr(ord(end[-1]) - 1)}~~")


def _live(exists: bool | None) -> Condition | None:
    if exists is None:
        return None
    return Todo.created_at.exists() if exists else Todo.created_at.does_not_exist()


def _all_of(conditions: list[Condition | None]) -> Condition | None:
    whole: Condition | None = None
    for condition in conditions:
        if condition is not None:
            whole = condition if whole is None else whole & condition
    return whole
