"""The base of every model: a PynamoDB model with versions, timestamps and writes that survive a lost answer.

note = Note("ann", "1", text="Hello").create()
note = Note.change(("ann", "1"), [Note.text.set("Bye")], expect=note.version)
Note.remove(("ann", "1"), expect=note.version)
"""

import operator
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Self

import pynamodb.models
from django.conf import settings
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.connection import TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.constants import ATTR_DEFINITIONS, GLOBAL_SECONDARY_INDEXES, LOCAL_SECONDARY_INDEXES
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from dynamo.connection import SharedConnection, shared
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist, RawItem, VersionConflict
from dynamo.writing import Raw, item_writer

Key = tuple[Any, ...]


def table(name: str) -> str:
    """The table's full name in this stage."""
    return f"{settings.DYNAMO['TABLE_PREFIX']}{name}"


def now() -> datetime:
    """The current time in UTC, with microseconds as DynamoDB keeps them."""
    return datetime.now(UTC)


class Model(pynamodb.models.Model):
    """A PynamoDB model on the shared connection: use it for rows without a version, such as counters."""

    _raw: RawItem | None = None

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # Each PynamoDB model makes a client of its own, which is slow: all share one here.
        own = super()._get_connection()
        connection = shared()
        if own.connection is not connection:
            _describe_table(connection, own.get_meta_table())
            own.connection = connection
        return own

    @classmethod
    def made_of(cls, values: dict[str, Any]) -> Self:
        """An object of just these values, of attributes' names in Python, without defaults.

        PynamoDB, which sets one after the other, takes longer than all else that a new row needs of the processor.
        """
        made = cls.__new__(cls)
        made.attribute_values = values
        return made

    @classmethod
    def fetch(cls, key: Key, *, consistent: bool = True) -> Self:
        """One GetItem. Raises DoesNotExist, also for a row whose TTL has passed: DynamoDB deletes those days later."""
        return cls.from_raw_data(dict(cls.fetch_raw(key, consistent=consistent)))

    @classmethod
    def fetch_or_none(cls, key: Key) -> Self | None:
        """The same, None for what is not there."""
        try:
            return cls.fetch(key)
        except DoesNotExist:
            return None

    @classmethod
    def fetch_raw(cls, key: Key, *, consistent: bool = True) -> RawItem:
        """What `fetch` makes an object of; making the object is the slowest part of showing an item.

        Raises DoesNotExist.
        """
        arguments = {"TableName": cls.Meta.table_name, "Key": cls.raw_key(key), "ConsistentRead": consistent}
        raw: RawItem | None = shared().dispatch("GetItem", arguments).get("Item")
        if not raw:
            raise DoesNotExist(f"no {cls.__name__} {key}")
        if has_expired(raw):
            raise DoesNotExist(f"{cls.__name__} {key} has expired")
        return raw

    @classmethod
    def key_names(cls) -> list[str]:
        """The hash key's name and, if there is one, the range key's, in Python."""
        return [name for name in (cls._hash_keyname, cls._range_keyname) if name]

    @classmethod
    def raw_key(cls, key: Key) -> Raw:
        """A key in DynamoDB's notation. Raises ValueError unless it has all its parts."""
        parts = [cls.get_attributes()[name] for name in cls.key_names()]
        return {part.attr_name: {part.attr_type: part.serialize(value)} for part, value in zip(parts, key, strict=True)}

    def serialize(self, null_check: bool = True) -> Raw:
        """The item of this object."""
        return item_writer(type(self))(self.attribute_values) if null_check else super().serialize(null_check)

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The object of a raw item."""
        item = super().from_raw_data(data)
        item._raw = data
        return item

    @property
    def raw(self) -> RawItem:
        """The item as it was read or written, in DynamoDB's notation, to be shown. Not for an object changed since."""
        return self._raw if self._raw is not None else self.serialize()

    def is_expired(self) -> bool:
        """Whether the row's TTL, its attribute `expires`, has passed."""
        expires: datetime | None = getattr(self, "expires", None)
        return expires is not None and expires.timestamp() <= time.time()

    @classmethod
    def _hash_attribute(cls) -> Attribute[Any]:
        return cls.get_attributes()[cls.key_names()[0]]

    @classmethod
    def write(cls, operation: str, at: Key, /, **arguments: Any) -> dict[str, Any]:
        """One conditional PutItem, UpdateItem or DeleteItem. Raises ConditionFailed holding the item as it is."""
        hash_key, range_key = cls._serialize_keys(*at)
        kwargs = cls._get_connection().get_operation_kwargs(
            hash_key, range_key, return_values_on_condition_failure="ALL_OLD", **arguments
        )
        return shared().dispatch(operation, kwargs)


class VersionedModel(Model):
    """A row that people change: it has a version, which is its ETag, and knows when it was made and changed.

    Every write carries a random `write_id`. When an answer is lost, the repeated request finds the condition broken
    by its own first copy; the id tells that from another's write, so a success is never reported as a conflict.
    """

    version = NumberAttribute(default=1)
    write_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)

    def create(self) -> Self:
        """One conditional PutItem. Raises AlreadyExists with the item in the way."""
        write_id, created = uuid.uuid4().hex, self.created_at or now()
        stamps = {"created_at": created, "updated_at": self.updated_at or created}
        self.attribute_values |= {"version": 1, "write_id": write_id, **stamps}
        self._raw = self.serialize()
        arguments = {
            "TableName": self.Meta.table_name,
            "Item": self._raw,
            "ConditionExpression": "attribute_not_exists (#0)",
            "ExpressionAttributeNames": {"#0": self._hash_attribute().attr_name},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            shared().dispatch("PutItem", arguments)
        except ConditionFailed as failed:
            if not _is_own_write(failed.item, write_id):
                raise AlreadyExists(failed.item) from failed
        return self

    @classmethod
    def change(
        cls,
        key: Key,
        actions: Sequence[Action],
        *,
        expect: int | None = None,
        condition: Condition | None = None,
        upsert: bool = False,
        at: datetime | None = None,
    ) -> Self:
        """One conditional UpdateItem; returns the item as it became, at its next version.

        `expect` is the version the writer saw; without it the last writer wins, attribute by attribute. `upsert`
        makes the item if it is missing. Raises DoesNotExist, VersionConflict, or ConditionFailed for `condition`.
        """
        write_id = uuid.uuid4().hex
        try:
            answer = cls.write(
                "UpdateItem",
                key,
                actions=[*actions, *cls.stamps(write_id, at or now())],
                condition=cls._all_of(expect, condition, exists=not upsert),
                return_values="ALL_NEW",
            )
        except ConditionFailed as failed:
            if _is_own_write(failed.item, write_id):
                return cls.from_raw_data(dict(failed.item or {}))
            raise cls._why(failed, expect) from failed
        return cls.from_raw_data(answer["Attributes"])

    @classmethod
    def stamps(cls, write_id: str, at: datetime) -> list[Action]:
        """What every change carries: the next version, the write's id, the time. For a change inside a transaction."""
        return [cls.version.add(1), cls.write_id.set(write_id), cls.updated_at.set(at)]

    @classmethod
    def remove(cls, key: Key, *, expect: int | None = None, condition: Condition | None = None) -> Self | None:
        """One conditional DeleteItem; returns what was there, or None when a lost answer had already removed it.

        Raises DoesNotExist, VersionConflict, or ConditionFailed for `condition`.
        """
        try:
            answer = cls.write(
                "DeleteItem", key, condition=cls._all_of(expect, condition, exists=True), return_values="ALL_OLD"
            )
        except ConditionFailed as failed:
            if failed.item is None and failed.retried:
                return None
            raise cls._why(failed, expect) from failed
        return cls.from_raw_data(answer["Attributes"])

    def key(self) -> Key:
        """The values of the hash key and, if there is one, the range key."""
        return tuple(getattr(self, name) for name in self.key_names())

    @classmethod
    def _all_of(cls, expect: int | None, condition: Condition | None, *, exists: bool) -> Condition | None:
        is_there = cls._hash_attribute().exists() if exists else None
        return all_of(is_there, None if expect is None else cls.version == expect, condition)

    @classmethod
    def _why(cls, failed: ConditionFailed, expect: int | None) -> Exception:
        if failed.item is None:
            return DoesNotExist(f"no such {cls.__name__}")
        if expect is not None and int(failed.item["version"]["N"]) != expect:
            return VersionConflict(failed.item)
        return ConditionFailed(failed.item)


def all_of(*conditions: Condition | None) -> Condition | None:
    """All but None; None if there are no others."""
    found = [each for each in conditions if each is not None]
    return reduce(operator.and_, found) if found else None


def has_expired(raw: RawItem) -> bool:
    """Whether the TTL of a row, its attribute `expires`, has passed: DynamoDB may take days to remove it."""
    return "N" in raw.get("expires", ()) and float(raw["expires"]["N"]) <= time.time()


def _describe_table(connection: SharedConnection, meta: MetaTable) -> None:
    """Tell the connection a table's keys and indexes. Several models may share a table, each knowing some indexes."""
    known = connection._tables.setdefault(meta.table_name, meta)
    for part in (ATTR_DEFINITIONS, GLOBAL_SECONDARY_INDEXES, LOCAL_SECONDARY_INDEXES):
        known.data[part] += [entry for entry in meta.data[part] if entry not in known.data[part]]


def _is_own_write(item: RawItem | None, write_id: str) -> bool:
    return item is not None and item.get("write_id", {}).get("S") == write_id
