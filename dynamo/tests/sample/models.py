"""A small app's items and people, to prove the admin without any app of the project."""

import uuid
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BinarySetAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex

from dynamo.admin.users import ExternalUser
from dynamo.models import Model, VersionedModel, table

LISTED = ["title", "status", "author", "tags", "words", "published_at", "version", "updated_at", "created_at"]


class Picture(MapAttribute[str, Any]):
    """A photo."""

    key = UnicodeAttribute()
    width = NumberAttribute(null=True)
    taken_at = UTCDateTimeAttribute(null=True)


class ByUpdated(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """All articles, by last change."""

    class Meta:
        index_name = "by_updated"
        projection = IncludeProjection([name for name in LISTED if name != "updated_at"])

    kind = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class ByTitle(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All articles, by title."""

    class Meta:
        index_name = "by_title"
        projection = IncludeProjection([name for name in LISTED if name != "title"])

    kind = UnicodeAttribute(hash_key=True)
    title = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The articles of each status, by last change."""

    class Meta:
        index_name = "by_status"
        projection = IncludeProjection([name for name in LISTED if name not in ("status", "updated_at")])

    status = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class Article(VersionedModel):
    """Every kind of attribute once."""

    class Meta:
        table_name = table("sample-articles")

    slug = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="article")
    title = UnicodeAttribute()
    body = UnicodeAttribute(default="")
    status = UnicodeAttribute(default="draft")
    author = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute(null=True)
    steps: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    words = NumberAttribute(default=0)
    rating = NumberAttribute(default=0.5)
    pinned = BooleanAttribute(default=False)
    published_at = UTCDateTimeAttribute(null=True)
    picture = Picture(null=True)  # type: ignore[no-untyped-call]
    views = NumberAttribute(null=True)
    seal = BinaryAttribute(null=True, legacy_encoding=False)
    seals = BinarySetAttribute(null=True, legacy_encoding=False)

    by_updated = ByUpdated()
    by_title = ByTitle()
    by_status = ByStatus()


class Shelved(Model):
    """A copy of an article on one of its shelves, by time: what lists show, in a table of its own."""

    class Meta:
        table_name = table("sample-shelved")

    shelf = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True, attr_name="sort")
    slug = UnicodeAttribute()
    title = UnicodeAttribute()
    status = UnicodeAttribute(default="draft")
    author = UnicodeAttribute(null=True)
    version = NumberAttribute()


class ByTime(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All files, by time."""

    class Meta:
        index_name = "by_time"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ByKey(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All tags, by their keys."""

    class Meta:
        index_name = "by_key"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class File(VersionedModel, discriminator="file"):
    """An item with two keys, of one of the classes a table may hold."""

    class Meta:
        table_name = table("sample-files")

    owner = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    kind = UnicodeAttribute(default="file")
    class_name = DiscriminatorAttribute()
    name = UnicodeAttribute()

    by_time = ByTime()


class Tag(Model):
    """An item without a version."""

    class Meta:
        table_name = table("sample-tags")

    id = UnicodeAttribute(hash_key=True, default=lambda: uuid.uuid4().hex)
    kind = UnicodeAttribute(default="tag")
    created_at = UTCDateTimeAttribute()

    by_time, by_key = ByTime(), ByKey()


class Person(ExternalUser):
    """Who uses the admin."""

    class Meta(ExternalUser.Meta):
        abstract = False


class ByOrder(LocalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """An owner's notes, in their order."""

    class Meta:
        index_name = "by_order"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    order = NumberAttribute(range_key=True)


class Note(VersionedModel):
    """An item with two keys. The tests of models have models of their own for its table."""

    class Meta:
        table_name = table("notes")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    order = NumberAttribute(null=True)
    by_order = ByOrder()
