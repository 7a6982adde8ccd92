"""Lists: what their owner says of them. To-dos refer to a list by its id, so renaming is one write (docs/adr/0019)."""

from contextlib import suppress
from typing import Any, Self, TypedDict, Unpack

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from dynamo.errors import ConditionFailed, DoesNotExist, RawItem
from dynamo.models import now, table
from dynamo.queries import Query
from todos.models import LAST_ORDER
from todos.rows import TOMBSTONE_AGE, Before, OwnedRow

COLORS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")
PREFIX = "list#"


class ListValues(TypedDict, total=False):
    """What a write says of a list; an edit leaves what is missing as it is."""

    name: str
    color: str | None
    order: Any  # a number, or DynamoDB's expression of one


class ListRow(OwnedRow):
    """A list, or one deleted within TOMBSTONE_AGE, beside its owner's to-dos.

    Of the indexes only `by_changed` holds it, for delta sync: it has no attribute that another one sorts by, so
    `created_at` is never set, and the place is not called `order`.
    """

    class Meta:
        table_name = table("todos")

    LIVE = "made_at"

    name = UnicodeAttribute()
    color = UnicodeAttribute(null=True)
    place = NumberAttribute()
    made_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def find_raw(cls, owner: str, list_id: str) -> RawItem:
        """The list as DynamoDB writes it. Raises DoesNotExist."""
        return cls.fetch_live(*_key(owner, list_id))

    @classmethod
    def for_owner(cls, owner: str) -> Query[Self]:
        """The owner's lists by id."""
        begins: Condition = cls.id.startswith(PREFIX)
        return Query(model=cls, hash_key=owner, range=begins, filter=cls.deleted_at.does_not_exist(), consistent=True)

    @classmethod
    def put(cls, owner: str, list_id: str, values: ListValues, **before: Unpack[Before]) -> tuple[Self, bool]:
        """Make it of exactly these values, as `make` does, also if it is deleted. A place not given stays."""
        order = values["order"] if "order" in values else cls.place | cls._end_of(owner)
        at = now()  # a write is done 5 s after its time at most: todos/sync.py
        actions = [*_actions({**values, "order": order}), cls.made_at.set(cls.made_at | at)]
        return cls.make(_key(owner, list_id), [*actions, cls.deleted_at.remove(), cls.expires.remove()], at, **before)

    @classmethod
    def _end_of(cls, owner: str) -> float:
        """A place behind all of the owner's lists."""
        return min(LAST_ORDER, 1 + max((int(row.place) for row in cls.for_owner(owner).all()), default=0))

    @classmethod
    def edit(cls, owner: str, list_id: str, values: ListValues, *, expect: int | None = None) -> Self:
        """Change these values and no others. Raises DoesNotExist or VersionConflict."""
        return cls.change_live(_key(owner, list_id), _actions(values), now(), expect)

    @classmethod
    def soft_delete(cls, owner: str, list_id: str, *, expect: int | None = None) -> None:
        """Leave it for delta sync alone, for TOMBSTONE_AGE. Raises DoesNotExist or VersionConflict."""
        at = now()
        actions: list[Action] = [cls.deleted_at.set(at), cls.expires.set(at + TOMBSTONE_AGE), cls.made_at.remove()]
        cls.change_live(_key(owner, list_id), actions, at, expect)

    @classmethod
    def revive(cls, owner: str, list_id: str) -> None:
        """Bring it back if it is deleted."""
        at = now()
        actions = [cls.deleted_at.remove(), cls.expires.remove(), cls.made_at.set(at)]
        with suppress(DoesNotExist, ConditionFailed):
            cls.change(_key(owner, list_id), actions, condition=cls.is_live(False), at=at)


def is_list(raw: RawItem) -> bool:
    """Whether a raw row of the table is a list."""
    return bool(raw["id"]["S"].startswith(PREFIX))


def _key(owner: str, list_id: str) -> tuple[str, str]:
    return owner, f"{PREFIX}{list_id}"


def _actions(values: ListValues) -> list[Action]:
    attributes = {"name": "name", "color": "color", "order": "place"}
    return [getattr(ListRow, attributes[name]).set(value) for name, value in values.items()]
