"""What programs read: RSS and Atom, site maps, robots.txt."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape, format_html
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from blog import site
from blog.models import MAX_TAGS_LISTED, Post, TagCount
from blog.pages.posts import author_name, author_path, has_picture, in_year, share_picture, years
from blog.pages.responses import WebPage, missing, page
from blog.pages.views import next_change
from blog.post_html import feed_html
from dynamo.batches import fetch_many
from dynamo.models import now

FEED_POSTS = 20
# Characters of full text in a feed; Lambda answers with 6 MB at most. A post that has no room has its summary alone.
MAX_FEED_TEXT = 1_000_000
# Site maps may list 50,000 addresses each (sitemaps.org); a year of posts is far from that.
XML = "application/xml; charset=utf-8"
# Characters XML 1.0 has no way to write.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Dated:
    """A feed that is as new as its newest entry, also when it has none: the same posts give the same bytes."""

    items: list[dict[str, Any]]

    def latest_post_date(self) -> datetime:
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=datetime.fromtimestamp(0, UTC))


class _Rss(_Dated, Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["full_text"]:
            handler.addQuickElement("content:encoded", item["full_text"])


class _Atom(_Dated, Atom1Feed):
    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["full_text"]:
            handler.addQuickElement("content", item["full_text"], {"type": "html"})


def _feed(kind: type[_Rss | _Atom], path: str) -> WebPage:
    until, posts = next_change(), Post.published().page(FEED_POSTS).items
    feed: SyndicationFeed = kind(
        title=site.NAME,
        link=site.front(),
        description=site.DESCRIPTION,
        subtitle=site.DESCRIPTION,
        language=site.LANGUAGE,
        feed_url=site.absolute(path),
        feed_guid=site.front(),
    )
    whole = {row.slug: row for row in fetch_many(Post, [(post.slug,) for post in posts])}
    room = MAX_FEED_TEXT
    for post in posts:
        entry = _entry(post, whole.get(post.slug))
        if len(entry["full_text"]) > room:
            entry["full_text"] = ""
        room -= len(entry["full_text"])
        feed.add_item(**entry)
    labels = ["all", *(f"page-{post.slug}" for post in posts)]
    text = feed.writeString("utf-8")
    return WebPage("blog/raw.txt", {"text": text}, labels, until, content_type=kind.content_type)


def _entry(post: Post, whole: Post | None) -> dict[str, Any]:
    """`post` as the list has it, `whole` as its own row does, which may have gone meanwhile."""
    url = site.absolute(reverse("blog-post", args=[post.slug]))
    return {
        "title": _xml(post.title),
        "link": url,
        # What tells a reader's program which entry it has seen already: no rename changes when it was made.
        "unique_id": f"{site.front()}#{post.created_at.isoformat()}",
        "unique_id_is_permalink": False,
        # Readers take it for HTML.
        "description": escape(_xml(post.summary)),
        "full_text": _full_text(whole, url) if whole and whole.is_public(now()) and not whole.moved_to else "",
        "author_name": _xml(author_name(post)),
        "author_link": site.absolute(author_path(post)),
        "pubdate": post.published_at,
        "updateddate": max(post.updated_at, post.published_at),
        "categories": list(post.tags or ()),
    }


def _full_text(post: Post, url: str) -> str:
    """The post's picture and its text, as HTML for other programs."""
    picture = ""
    if has_picture(post):
        template = '<p><img src="{url}" alt="{alt}" width="{width}" height="{height}"></p>\n'
        picture = format_html(template, **share_picture(post))
    text = feed_html(post, url)
    return _xml(picture + (f'<div dir="auto">{text}</div>' if text else ""))


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)


@page
def rss(request: HttpRequest) -> WebPage:
    return _feed(_Rss, request.path)


@page
def atom(request: HttpRequest) -> WebPage:
    return _feed(_Atom, request.path)


_ICONS = Path(__file__).parent / "icons"


@require_safe
def icon(request: HttpRequest, file: str, kind: str) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse((_ICONS / file).read_bytes(), content_type=kind, headers=headers)


@page
def sitemap(request: HttpRequest) -> WebPage:
    """The list of site maps: one for lists and standing pages, one for the posts of each year."""
    until, found = next_change(), years(Post.published())
    maps = [reverse("blog-sitemap-pages"), *(reverse("blog-sitemap-year", args=[year]) for year in found)]
    return WebPage("blog/sitemap_index.xml", {"paths": maps}, ["sitemap"], until, content_type=XML)


@page
def sitemap_pages(request: HttpRequest) -> WebPage:
    until, context = next_change(), {"pages": [(path, None) for path in standing_paths()]}
    return WebPage("blog/sitemap.xml", context, ["sitemap", "tags"], until, content_type=XML)


def standing_paths() -> Iterator[str]:
    """Every page that is no post and that search engines should know, but for authors."""
    for name in ("home", "archive", "tags", "about", "subscribe"):
        yield reverse(f"blog-{name}")
    for year in years(Post.published()):
        yield reverse("blog-archive-year", args=[year])
    at = now()
    for row in TagCount.all().page(MAX_TAGS_LISTED).items:
        if row.visible(at):
            yield reverse("blog-tag", args=[row.tag])


@page
def sitemap_year(request: HttpRequest, year: int) -> WebPage:
    until = next_change() if year >= now().year else None
    posts, labels = list(in_year(Post.published(), year).all()), [f"sitemap-{year:04}"]
    if not posts:
        return missing(labels, until)
    dated = [(reverse("blog-post", args=[post.slug]), max(post.updated_at, post.published_at)) for post in posts]
    return WebPage("blog/sitemap.xml", {"pages": dated}, labels, until, content_type=XML)


@page
def robots(request: HttpRequest) -> WebPage:
    home = reverse("blog-home")
    rules = [f"Disallow: {home}{part}/" for part in ("api", "search", "confirm", "unsubscribe")]
    text = "\n".join(["User-agent: *", *rules, "", f"Sitemap: {site.absolute(reverse('blog-sitemap'))}", ""])
    return WebPage("blog/raw.txt", {"text": text}, content_type="text/plain; charset=utf-8")
