"""What search engines and chat windows read of a page: schema.org, as JSON-LD."""

import html
import re
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.text import Truncator

from blog import site
from blog.models import Post
from blog.pages.posts import author_name, author_path, has_picture
from blog.publishing.markdown import reading_minutes

CONTEXT = "https://schema.org"
# Characters of a text that stand for the summary it has not got.
MAX_BEGINNING = 200
# The number of a footnote, which says nothing without it.
_NOTE = re.compile(r'<sup class="footnote-ref">.*?</sup>', re.DOTALL)
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL)


def about_blog() -> dict[str, Any]:
    return {"@context": CONTEXT, "@type": "Blog", **_blog(), "inLanguage": site.LANGUAGE}


def _blog() -> dict[str, Any]:
    return {"@id": site.front(), "url": site.front(), "name": site.NAME, "description": site.DESCRIPTION}


def about_post(post: Post) -> dict[str, Any]:
    url = site.absolute(reverse("blog-post", args=[post.slug]))
    data = {
        "@context": CONTEXT,
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "mainEntityOfPage": url,
        "headline": post.title,
        "description": post.summary or _beginning(post),
        "datePublished": post.published_at.isoformat(),
        "dateModified": max(post.updated_at, post.published_at).isoformat(),
        "author": {"@type": "Person", "name": author_name(post), "url": site.absolute(author_path(post))},
        "publisher": {"@type": "Organization", "name": site.NAME, "logo": site.absolute(static("blog/icon.svg"))},
        "isPartOf": {"@type": "Blog", **_blog()},
        "keywords": list(post.tags or ()),
        "wordCount": int(post.words),
        "timeRequired": f"PT{reading_minutes(int(post.words))}M",
        "inLanguage": site.LANGUAGE,
        "image": picture_urls(post),
    }
    return {name: value for name, value in data.items() if value}


def _beginning(post: Post) -> str:
    """Of the first paragraph that has words."""
    texts = (html.unescape(strip_tags(found[1])) for found in _PARAGRAPH.finditer(_NOTE.sub("", post.html)))
    words = next(filter(None, (text.split() for text in texts)), [])
    return Truncator(" ".join(words)).chars(MAX_BEGINNING)


def picture_urls(post: Post) -> list[str]:
    """JPEGs of the post's picture, the largest first; what reads them may know no WebP."""
    shown = post.hero.renditions if has_picture(post) else ()
    return [f"{settings.THUMBNAILS_URL}/{rendition.jpeg}" for rendition in shown]
