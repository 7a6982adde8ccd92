"""What is refused before it takes long, and what isn't; by the rule, not by the clock."""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from blog.models import Post
from blog.post_html import post_html
from blog.publishing.markdown import RENDERER, render, render_again
from blog.publishing.markdown_limits import MAX_BLOCKS, MAX_BRACKETS, MAX_DEPTH, TooComplex, check_html
from blog.search import split
from tests.bad_bodies import assert_refused
from tests.blog.admin.desk import POSTS as ADMIN_POSTS
from tests.blog.admin.desk import Desk, errors
from tests.blog.writing import POSTS, url, write
from tests.personas import Persona

TANGLED = {
    "brackets": "[" * (MAX_BRACKETS + 1),
    "footnotes": "^[" * 60_000,
    "pictures": "![](" * 20_000,
    "cells": "a|b\n-|-\n" + "|\n" * (MAX_BLOCKS // 6),
    "elements": "<div>" * 40_000,
    "lists": "<ul><li>" * 25_000,
    "lists in Markdown": "\n".join(f"{'  ' * level}- a" for level in range(10)),
    "quotes": "> " * 20 + "a",
    "terms": "<dl><dt>" * 20_000,
    "formatting": "".join(f"<p><b id={number}>" for number in range(10_000)),
    "formatting before blocks": "".join(f"<b id={number}>" for number in range(500)) + "\n\na" * 2_000,
}


@pytest.mark.parametrize("text", TANGLED.values(), ids=TANGLED)
def test_what_would_take_long_is_refused(text: str) -> None:
    with pytest.raises(TooComplex):
        render(text)


def test_no_long_row_of_marks_is_put_in_order(edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unicode's forms take time by the square of its length."""
    normalize = unicodedata.normalize

    def checked(form: Any, text: str) -> str:
        assert not re.search("[\u0301\u0323]{1000}", text)
        return normalize(form, text)

    marks = "\u0301\u0323" * 1_000
    monkeypatch.setattr(unicodedata, "normalize", checked)
    assert " id=" in render(f"# a{marks}").html
    assert [*split(f"Caf\u00e9 cafe{marks}")] == ["cafe", "cafe"]
    answer = edith.api.post(POSTS, {"title": "T", "body": "", "tags": [f"a{marks}"]})
    assert_refused(answer, 400, "/tags/0")


@pytest.mark.parametrize(
    "end",
    [
        "", "</b ", "</b\x0b>", "</b\xa0>", "<!--</b>-->", '<img alt="</b>">', "<textarea></b></textarea>",
        "<object></b></object>", "<table><tr><td></b></table>", "<svg></b></svg>", "<div></b></div>", "</i>",
        '<!-- <a title="--><b id=2><b id=3>"> -->', '<img alt=x"><b id=2><img alt=y">',
    ],
)  # fmt: skip
def test_no_end_is_believed_that_may_be_none(end: str) -> None:
    with pytest.raises(TooComplex):
        check_html(f"<p><b id=1>{end}" * 2_000)


@pytest.mark.parametrize(
    "text",
    [
        "<p><b>a</b> and <i><b>b</b></i></p>\n\n" * 5_000,
        "**a** *b* `c` [d](/e)\n\n" * 2_000,
        "<ul><li>a<li>b</ul>\n\n" * 5_000,
        "<p>a\n\n" * 5_000,
        "<b>\n\na\n\n</b>\n\n" * 100,
        '<a href="/x"><img src="/y.png" alt="a > b"></a>\n\n' * 2_000,
        "<div>" * (MAX_DEPTH - 1) + "a",
        "[" * MAX_BRACKETS,
        "```\n" + "[" * (MAX_BRACKETS + 1) + "\n```",
    ],
    ids=["formatting", "markdown", "lists", "paragraphs", "around", "pictures", "deep", "brackets", "code"],
)
def test_what_people_write_is_not(text: str) -> None:
    assert render(text).html


def test_headings_of_one_title_are_numbered() -> None:
    made = render("# a\n\n# a-1\n\n# a\n\n# A\n").html
    assert re.findall('id="(.*?)"', made) == ["h-a", "a-1", "a-2", "a-3"]
    assert re.findall('id="(.*?)"', render("# setup\n# h setup\n").html) == ["h-setup", "h-setup-1"]
    assert len(set(re.findall('id="(.*?)"', render("# a\n" * 5_000).html))) == 5_000


@pytest.mark.parametrize("method", ["post", "patch"])
def test_the_api_refuses_it_and_changes_nothing(edith: Persona, method: str) -> None:
    post = write(edith)
    ask: Callable[..., object] = getattr(edith.api, method)
    answer = ask(POSTS if method == "post" else url(post), {"title": "A", "body": TANGLED["elements"]}, format="json")
    assert_refused(answer, 400, "/body")
    assert edith.api.get(url(post)).json() == post


def test_the_form_says_so_at_the_text() -> None:
    pia = Desk("publishers")
    page = pia.write(title="A", slug="", body=TANGLED["elements"])
    assert page.status_code == 200
    assert "nested more than 500 deep" in errors(page)["body"][0]
    preview = pia.post(f"{ADMIN_POSTS}editor/preview/", {"body": TANGLED["elements"]})
    assert (preview.status_code, json.loads(preview.content)["errors"][0]["pointer"]) == (400, "/body")


def test_what_was_written_before_stays_as_it_was_rendered() -> None:
    assert render_again("*a*", "old", ()) == "<p><em>a</em></p>\n"
    kept = Post("old", body=TANGLED["elements"], html="<p>As it was</p>", renderer=RENDERER - 1)
    assert post_html(kept) == "<p>As it was</p>"
