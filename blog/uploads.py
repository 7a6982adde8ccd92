"""Photos as `media` knows them, asked for by REST in the name of the writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from blog.models import Rendition
from blog.photos import FoundUpload
from rest import client, problems


@dataclass(frozen=True)
class MediaUploads:
    """One request to media for each; `authorization` is the writer's own header."""

    authorization: str

    def find(self, upload_id: str) -> FoundUpload | None:
        """What media says of it now; None if there is none. Raises problems if media refuses or does not answer."""
        try:
            found = client.get("media", f"/api/media/uploads/{upload_id}/", self.authorization)
        except problems.NotFound:
            return None
        return FoundUpload(
            is_public=found["visibility"] == "public",
            status=found["status"],
            reason=found["reason"],
            width=found["width"],
            height=found["height"],
            renditions=[rendition(one) for one in found["renditions"]],
        )


def rendition(told: Mapping[str, Any]) -> Rendition:
    """A rendition as media shows it, by its keys in the bucket: its addresses would change with the domain."""
    base = f"{settings.THUMBNAILS_URL}/"
    keys = {kind: str(told[kind]).removeprefix(base) for kind in ("webp", "jpeg")}
    sizes = {name: int(told[name]) for name in ("size", "width", "height")}
    return Rendition(**keys, **sizes)  # type: ignore[no-untyped-call]
