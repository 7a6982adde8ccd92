"""What programs that read feeds get: the whole text and its pictures, at addresses that work anywhere."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from blog.pages import feeds
from tests.blog.writing import write
from tests.media.uploading import jpeg, upload
from tests.personas import Persona

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"
BODY = """# One

[in](#one) [beside](../other/) [here](/about/) [out](https://a.example/?a=1&b=2) <mail@a.example> [odd](http://[)

A note[^1], and `<a href="/code/">` in code.

[^1]: Said below.

<script>alert(1)</script>
"""


class Addresses(HTMLParser):
    """Every address in HTML, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.found += [str(value) for name, value in attrs if name in {"href", "src"}]


def full_texts(post: Any) -> list[str]:
    """What RSS and Atom have of a post."""
    web, end = Client(), f"/posts/{post['slug']}/"
    rss = ElementTree.fromstring(web.get("/feed/").content)
    atom = ElementTree.fromstring(web.get("/feed/atom/").content)
    items = [one for one in rss.iter("item") if str(one.findtext("link")).endswith(end)]
    entries = [
        one
        for one in atom.iter(f"{ATOM}entry")
        if any(link.get("href", "").endswith(end) for link in one.iter(f"{ATOM}link"))
    ]
    contents = [entry.find(f"{ATOM}content") for entry in entries]
    assert all(content is None or content.get("type") == "html" for content in contents)
    return [items[0].findtext(CONTENT) or "", "" if contents[0] is None else str(contents[0].text)]


def test_a_link_with_a_picture_from_elsewhere_leads_where_it_says(edith: Persona) -> None:
    badge = "[![Build](https://img.example/b.svg)](https://ci.example/) and [![](https://img.example/c.svg)](/about/)"
    post = write(edith, body=f"{badge} ![Alone](https://img.example/d.svg)")
    page = Client().get(f"/posts/{post['slug']}/").content.decode()
    for text, own in ((page, ""), *((full, settings.SITE_URL) for full in full_texts(post))):
        assert re.findall(r'<a href="([^"]+)"[^>]*>(Build|picture|Alone)</a>', text) == [
            ("https://ci.example/", "Build"),
            (f"{own}/about/", "picture"),
            ("https://img.example/d.svg", "Alone"),
        ]


def test_a_feed_has_the_whole_text_and_each_address_in_it_is_absolute(edith: Persona) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    source = photo["renditions"][0]["jpeg"]
    body = f'{BODY}\n<img src="{source}" alt="In it">\n\n![far](https://b.example/x.png)'
    post = write(edith, body=body, hero={"upload": photo["id"], "alt": "Above & it"})
    url = f"{settings.SITE_URL}/posts/{post['slug']}/"
    for text in full_texts(post):
        page = Addresses(text)
        assert all(one.startswith(("http://", "https://", "mailto:")) for one in page.found), page.found
        wanted = {f"{url}#h-one", f"{settings.SITE_URL}/posts/other/", f"{settings.SITE_URL}/about/", f"{url}#fn1"}
        assert wanted | {"https://a.example/?a=1&b=2", "https://b.example/x.png"} <= set(page.found)
        pictures = [about for tag, about in page.tags if tag == "img"]
        assert [about["alt"] for about in pictures] == ["Above & it", "In it"]
        assert {about["src"] for about in pictures} == {source}
        assert ("div", {"dir": "auto"}) in page.tags  # Arabic runs from the right in a reader's program, too
        assert '&lt;a href="/code/"&gt;' in text
        assert "alert" not in text


def test_a_feed_is_bounded_and_a_post_without_room_keeps_its_summary(
    edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = write(edith, body="Little.")
    large = write(edith, body="Much. " * 200, summary="In short.")
    assert all("Much." in text for text in full_texts(large))
    monkeypatch.setattr(feeds, "MAX_FEED_TEXT", 1000)
    assert full_texts(large) == ["", ""]
    assert all("Little." in text for text in full_texts(small))
    assert "In short." in Client().get("/feed/").content.decode()
