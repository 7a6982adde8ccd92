"""To-dos. One owner's rows lie together; two indexes have them by place and by change (docs/adr/0001, 0026).

A live to-do has `created_at`; a deleted one is a tombstone without it, which only the index by change still holds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypedDict, Unpack, cast

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from dynamo.models import all_of, now, table
from dynamo.queries import Query
from todos.attachments import Attachment
from todos.due import LAST_DUE, Due, due_bound, due_order, read_due
from todos.rows import TOMBSTONE_AGE, Before, ByChanged, ByOrder, OwnedRow

INBOX = "inbox"  # the list of what is on no other

# What a double, and so every JSON client, holds exactly.
LAST_ORDER = 2**53 - 1


class PlainValues(TypedDict, total=False):
    """What is stored as it is given."""

    title: str
    notes: str
    completed: bool
    repeat: str
    remind: int | None
    priority: int
    tags: Sequence[str]
    list: str
    attachments: Sequence[Any]  # ids as they are sent, then what is shown of them


class Values(PlainValues, total=False):
    """What a write says of a to-do; an edit leaves what is missing as it is."""

    due: Due | None
    order: Any  # a number, or DynamoDB's expression of one
    request_digest: str
    created_at: datetime
    completed_at: datetime  # of what was done elsewhere; without it, now


# Field of the API -> attribute.
_PLAIN = {**{name: name for name in PlainValues.__annotations__}, "list": "list_name"}


class Todo(OwnedRow):
    """A to-do, or the tombstone of one."""

    class Meta:
        table_name = table("todos")

    title = UnicodeAttribute(null=True)
    # Rows that are older than a field have its default, which is the API's, too.
    notes = UnicodeAttribute(null=True, default="")
    # Of the body it was made of, if that came with an Idempotency-Key.
    request_digest = UnicodeAttribute(null=True)
    completed = BooleanAttribute(null=True, default=False)
    completed_at = UTCDateTimeAttribute(null=True)
    due_order = UnicodeAttribute(null=True)
    repeat = UnicodeAttribute(null=True, default="")
    remind = NumberAttribute(null=True)
    priority = NumberAttribute(null=True, default=0)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True, default=list)
    order = NumberAttribute(null=True)
    list_name = UnicodeAttribute(attr_name="list", null=True, default=INBOX)
    attachments: ListAttribute[Attachment] = ListAttribute(of=Attachment, null=True, default=list)
    # The version at which it is what completing the one before made of it, save for what became of its files.
    as_made = NumberAttribute(null=True)
    # Of a to-do in the bin: what it had under the names that indexes know.
    kept_order = NumberAttribute(null=True)
    kept_due = UnicodeAttribute(null=True)
    kept_created = UTCDateTimeAttribute(null=True)

    by_order, by_changed = ByOrder(), ByChanged()

    @property
    def due(self) -> Due | None:
        """The day it is due, or the moment, in UTC."""
        return read_due(self.due_order)

    @property
    def values_in_bin(self) -> Values | None:
        """What it is brought back with, attachments as ids; None if there is nothing but that it was."""
        if "kept_created" not in self.attribute_values:
            return None
        return {
            **self._plain(),
            "order": self.kept_order,
            "due": read_due(self.kept_due),
            "created_at": self.kept_created,
            "attachments": [shown.id for shown in self.attachments or ()],
        }

    @property
    def values(self) -> Values:
        """All that people gave it, attachments as they are shown."""
        return {**self._plain(), "due": self.due, "order": self.order}

    def _plain(self) -> Values:
        # _PLAIN has its names.
        return cast(Values, {name: getattr(self, attribute) for name, attribute in _PLAIN.items()})

    @property
    def is_deleted(self) -> bool:
        """Whether this is a tombstone."""
        return self.deleted_at is not None

    # --- Questions, each one Query or GetItem ---------------------------------------------------------------------

    @classmethod
    def find(cls, owner: str, todo_id: str) -> Self:
        """The live to-do. Raises DoesNotExist."""
        return cls.from_raw_data(dict(cls.fetch_live(owner, todo_id)))

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
        consistent: bool = True,
    ) -> Query[Self]:
        """Live to-dos by `sort`: order, due or created. `due_after` is included, `due_before` is not.

        By order without a filter a page is read and nothing else. DynamoDB filters as it reads; by due or created, all
        of the owner's are read and sorted here. Without `consistent`, the last second's writes may be missing.
        """
        filters = all_of(
            None if completed is None else cls.completed == completed,
            None if list_name is None else cls.list_name == list_name,
            None if tag is None else cls.tags.contains(tag),
            _due_between(due_after, due_before),
        )
        return Query(
            model=cls,
            hash_key=owner,
            index="by_order",
            filter=filters,
            sort_by=_SORTED_HERE.get(sort),
            forward=not descending,
            consistent=consistent,
        )

    @classmethod
    def each_of(cls, owner: str, *, completed: bool | None = None, list_name: str | None = None) -> Query[Self]:
        """Live to-dos by id: none that moves meanwhile is missed, or met twice. It reads the bin, too."""
        filters = all_of(
            cls.created_at.exists(),
            None if completed is None else cls.completed == completed,
            None if list_name is None else cls.list_name == list_name,
        )
        return Query(model=cls, hash_key=owner, filter=filters, consistent=True)

    @classmethod
    def changed_since(cls, owner: str, moment: datetime | None, *, lists: bool = False) -> Query[Self]:
        """What changed after `moment`, oldest first, tombstones too; without one, what is live or, with lists, all.

        Always consistent: a cursor goes past what an answer left out, so that would be lost.
        """
        return Query(
            model=cls,
            hash_key=owner,
            index="by_order" if moment is None and not lists else "by_changed",
            range=None if moment is None else cls.updated_at > moment,
            consistent=True,
        )

    @classmethod
    def in_bin(cls, owner: str) -> Query[Self]:
        """What was deleted within TOMBSTONE_AGE and can be brought back, the last first."""
        return Query(
            model=cls,
            hash_key=owner,
            index="by_changed",
            filter=cls.kept_created.exists() & (cls.expires > now()),
            forward=False,
            consistent=True,
        )

    # --- Changes, each one conditional write ----------------------------------------------------------------------

    @classmethod
    def new(cls, owner: str, todo_id: str, values: Values) -> Self:
        """A to-do of these values, of which none is left out, not yet written."""
        at = now()
        return cls.made_of(
            {
                "owner": owner,
                "id": todo_id,
                **_stored(values),
                "request_digest": values.get("request_digest"),
                "due_order": due_order(values["due"]),
                "order": values["order"],
                "completed_at": at if values["completed"] else None,
                "created_at": at,
                "version": 1,
            }
        )

    @classmethod
    def edit(
        cls, owner: str, todo_id: str, values: Values, *, expect: int | None = None, condition: Condition | None = None
    ) -> Self:
        """Change these values and no others. Raises DoesNotExist, VersionConflict, or ConditionFailed."""
        at = now()
        return cls.change_live((owner, todo_id), edit_actions(values, at), at, expect, condition)

    @classmethod
    def put(cls, owner: str, todo_id: str, values: Values, **before: Unpack[Before]) -> tuple[Self, bool]:
        """Make it of exactly these values, as `make` does: a place not given stays, so what may be new needs one.

        Raises what `make` does.
        """
        at = now()
        return cls.make((owner, todo_id), put_actions(values, at), at, **before)

    @classmethod
    def soft_delete(
        cls, owner: str, todo_id: str, *, expect: int | None = None, condition: Condition | None = None
    ) -> Self:
        """Put it into the bin, out of every list: a tombstone for delta sync, for TOMBSTONE_AGE.

        Raises DoesNotExist, VersionConflict or ConditionFailed.
        """
        at = now()
        return cls.change_live((owner, todo_id), delete_actions(at), at, expect, condition)

    def purge(self) -> None:
        """Leave nothing of what is in the bin but that it was. Raises VersionConflict if it came back meanwhile."""
        stays = {"owner", "id", "version", "write_id", "updated_at", "deleted_at", "expires"}
        actions: list[Action] = [
            attribute.remove() for name, attribute in self.get_attributes().items() if name not in stays
        ]
        type(self).change((self.owner, self.id), actions, expect=int(self.version))


# Orders without an index, and what they sort by.
_SORTED_HERE = {"due": "due_order", "created": "created_at"}

# What lists sort by -> where it is kept in the bin.
_KEPT = {"order": "kept_order", "due_order": "kept_due", "created_at": "kept_created"}


def _stored(values: Mapping[str, object]) -> dict[str, Any]:
    return {attribute: values[name] for name, attribute in _PLAIN.items() if name in values}


def edit_actions(values: Values, at: datetime) -> list[Action]:
    """The update that sets these values."""
    named = ((getattr(Todo, name), value) for name, value in _stored(values).items())
    # None is kept as nothing, as a new row has it.
    actions: list[Action] = [
        attribute.remove() if value is None else attribute.set(value) for attribute, value in named
    ]
    if "request_digest" in values:
        actions.append(Todo.request_digest.set(values["request_digest"]))
    if "due" in values:
        actions.append(Todo.due_order.set(due_order(values["due"])))
    if "order" in values:
        actions.append(Todo.order.set(values["order"]))
    if values.get("completed") is True:
        actions.append(Todo.completed_at.set(values.get("completed_at", Todo.completed_at | at)))
    elif values.get("completed") is False:
        actions.append(Todo.completed_at.remove())
    return actions


def put_actions(values: Values, at: datetime) -> list[Action]:
    """The update that makes a to-do of exactly these values, out of nothing, another state or a tombstone."""
    actions = edit_actions({"order": Todo.order, **values}, at)
    gone = [Todo.deleted_at, Todo.expires, *(getattr(Todo, kept) for kept in _KEPT.values())]
    return [
        *actions,
        Todo.created_at.set(Todo.created_at | values.get("created_at", at)),
        *(attribute.remove() for attribute in gone),
    ]


def delete_actions(at: datetime) -> list[Action]:
    """The update that puts a to-do into the bin."""
    actions: list[Action] = [getattr(Todo, kept).set(getattr(Todo, name)) for name, kept in _KEPT.items()]
    actions += [getattr(Todo, name).remove() for name in _KEPT]
    return [*actions, Todo.deleted_at.set(at), Todo.expires.set(at + TOMBSTONE_AGE)]


def _due_between(after: Due | None, before: Due | None) -> Condition | None:
    """`after` <= due < `before`; the caller sees to it that the range is not empty, which DynamoDB refuses."""
    if before is None:
        return None if after is None else Todo.due_order.between(due_bound(after), LAST_DUE)
    end = due_bound(before)
    if after is None:
        return Todo.due_order < end
    # DynamoDB includes the end. What sorts right before it: the last character lowered by one, and then anything.
    return Todo.due_order.between(due_bound(after), f"{end[:-1]}{chr(ord(end[-1]) - 1)}~~")
