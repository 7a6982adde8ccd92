"""A post's picture, for those who show a link to the post or all of it."""

from typing import Any

from django.conf import settings

from blog.models import Post, TagPost


def has_picture(post: Post | TagPost) -> bool:
    """Whether a post has a picture to show by now."""
    return bool(post.hero and post.hero.status == "ready" and post.hero.renditions)


def share_picture(post: Post | TagPost) -> dict[str, Any]:
    """The largest JPEG of a post's picture: its url, width, height and alt."""
    largest = post.hero.renditions[0]
    url = f"{settings.THUMBNAILS_URL}/{largest.jpeg}"
    return {"url": url, "width": int(largest.width), "height": int(largest.height), "alt": post.hero.alt}
