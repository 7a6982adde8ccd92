"""Posts in their order in time, where renamed ones went, and the photos they show.

Every dated post has a `position`, "<published_at>#<slug>": a total order of posts, the range key of each listing. A
post is public when its time has come, so a listing is public up to now, and nothing has to happen at that time.
docs/adr/0002-blog-tables.md has the reasons.
"""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.constants import BINARY
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from dynamo.errors import ConditionFailed, Contended
from dynamo.models import Model, VersionedModel, now, table
from dynamo.queries import Query

# The one feed all dated posts are in, and the row before its oldest post. START is its position, too: it sorts before
# every date, and readers ask from FIRST on.
FEED, START, FIRST = "posts", "#start", "0"
# What every post stands on, whatever it is: an index by it lists them all, and no redirect or photo.
SHELF = "posts"
# `kind` of a post in the index writers use; an index holds only items that have its keys.
DRAFT, DATED = "draft", "dated"
MAX_TAGS, MAX_FORMER_SLUGS = 10, 20
NOTE_TRIES = 8
# How long news of a photo no post shows is kept, longer than a deleted post can come back; and where a draft went.
UNUSED_PHOTO, TRACED = timedelta(days=31), timedelta(days=30)


class Status(StrEnum):
    """What a post is right now; never stored, as time changes it."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


def status_of(published_at: datetime | None, at: datetime) -> Status:
    if published_at is None:
        return Status.DRAFT
    return Status.PUBLISHED if published_at <= at else Status.SCHEDULED


def position_of(published_at: datetime, slug: str) -> str:
    """Where a post stands among all: by time, then by slug. Slugs hold no '#'."""
    return f"{_iso(published_at)}#{slug}"


def moment_of(position: str) -> datetime:
    return datetime.fromisoformat(position.partition("#")[0])


def is_public(position: str | None, at: datetime) -> bool:
    """Whether a post at this position, if it has one, is public at a time."""
    return position is not None and moment_of(position) <= at


def up_to(moment: datetime) -> str:
    """A bound that sorts after every position of this moment: '~' comes after '#'."""
    return f"{_iso(moment)}~"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class CompressedText(Attribute[str]):
    """Text as zlib bytes: rendered HTML shrinks to about a quarter, and an item holds 400 KB."""

    attr_type = BINARY

    def serialize(self, value: str) -> bytes:
        return zlib.compress(value.encode())

    def deserialize(self, value: bytes) -> str:
        return zlib.decompress(value).decode()


class Rendition(MapAttribute[str, Any]):
    """One size of a photo; `webp` and `jpeg` are keys in the thumbnails bucket."""

    size = NumberAttribute()
    width = NumberAttribute()
    height = NumberAttribute()
    webp = UnicodeAttribute()
    jpeg = UnicodeAttribute()


class Hero(MapAttribute[str, Any]):
    """A post's photo as `media` described it. `status` is media's: waiting, processing, ready, failed; or deleted.

    `owner` is the editor who uploaded it; another editor may keep it and change its `alt`. `sequencer` is that of the
    last news (see Photo) this is at least as new as.
    """

    upload = UnicodeAttribute()
    owner = UnicodeAttribute()
    alt = UnicodeAttribute()
    sequencer = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    renditions: ListAttribute[Rendition] = ListAttribute(of=Rendition, default=list)


class Neighbour(MapAttribute[str, Any]):
    slug = UnicodeAttribute()
    title = UnicodeAttribute()
    position = UnicodeAttribute()

    @property
    def published_at(self) -> datetime:
        return moment_of(self.position)


class Rename(MapAttribute[str, Any]):
    """An address a post had, and until when."""

    slug = UnicodeAttribute()
    until = UTCDateTimeAttribute()


class Listed(Model):
    """What lists show of a post: kept with the post, in its indexes and in the rows of its tags."""

    title = UnicodeAttribute()
    summary = UnicodeAttribute(default="")
    author = UnicodeAttribute()
    author_name = UnicodeAttribute(default="")
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    hero = Hero(null=True)  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped
    words = NumberAttribute(default=0)
    published_at = UTCDateTimeAttribute(null=True)


# What every index carries of a post beside its keys; blog/stack.yaml makes the indexes.
LISTED = [*Listed.get_attributes(), "created_at", "updated_at", "version"]


class ByPublished(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """All dated posts, in order."""

    class Meta:
        index_name = "by_published"
        projection = IncludeProjection([*LISTED, "newer"])

    feed = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class ByAuthor(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The dated posts of each author, in order."""

    class Meta:
        index_name = "by_author"
        projection = IncludeProjection(LISTED)

    author = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class ByUpdated(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Drafts, and apart from them dated posts, by their last change."""

    class Meta:
        index_name = "by_updated"
        projection = IncludeProjection(LISTED)

    kind = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class ByChanged(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All posts, drafts too, by their last change: for those who write."""

    class Meta:
        index_name = "by_changed"
        projection = IncludeProjection([*LISTED, "position"])

    shelf = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class ByAuthorChanged(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The same for each author."""

    class Meta:
        index_name = "by_author_changed"
        projection = IncludeProjection([*LISTED, "position", "shelf"])

    author = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class Post(Listed, VersionedModel):
    """A post by its slug; or, with `moved_to` alone, the redirect that a renamed post left behind.

    `version` counts what editors change and is the ETag. `write_id` changes with every write, of neighbours' links
    and of photos too, and is what a transaction is conditional on. `older` and `newer` are the neighbours in the feed
    of all dated posts: visible posts are its beginning, so the older neighbour of a visible post is always visible,
    and the newer one from its own time on. `moves` counts changes of `position`: see TagCount. `was_public` says that
    it was so at any time before its last write. `former` are the slugs that redirect here, `renames` all that it had.
    """

    class Meta:
        table_name = table("posts")

    slug = UnicodeAttribute(hash_key=True)
    # Not `default`: a row that is read without it is a redirect.
    shelf = UnicodeAttribute(null=True, default_for_new=SHELF)
    kind = UnicodeAttribute(default=DRAFT)
    feed = UnicodeAttribute(null=True)
    position = UnicodeAttribute(null=True)
    body = UnicodeAttribute(default="")
    html = CompressedText(default="")
    renderer = NumberAttribute(default=0)
    older = Neighbour(null=True)  # type: ignore[no-untyped-call]
    newer = Neighbour(null=True)  # type: ignore[no-untyped-call]
    linked_at = UTCDateTimeAttribute(null=True)
    moves = NumberAttribute(default=0)
    was_public = BooleanAttribute(null=True)
    former: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    renames: ListAttribute[Rename] = ListAttribute(of=Rename, default=list)
    moved_to = UnicodeAttribute(null=True)

    by_published, by_author, by_updated = ByPublished(), ByAuthor(), ByUpdated()
    by_changed, by_author_changed = ByChanged(), ByAuthorChanged()

    @classmethod
    def published(cls) -> Query["Post"]:
        """Public posts, newest first."""
        past = cls.position.between(FIRST, up_to(now()))
        return Query(model=cls, hash_key=FEED, index="by_published", range=past, forward=False)

    @classmethod
    def published_by(cls, author: str) -> Query["Post"]:
        """An author's public posts, newest first."""
        return Query(model=cls, hash_key=author, index="by_author", range=cls.position < up_to(now()), forward=False)

    @classmethod
    def drafts(cls) -> Query["Post"]:
        """Posts without a date, the last changed first."""
        return Query(model=cls, hash_key=DRAFT, index="by_updated", forward=False)

    @classmethod
    def scheduled(cls) -> Query["Post"]:
        """Posts whose time has not come, the next first."""
        return Query(model=cls, hash_key=FEED, index="by_published", range=cls.position >= up_to(now()))

    @classmethod
    def before(cls, position: str) -> Query["Post"]:
        """Dated posts before a position, the nearest first, START last; as of a moment ago, as every index."""
        return Query(model=cls, hash_key=FEED, index="by_published", range=cls.position < position, forward=False)

    def copy(self) -> Self:
        """Another object with the same values, to be changed."""
        return type(self)(**self.attribute_values)

    def is_public(self, at: datetime) -> bool:
        """Whether anybody may read it. A redirect is as public as the post it leads to."""
        return is_public(self.position, at)

    def date(self, published_at: datetime | None) -> None:
        """Publish (a time that has come), schedule (one that has not) or withdraw (None), and stand in the feed so."""
        self.published_at = published_at
        self.position = None if published_at is None else position_of(published_at, self.slug)
        self.feed = None if published_at is None else FEED
        self.kind = DRAFT if published_at is None else DATED

    def as_neighbour(self) -> Neighbour:
        """This post as its neighbours know it."""
        return Neighbour(slug=self.slug, title=self.title, position=self.position)  # type: ignore[no-untyped-call]


class Redirect(Model):
    """A row that leads from a former slug straight to the post's present one; it is read as a Post.

    Its `position` is the post's, so it leads nowhere while the post is not public.
    """

    class Meta:
        table_name = table("posts")

    slug = UnicodeAttribute(hash_key=True)
    moved_to = UnicodeAttribute()
    position = UnicodeAttribute(null=True)


class Trace(Model):
    """Where a draft went that was renamed, for those who have its old address open or its secret link; gone by TTL.

    Unlike a redirect it takes up no address.
    """

    class Meta:
        table_name = table("posts")

    slug = UnicodeAttribute(hash_key=True)
    moved_to = UnicodeAttribute()
    expires = TTLAttribute()

    @classmethod
    def row(cls, slug: str) -> str:
        """The hash key for a former slug; no slug holds a '#'."""
        return f"moved#{slug}"

    @classmethod
    def of(cls, old: Post, new: Post, at: datetime) -> Self:
        return cls(cls.row(old.slug), moved_to=new.slug, expires=at + TRACED)


class PhotoNews(NamedTuple):
    """What `media` says of a public upload. `sequencer` is S3's: of two, the greater is the later."""

    owner: str
    upload: str
    status: str
    width: int | None
    height: int | None
    renditions: Sequence[Rendition]
    sequencer: str


class Photo(Model):
    """A public upload: which posts show it, and the last thing `media` said of it.

    A row nothing uses goes by TTL: it has to outlive the moment between a message and a post that uses its photo, and
    deleted posts that may be brought back.
    """

    class Meta:
        table_name = table("posts")

    slug = UnicodeAttribute(hash_key=True)
    slugs = UnicodeSetAttribute(null=True)
    status = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    renditions: ListAttribute[Rendition] = ListAttribute(of=Rendition, default=list)
    sequencer = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)

    @classmethod
    def row(cls, owner: str, upload: str) -> str:
        """The hash key of an upload's row; no slug holds a '#'."""
        return f"photo#{owner}#{upload}"

    @classmethod
    def note(cls, news: PhotoNews) -> Self:
        """Keep the last news of an upload; the row as it became. Raises ConditionFailed for old news."""
        later: Condition = cls.sequencer.does_not_exist() | (cls.sequencer <= news.sequencer)
        actions = [
            cls.status.set(news.status),
            cls.width.set(news.width) if news.width else cls.width.remove(),
            cls.height.set(news.height) if news.height else cls.height.remove(),
            cls.renditions.set(list(news.renditions)),
            cls.sequencer.set(news.sequencer),
        ]
        key, unused = (cls.row(news.owner, news.upload),), [*actions, cls.expires.set(now() + UNUSED_PHOTO)]
        ways = ((actions, later & cls.slugs.exists()), (unused, later & cls.slugs.does_not_exist()))
        # A post may begin to show it, or cease to, between the two: then once more.
        for way, condition in ways * NOTE_TRIES:
            try:
                answer = cls.write("UpdateItem", key, actions=way, condition=condition, return_values="ALL_NEW")
                return cls.from_raw_data(answer["Attributes"])
            except ConditionFailed as failed:
                if failed.item and failed.item.get("sequencer", {}).get("S", "") > news.sequencer:
                    raise
        raise Contended("posts begin and cease to show a photo all the while")
