"""The photos that posts show: what `media` says of a writer's uploads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypedDict

from blog.models import Hero, Photo, Rendition
from serverless.errors import InvalidState


class HeroValues(TypedDict):
    upload: str
    alt: str


class FoundUpload(NamedTuple):
    """What `media` says of an upload of the writer's."""

    is_public: bool
    status: str
    reason: str | None
    width: int | None
    height: int | None
    renditions: Sequence[Rendition]


class Uploads(Protocol):
    """Where the writer's uploads are looked up."""

    def find(self, upload_id: str) -> FoundUpload | None:
        """What is known of an upload now; None if the writer has none of this id."""


@dataclass
class Photographer:
    """The photos of one who writes, as `media` describes them, for the tries of one write.

    At first media is asked alone: the commit finds out whether posts have been told something else since. In a second
    try that is read before.
    """

    owner: str
    uploads: Uploads
    asked: bool = False

    def choose(self, wanted: HeroValues | Hero | None, present: Hero | None) -> Hero | None:
        """The photo a writer asks for; one the post has, or had, is not asked for again."""
        if wanted is None:
            return None
        chosen = wanted.attribute_values if isinstance(wanted, Hero) else wanted
        if present is not None and present.upload == chosen["upload"]:
            return Hero(**{**present.attribute_values, "alt": chosen["alt"]})  # type: ignore[no-untyped-call]
        return renew(wanted) if isinstance(wanted, Hero) else self._fetch(wanted["upload"], wanted["alt"])

    def _fetch(self, upload: str, alt: str) -> Hero:
        # Before media is asked: news that comes after it makes the commit fail, and the next try asks anew.
        known = _known(self.owner, upload) if self.asked else None
        self.asked = True
        found = _usable(upload, self.uploads)
        return Hero(  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped
            upload=upload,
            owner=self.owner,
            alt=alt,
            sequencer=known and known.sequencer,
            status=found.status,
            width=found.width,
            height=found.height,
            renditions=list(found.renditions),
        )


def _usable(upload: str, uploads: Uploads) -> FoundUpload:
    """Raises InvalidState for one a post can't show."""
    if (found := uploads.find(upload)) is None:
        raise _refuse("You have no such upload.")
    if not found.is_public or (found.status == "ready" and not found.renditions):
        raise _refuse("A post shows a public photo: ask for its upload with visibility public.")
    if found.status == "failed":
        raise _refuse(f"This photo could not be used: {found.reason}")
    return found


def _known(owner: str, upload: str) -> Photo | None:
    try:
        # An expired row counts until it is gone: the commit compares with what is there.
        return Photo.get(Photo.row(owner, upload), consistent_read=True)
    except Photo.DoesNotExist:
        return None


def renew(kept: Hero) -> Hero:
    """A photo that a post showed before, as the news of it are by now; without any it has been deleted long ago."""
    same = {name: getattr(kept, name) for name in ("upload", "owner", "alt")}
    if (photo := _known(kept.owner, kept.upload)) is None:
        return Hero(**same, status="deleted")  # type: ignore[no-untyped-call]
    if not photo.sequencer:
        return kept
    return Hero(**same, **news_of(photo))  # type: ignore[no-untyped-call]


def news_of(photo: Photo) -> dict[str, Any]:
    """What is known of a photo, as fields of a Hero."""
    return {name: getattr(photo, name) for name in ("status", "width", "height", "renditions", "sequencer")}


def _refuse(detail: str) -> InvalidState:
    return InvalidState(detail, field="hero/upload", code="unusable")
