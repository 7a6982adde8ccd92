"""What an export of a user's data has of uploads: what is known of each file, beside the files themselves."""

from collections.abc import Iterator
from typing import Any

from media.keys import Visibility
from media.models import Upload


def uploads(owner: str) -> Iterator[dict[str, Any]]:
    """The private ones that have not expired, newest first; `size` is in bytes, `width` and `height` in pixels.

    Raises DynamoError.
    """
    names = ("id", "name", "content_type", "size", "status", "width", "height", "created_at")
    for upload in Upload.for_owner(owner).all():
        if upload.visibility == Visibility.PRIVATE and not upload.is_expired():
            yield {**{name: getattr(upload, name) for name in names}, "key": upload.object_key}
