"""Uploads: what a user asked to put into S3, and what became of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex

from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.ids import new_id
from dynamo.models import VersionedModel, now, table
from dynamo.queries import Query
from media.keys import ObjectKey, Visibility, new_key
from media.thumbnails import ALIASES, CONTENT_TYPES, MAX_BYTES, MAX_FILE_BYTES

# The largest file of each type that renditions are made of, in bytes: what media/thumbnails.py can read.
PICTURE_SIZES = {kind: MAX_BYTES.get(name, MAX_FILE_BYTES) for name, kind in CONTENT_TYPES.items()}
PICTURE_SIZES |= {alias: PICTURE_SIZES[kind] for alias, kind in ALIASES.items()}
# Of any other, which is kept as it is.
MAX_OTHER_BYTES = 100_000_000
# What every public upload stands on, and no private one.
SHELF = "public"
# How long an upload that nobody makes is remembered.
WAITING_TIME = timedelta(days=1)


class Status(StrEnum):
    WAITING = "waiting"  # for its file
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"  # `reason` says why


class StoredFile(NamedTuple):
    """One version of an object in S3. `sequencer` puts the versions of a key in order: see `comparable`."""

    object_key: ObjectKey
    sequencer: str
    version: str
    size: int
    content_type: str


class UploadOutcome(NamedTuple):
    status: Status
    content_type: str
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    renditions: Sequence["StoredRendition"] = ()


class StoredRendition(MapAttribute[str, object]):
    """A picture at most `size` pixels wide and high; `webp` and `jpeg` are keys in the thumbnails bucket."""

    size = NumberAttribute()
    width = NumberAttribute()
    height = NumberAttribute()
    webp = UnicodeAttribute()
    jpeg = UnicodeAttribute()


class ByCreated(LocalSecondaryIndex["Upload"]):  # type: ignore[no-untyped-call]  # by PynamoDB
    """One owner's uploads by age."""

    class Meta:
        index_name = "by_created"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ByShelf(GlobalSecondaryIndex["Upload"]):  # type: ignore[no-untyped-call]
    """What editors have published, all owners together, by age; private files are not in it."""

    class Meta:
        index_name = "by_shelf"
        projection = IncludeProjection(
            [
                "name",
                "content_type",
                "size",
                "status",
                "reason",
                "width",
                "height",
                "renditions",
                "object_key",
                "version",
            ]
        )

    shelf = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Superseded(Exception):
    """A later version of the file, or this one, has been dealt with already: `upload` is what is there."""

    def __init__(self, upload: "Upload") -> None:
        super().__init__(f"{upload.object_key} is at {upload.sequencer}")
        self.upload = upload


class Upload(VersionedModel):
    """A file of one user. The events of its key carry sequencers, and only a later one changes it."""

    class Meta:
        table_name = table("uploads")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    by_created, by_shelf = ByCreated(), ByShelf()
    shelf = UnicodeAttribute(null=True)
    object_key = UnicodeAttribute()
    object_version = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    visibility = UnicodeAttribute()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    renditions = ListAttribute(of=StoredRendition, null=True)
    # How often drawing it has begun and not ended.
    attempts = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)

    @classmethod
    def for_owner(cls, owner: str) -> Query[Self]:
        """One user's uploads, newest first."""
        return Query(model=cls, hash_key=owner, index="by_created", forward=False, consistent=True)

    @classmethod
    def waiting_for(cls, *, owner: str, name: str, content_type: str, size: int, visibility: Visibility) -> Self:
        """A new upload, not written yet."""
        upload_id = new_id()
        return cls(
            owner,
            upload_id,
            object_key=new_key(owner=owner, visibility=visibility, upload_id=upload_id, name=name),
            name=name,
            content_type=content_type,
            size=size,
            visibility=visibility,
            shelf=SHELF if visibility is Visibility.PUBLIC else None,
            status=Status.WAITING,
            expires=datetime.now(UTC) + WAITING_TIME,
        )

    @classmethod
    def begin(cls, file: StoredFile) -> Self:
        """A file has come: its upload, now processing; made if nobody asked for it, or asked too long ago.

        One UpdateItem, two if another file has the id its key speaks of. Raises Superseded.
        """
        object_key = file.object_key
        actions = [
            cls.object_key.set(object_key.key),
            cls.name.set(cls.name | object_key.name),
            cls.created_at.set(cls.created_at | now()),
            cls.visibility.set(object_key.visibility),
            cls.shelf.set(SHELF) if object_key.visibility is Visibility.PUBLIC else cls.shelf.remove(),
            cls.status.set(Status.PROCESSING),
            cls.content_type.set(cls.content_type | file.content_type),
            cls.size.set(cls.size | file.size),
            cls.object_version.set(file.version),
            cls.attempts.add(1),
            cls.expires.remove(),
        ]
        for id_ in object_key.ids:
            try:
                return cls.change((object_key.owner, id_), actions, condition=cls._is_later(file), upsert=True)
            except ConditionFailed as failed:
                found = cls.from_raw_data(dict(failed.item or {}))
                if found.object_key == object_key.key:
                    raise Superseded(found) from failed
        # Only if the owner has named a folder after the id that this file was to get.
        raise LookupError(f"every id of {object_key.key} is taken")

    def finish(self, file: StoredFile, outcome: UploadOutcome) -> Self:
        """All that is known of the file, in one UpdateItem. Raises Superseded, DoesNotExist if the upload is gone."""
        cls = type(self)
        known = {
            **outcome._asdict(),
            "renditions": list(outcome.renditions),
            "size": file.size,
            "object_version": file.version,
            "sequencer": file.sequencer,
            "attempts": 0,
        }
        attributes = ((getattr(cls, name), value) for name, value in known.items())
        return self._settle(file, [one.remove() if value is None else one.set(value) for one, value in attributes])

    def reset_attempts(self, file: StoredFile) -> None:
        """Forget the attempts: something else than the file was wrong. Raises as `finish` does."""
        self._settle(file, [type(self).attempts.set(0)])

    def _settle(self, file: StoredFile, actions: Sequence[Action]) -> Self:
        try:
            return self.change((self.owner, self.id), actions, condition=self._is_later(file))
        except ConditionFailed as failed:
            raise Superseded(self.from_raw_data(dict(failed.item or {}))) from failed

    @classmethod
    def _is_later(cls, file: StoredFile) -> Condition:
        same_file: Condition = cls.object_key.does_not_exist() | (cls.object_key == file.object_key.key)
        later: Condition = cls.sequencer.does_not_exist() | (cls.sequencer < file.sequencer)
        both: Condition = same_file & later
        return both

    @classmethod
    def forget(cls, object_key: ObjectKey, sequencer: str) -> None:
        """Its file is gone since `sequencer`: so is the upload, unless a later file has come. At most 2 DeleteItems."""
        older = cls.sequencer.does_not_exist() | (cls.sequencer <= sequencer)
        for id_ in object_key.ids:
            try:
                cls.remove((object_key.owner, id_), condition=(cls.object_key == object_key.key) & older)
            except (DoesNotExist, ConditionFailed):
                continue


def comparable(sequencer: str) -> str:
    """An S3 sequencer in a form that compares as a string; also the name of a rendition's folder.

    They are hexadecimal numbers of various lengths, of which the shorter is padded on the right ("Event ordering and
    duplicate events" of the S3 guide). AWS's have 16 to 18 digits.
    """
    return sequencer.upper().ljust(32, "0")


def just_after(sequencer: str | None) -> str:
    """A sequencer later than this one and earlier than any other event: when an upload ends, rather than its file."""
    return comparable(sequencer or "")[:-1] + "1"
