"""Authors as readers meet them: a name for people, an id that finds their posts."""

from django.urls import reverse
from django.utils.text import slugify

from blog.models import Post, TagPost


def author_name(post: Post | TagPost) -> str:
    return post.author_name.strip() or "The editors"


def author_slug(name: str) -> str:
    """A name in a URL; one without any ASCII becomes "author"."""
    return slugify(name)[:60].strip("-_") or "author"


def author_path(post: Post | TagPost) -> str:
    return reverse("blog-author", args=[author_slug(author_name(post)), post.author])
