"""What to-dos and lists have in common: an owner, tombstones, and indexes of their table (docs/adr/0026)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self, TypedDict

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist, RawItem, VersionConflict
from dynamo.models import VersionedModel, all_of

# Long enough for a phone left in a drawer over the holidays; then it syncs anew.
TOMBSTONE_AGE = timedelta(days=30)


class ByOrder(LocalSecondaryIndex[VersionedModel]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """All of them, in the order their owner gave them."""

    class Meta:
        index_name, projection = "by_order", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    order = NumberAttribute(range_key=True)


class ByChanged(LocalSecondaryIndex[VersionedModel]):  # type: ignore[no-untyped-call]
    """All of them and the tombstones, by when they last changed."""

    class Meta:
        index_name, projection = "by_changed", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class Before(TypedDict, total=False):
    """What has to be true before `OwnedRow.make`."""

    expect: int | None
    exists: bool | None
    condition: Condition | None


class OwnedRow(VersionedModel):
    """A row beside its owner's others. A deleted one is a tombstone for delta sync, for TOMBSTONE_AGE.

    LIVE is the attribute that live rows have, and tombstones do not.
    """

    LIVE = "created_at"

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    deleted_at = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute(null=True)

    @classmethod
    def fetch_live(cls, owner: str, row_id: str) -> RawItem:
        """The row as DynamoDB writes it. Raises DoesNotExist."""
        raw = cls.fetch_raw((owner, row_id))
        if is_tombstone(raw):
            raise DoesNotExist(f"{row_id} is deleted")
        return raw

    @classmethod
    def is_live(cls, exists: bool | None = True) -> Condition | None:
        """Holds for a live row, or where there is none; None asks nothing."""
        live = getattr(cls, cls.LIVE)
        return None if exists is None else live.exists() if exists else live.does_not_exist()

    @classmethod
    def make(
        cls,
        key: tuple[str, str],
        actions: Sequence[Action],
        at: datetime,
        *,
        expect: int | None = None,
        exists: bool | None = None,
        condition: Condition | None = None,
    ) -> tuple[Self, bool]:
        """Write it whether or not it is there, or is deleted; (row, whether it is new).

        `expect`, `exists` and `condition` are what has to be true before. Raises VersionConflict, or AlreadyExists if
        it should not exist.
        """
        whole = all_of(cls.is_live(exists), condition)
        try:
            row = cls.change(key, actions, expect=expect, condition=whole, upsert=True, at=at)
        except (DoesNotExist, ConditionFailed) as failed:
            item = getattr(failed, "item", None)
            raise AlreadyExists(item) if exists is False else VersionConflict(item) from failed
        return row, getattr(row, cls.LIVE) == row.updated_at

    @classmethod
    def change_live(
        cls,
        key: tuple[str, str],
        actions: Sequence[Action],
        at: datetime,
        expect: int | None = None,
        condition: Condition | None = None,
    ) -> Self:
        """Change a live row. Raises DoesNotExist, VersionConflict, or ConditionFailed for `condition`."""
        try:
            return cls.change(key, actions, expect=expect, condition=all_of(cls.is_live(), condition), at=at)
        except ConditionFailed as failed:
            if failed.item is not None and cls.LIVE not in failed.item:
                raise DoesNotExist(f"{key[1]} is deleted") from failed
            raise


def is_tombstone(raw: RawItem) -> bool:
    """Whether a raw to-do is deleted."""
    return "S" in raw.get("deleted_at", ())
