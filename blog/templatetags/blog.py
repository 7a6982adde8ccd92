"""What the pages' templates ask of the code."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from blog import site
from blog.models import Hero, Post, TagPost
from blog.pages import posts
from blog.publishing.markdown import reading_minutes

register = template.Library()
for asked in (posts.author_name, posts.author_path, posts.has_picture, posts.share_picture, site.absolute):
    register.filter(asked)

# Where a picture stands -> how wide it is, as the stylesheet has it.
SIZES = {
    "hero": "(min-width: 72rem) 68rem, calc(100vw - 2rem)",
    "lead": "(min-width: 60rem) 34rem, calc(100vw - 2rem)",
    "row": "(min-width: 40rem) 11rem, 6rem",
}
# In JSON inside of HTML these could end the script element, or begin a comment in it.
_ESCAPES = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


@register.simple_tag
def site_text(name: str) -> str:
    return str(getattr(site, name))


@register.simple_tag
def share_card() -> str:
    """The picture of whatever has none of its own, by an absolute address: 1200 x 630 pixels."""
    return site.absolute(static("blog/share.png"))


@register.filter
def iso(moment: datetime) -> str:
    """A time for machines; HTML knows no more than milliseconds."""
    return moment.isoformat(timespec="seconds")


@register.filter
def minutes(post: Post | TagPost) -> int:
    return reading_minutes(int(post.words))


@register.inclusion_tag("blog/_picture.html")
def picture(hero: Hero, place: str, *, first: bool = False, alt: bool = True) -> dict[str, Any]:
    """A photo in the size its place needs. `first`: at once, as it is the first thing seen; others wait until near.

    Without `alt` it is an ornament beside a link that says the same.
    """
    largest = hero.renditions[0]
    return {
        "webp": _srcset(hero, "webp"),
        "jpeg": _srcset(hero, "jpeg"),
        "sizes": SIZES[place],
        "source": f"{settings.THUMBNAILS_URL}/{largest.jpeg}",
        "width": int(largest.width),
        "height": int(largest.height),
        "alt": hero.alt if alt else "",
        "first": first,
    }


def _srcset(hero: Hero, kind: str) -> str:
    # A small photo has the same width at several sizes: the smallest file of each width is enough.
    widths = {int(one.width): f"{settings.THUMBNAILS_URL}/{getattr(one, kind)}" for one in hero.renditions}
    return ", ".join(f"{url} {width}w" for width, url in sorted(widths.items()))


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """Data for machines. It is no script: browsers don't run it, and the policy need not allow it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    # S308: nothing in it can be read as markup any more.
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308
