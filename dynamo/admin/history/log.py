"""What was changed in the admin, by whom, with the values: Django's LogEntry, kept in DynamoDB.

An entry is written in the same transaction as the change it tells of. It holds the whole item as the change left it
(or, of a deletion, found it) and what the changed attributes were before, so that a history shows differences, an
earlier version can be restored and a deleted item brought back. DynamoDB's TTL removes entries when their time is up.
"""

import base64
import json
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth import get_user_model
from pynamodb.attributes import BinaryAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from dynamo.admin.content_types import content_type
from dynamo.errors import DoesNotExist, RawItem, Unavailable
from dynamo.models import Model, table
from dynamo.queries import Query, dump_cursor, load_cursor

if TYPE_CHECKING:
    from dynamo.admin.rows import Row

# How long an entry is kept: a year for a change, and for a deletion as long as it can be undone.
HISTORY_DAYS, UNDELETE_DAYS = 365, 30
# Room for values in an entry, compressed: an item holds 400 KB, and the rest of the entry needs some.
VALUES_BYTES = 380 * 1024
TITLE_LENGTH = 200
# DynamoDB's notation for an attribute that was not there.
NOTHING = {"NULL": True}


class ByUser(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """What someone did, newest last: "recent actions"."""

    class Meta:
        index_name = "by_user"
        projection = IncludeProjection(["username", "title", "action", "message", "expires"])

    user = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class ByDeleted(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """What of a kind was deleted: only deletions have the attribute."""

    class Meta:
        index_name = "by_deleted"
        projection = IncludeProjection(["user", "username", "title", "action", "message", "expires"])

    deleted = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class Entry(Model):
    """One change. `object` is "<app>.<model>#<primary key>", `at` the time in UTC and a random end."""

    class Meta:
        table_name = table("changes")

    object = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    user = UnicodeAttribute()
    username = UnicodeAttribute()
    title = UnicodeAttribute()
    action = NumberAttribute()
    message = UnicodeAttribute(default="")
    # The version the change made; nothing of a deletion.
    version = NumberAttribute(null=True)
    before = BinaryAttribute(legacy_encoding=False, null=True)
    after = BinaryAttribute(legacy_encoding=False, null=True)
    deleted = UnicodeAttribute(null=True)
    expires = TTLAttribute()

    by_user = ByUser()
    by_deleted = ByDeleted()

    @property
    def time(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.at.partition("~")[0])

    @property
    def pk(self) -> str:
        """The primary key of the row it tells of."""
        return self.object.partition("#")[2]

    @property
    def is_deletion(self) -> bool:
        """Whether it tells of a deletion."""
        return int(self.action) == DELETION

    def log_entry(self) -> LogEntry:
        """Django's own, never saved, for its templates."""
        user_model: Any = get_user_model()
        user = user_model(**{user_model._meta.pk.attname: self.user, user_model.USERNAME_FIELD: self.username})
        return LogEntry(
            action_time=self.time,
            content_type=content_type(self.object.partition("#")[0]),
            user=user,
            object_id=self.pk,
            object_repr=self.title,
            action_flag=int(self.action),
            change_message=self.message or "",
        )


def name_of(row: "Row[Any]") -> str:
    """The `object` of a row's entries."""
    return f"{row._meta.label_lower}#{row.pk}"


@dataclass
class Change:
    """An entry in the making: what a write of one row is to be logged as.

    `write_in` adds it to the transaction of that write. Who writes more than the row's fields, such as computed
    attributes, sets `after` to the whole item first, so that a restored version has them too.
    """

    row: "Row[Any]"
    user: Any
    action: int
    message: str = ""
    after: Any = None
    # Some data must not outlive its row, such as an address someone asked to have removed.
    with_values: bool = True

    def write_in(self, block: TransactWrite) -> None:
        """Add the entry to a transaction."""
        block.save(self.entry())

    def entry(self) -> Entry:
        """The entry, of the row as it is now: before the write, with its changes made."""
        moment = datetime.now(UTC)
        deletion = self.action == DELETION
        days = UNDELETE_DAYS if deletion else HISTORY_DAYS
        entry = Entry(
            name_of(self.row),
            f"{moment.isoformat(timespec='microseconds')}~{uuid.uuid4().hex[:8]}",
            user=str(self.user.pk),
            username=self.user.get_username() or str(self.user.pk),
            title=str(self.row)[:TITLE_LENGTH] or "-",
            action=self.action,
            message=self.message,
            expires=moment + timedelta(days=days),
        )
        if not deletion:
            entry.version = (getattr(self.row, "version", 0) or 0) + (self.action == CHANGE)
        if self.with_values:
            self._add_values(entry)
        return entry

    def _add_values(self, entry: Entry) -> None:
        row, deletion = self.row, self.action == DELETION
        old: RawItem = row.item.serialize() if row.item is not None and self.action != ADDITION else {}
        new: RawItem = old if deletion else (self.after or row.as_item()).serialize()
        changed = [name for name in {**old, **new} if _comparable(old.get(name)) != _comparable(new.get(name))]
        after = pack(new)
        before = None if deletion else pack({name: old.get(name, NOTHING) for name in changed})
        # The newer state counts more: it is what can be restored.
        if len(after) <= VALUES_BYTES:
            entry.after = after
            entry.deleted = row._meta.label_lower if deletion else None
            if before is not None and len(after) + len(before) <= VALUES_BYTES:
                entry.before = before


# --- Reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entries:
    """A page of entries, newest first."""

    found: Sequence[Entry]
    older: str | None


def of_object(name: str, *, limit: int, cursor: str | None = None) -> Entries:
    """The changes of one object. One consistent Query. Raises BadCursor."""
    return _entries(Query(model=Entry, hash_key=name, forward=False, consistent=True), limit, cursor)


def last_change(row: "Row[Any]") -> Entry | None:
    """The change that made a row what it is, if it was made in the admin. One consistent Query."""
    found = of_object(name_of(row), limit=1).found
    return found[0] if found and found[0].version == row.version else None


def of_user(user: str, *, limit: int) -> Sequence[Entry]:
    """What someone did last. One Query."""
    return Query(model=Entry, hash_key=user, index="by_user", forward=False).page(limit).items


def deletions(label: str, *, limit: int, cursor: str | None = None) -> Entries:
    """What was deleted of a kind and can be brought back, without values. One Query. Raises BadCursor."""
    return _entries(Query(model=Entry, hash_key=label, index="by_deleted", forward=False), limit, cursor)


def _entries(listing: Query[Entry], limit: int, cursor: str | None) -> Entries:
    scope = f"{listing.index}:{listing.hash_key}"
    page = listing.page(limit, load_cursor(cursor, scope) if cursor else None)
    found = [entry for entry in page.items if not entry.is_expired()]
    return Entries(found, dump_cursor(page.next_key, scope) if page.next_key else None)


def fetch(name: str, at: str) -> Entry:
    """One entry, with its values. Raises DoesNotExist."""
    if not name or not 0 < len(at.encode()) <= 64:
        raise DoesNotExist("no such entry")
    return Entry.fetch((name, at))


class RecentActions:
    """What Django's template tag {% get_admin_log %} asks of LogEntry's manager: one user's entries, and a slice."""

    def __init__(self, user: str | None = None) -> None:
        self.user = user

    def filter(self, user__pk: object) -> Self:
        """Only what this user did."""
        return type(self)(str(user__pk))

    def __getitem__(self, chosen: slice) -> list[LogEntry]:
        if self.user is None:
            return []
        try:
            found = of_user(self.user, limit=chosen.stop)
        except Unavailable:
            # The index page has more to offer than this.
            return []
        return [entry.log_entry() for entry in found if not entry.is_expired()]


# --- Values -------------------------------------------------------------------------------------------------------


def pack(raw: RawItem) -> bytes:
    """An item as DynamoDB writes it, small."""
    return zlib.compress(json.dumps(raw, default=_jsonable, separators=(",", ":")).encode())


def unpack(packed: bytes | None) -> dict[str, Any]:
    """The item again; nothing of nothing."""
    if packed is None:
        return {}
    found: dict[str, Any] = json.loads(zlib.decompress(packed), object_hook=_with_bytes)
    return found


def _comparable(value: Mapping[str, Any] | None) -> Any:
    """The same for the same set, which may be written in any order."""
    return {kind: sorted(held) if kind in ("SS", "NS", "BS") else held for kind, held in (value or {}).items()}


def _jsonable(value: object) -> Any:
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    raise TypeError(f"DynamoDB's notation has no {type(value).__name__}.")


def _with_bytes(held: dict[str, Any]) -> Any:
    return base64.b64decode(held["__bytes__"]) if held.keys() == {"__bytes__"} else held
