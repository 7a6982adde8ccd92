"""The mail of a letter is made for mail clients."""

import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from html.parser import HTMLParser

import pytest
from django.conf import settings

from blog import site
from blog.letters import mail
from blog.models import Post
from tests.blog.writing import write
from tests.personas import Persona

PICTURE = "/blog/a/b/c/1280.webp"
BODY = """A [link](/tags/), a [place](#below) and [another][far] from [elsewhere](//elsewhere.example/).

[far]: /about/

## Below

- [x] done
- [ ] open

| a | b |
|---|---|
| 1 | 2 |

```python
x = 1
```
"""


class Tags(HTMLParser):
    """The tags of a text and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def post(edith: Persona) -> Post:
    return Post.fetch((write(edith, body=BODY)["slug"],))


def test_it_has_the_whole_post_with_styles_on_tags_and_absolute_addresses(post: Post) -> None:
    message = mail.make(post).to("reader@example.com")
    html, text = (message["Body"][kind]["Data"] for kind in ("Html", "Text"))
    tags = Tags(html).found
    for name in ("p", "h2", "li", "table", "td", "pre", "code", "a"):
        assert all(attributes.get("style") or attributes.get("role") for tag, attributes in tags if tag == name), name
    links = [str(attributes["href"]) for tag, attributes in tags if tag == "a"]
    assert all(re.match(r"https?://", link) for link in links)
    assert f"{settings.SITE_URL}/tags/" in links
    assert "☑" in html
    assert "☐" in html
    assert not {"input", "script", "link", "picture", "source"} & {tag for tag, _ in tags}
    assert "prefers-color-scheme: dark" in html
    # Hebrew and Arabic run from the right.
    assert [attributes.get("dir") for _, attributes in tags if "color:#23201b" in str(attributes.get("style"))] == [
        "auto",
        "auto",
    ]
    for link in (f"[link]({settings.SITE_URL}/tags/)", f"[far]: {settings.SITE_URL}/about/", "(//elsewhere.example/)"):
        assert link in text
    assert post.body.partition("## Below")[2].strip() in text
    assert "&" not in text


def test_heads_of_columns_stand_over_their_cells(post: Post) -> None:
    """By attributes alone: a style would say more than what the text says."""
    post.html = '<table><tr><th scope="col">a</th><th align="right">b</th></tr></table>'
    heads = [attributes for tag, attributes in Tags(mail.make(post).html).found if tag == "th"]
    assert [one.get("align") for one in heads] == ["left", "right"]
    assert not any("text-align" in str(one["style"]) for one in heads)


def test_no_heading_of_the_text_is_larger_than_the_title(post: Post) -> None:
    post.html = "".join(f"<h{level}>A</h{level}>" for level in range(1, 7))
    styles = [str(attributes.get("style")) for tag, attributes in Tags(mail.make(post).html).found if tag[0] == "h"]
    title, *sizes = [int(found[1]) for style in styles if (found := re.search(r"font-size:(\d+)px", style))]
    assert len(sizes) == 6
    assert title > sizes[0]
    assert sizes == sorted(sizes, reverse=True)


def test_pictures_are_jpegs_that_fit_and_say_what_they_show(post: Post) -> None:
    url = f"{settings.THUMBNAILS_URL}{PICTURE}"
    post.html = f'<p><img src="{url}" alt="A hen" width="1280" height="853"></p>'
    post.hero = None
    tags = Tags(mail.make(post).html).found
    [picture] = [attributes for tag, attributes in tags if tag == "img"]
    assert picture["src"] == url.replace(".webp", ".jpg")
    assert (picture["alt"], picture["width"], "height" in picture) == ("A hen", "576", False)


def test_a_post_that_mail_clients_would_clip_is_told_by_its_summary(post: Post) -> None:
    post.html, post.summary = "<p>long</p>" * 10_000, "In short."
    made = mail.make(post)
    assert len(made.html) < 10_000
    assert "In short." in made.html
    assert "In short." in made.text


def test_each_reader_has_links_of_their_own(post: Post) -> None:
    made = mail.make(post)
    ann, bob = (made.to(f"{name}@example.com") for name in ("ann", "bob"))
    for message in (ann, bob):
        headers = {each["Name"]: each["Value"] for each in message["Headers"]}
        token = headers["List-Unsubscribe"].rstrip("/>").rsplit("/", 1)[1]
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["List-Id"].startswith("MyBlog <letters.")
        for kind in ("Html", "Text"):
            assert message["Body"][kind]["Data"].count(token) == 1
    assert ann["Headers"] != bob["Headers"]
    assert made.place not in str(ann)


def test_headers_are_what_ses_takes_whatever_the_blog_and_the_post_are_called(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "NAME", "Bücher, Café & 日本")
    post.title = "Two\r\nlines \x07and a family: 👨\u200d👩\u200d👧\n"
    message = mail.make(post).to("reader@example.com")
    assert message["Subject"]["Data"] == "Two lines and a family: 👨\u200d👩\u200d👧"
    # Of MessageHeader in SES's API.
    assert all(re.fullmatch("[ -~]{1,995}", each["Value"]) for each in message["Headers"])
    name, address = parseaddr(message["Headers"][-1]["Value"])
    assert str(make_header(decode_header(name))) == site.NAME
    assert address.startswith("letters.")
