"""Tags in any script: in the API, the admin, pages, their addresses and the labels of caches."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from blog import caching
from blog.models import Post, tag_label, tag_of
from config.lambda_handler import handler
from tests.blog.admin.desk import POSTS, Desk, slugs
from tests.blog.writing import POSTS as API
from tests.blog.writing import word, write
from tests.personas import Persona

EVENTS = Path("tests/serverless/events")


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("Web Design", "web-design"), ("日本", "日本"), ("Cafe\u0301", "café"), ("Москва Река", "москва-река"),
        ("हिन्दी", "हिन्दी"), ("a__b", "a-b"), ("\ufb01x", "fix"), ("a\u00adb", "ab"), ("\u0301a", "a"),
        ("e\u034f\u0301", "é"), ("a" + "\u0301" * 5000 + "b", "á" + "\u0301" * 4999 + "b"), ("\u0301" * 5000, ""),
        ("C#", "c-sharp"), ("C++", "c-plus-plus"), ("C\uff0b\uff0b17", "c-plus-plus-17"), ("#cats", "cats"),
        ("q+a", "q-a"), ("q++a", "q-a"), ("q_#", "q"), ("a #b", "a-b"),
        ("!!!", ""), ("\u3164", ""), ("\u200d", ""), ("\u0301", ""),
    ],
)  # fmt: skip
def test_words_have_one_form_as_a_tag(words: str, tag: str) -> None:
    assert tag_of(words) == tag
    assert tag_of(tag) == tag


def test_a_tag_that_is_not_latin_is_on_every_list(edith: Persona, api: APIClient) -> None:
    tag = f"日本-{word()}"
    post = write(edith, tags=[tag, "caf\u0065\u0301"])
    assert post["tags"] == [tag, "café"]
    shown = next(one for one in api.get("/api/blog/tags/").json() if one["tag"] == tag)
    assert shown["url"].isascii()
    for url in (f"{API}?tag={quote(tag)}", shown["url"]):
        assert [one["slug"] for one in api.get(url).json()] == [post["slug"]]
    web, path = Client(), f"/tags/{quote(tag)}/"
    for page in ("/tags/", f"/posts/{post['slug']}/"):
        assert f'href="{path}"' in web.get(page).content.decode(), page
    for address in (path, f"{path}{post['published_at'][:4]}/"):
        answer = web.get(address)
        assert answer.status_code == 200
        assert post["title"] in answer.content.decode()
        assert f'<link rel="canonical" href="{settings.SITE_URL}{address}">' in answer.content.decode()
        assert answer["Cache-Tag"].isascii()
        assert tag_label(tag) in answer["Cache-Tag"]
    assert f"<category>{tag}</category>" in web.get("/feed/").content.decode()
    assert f"{settings.SITE_URL}{path}</loc>" in web.get("/sitemap-pages.xml").content.decode()


def test_a_change_clears_the_labels_its_pages_have(edith: Persona) -> None:
    row = Post.fetch((write(edith, tags=["日本"])["slug"],))
    labels = caching.stale_labels(None, row)
    assert {tag_label("日本"), "tags"} <= labels
    assert all(label.isascii() and " " not in label and "," not in label for label in labels)
    assert tag_label("日本") != tag_label("中国")
    assert tag_label("aws") == "tag-aws"


@pytest.mark.parametrize("tag", ["Web", "a b", "日本。", "!", "-a", "a--b", "\u3164", "日" * 41])
def test_a_tag_in_another_form_is_refused_and_has_no_page(edith: Persona, tag: str) -> None:
    answer = edith.api.post(API, {"title": "T", "body": "", "tags": [tag]}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/tags/0"
    assert edith.api.get(API, {"tag": tag}).status_code == 400
    assert Client().get(f"/tags/{quote(tag)}/").status_code == 404


def test_an_editor_writes_words_in_any_script() -> None:
    desk, slug = Desk("editors"), word()
    desk.write(title="T", slug=slug, body="x", tags="日本, Web Design, Café")
    assert Post.fetch((slug,)).tags == ["日本", "web-design", "café"]
    assert slug in slugs(desk.get(POSTS, {"tag": "日本", "status": "draft"}))
    refused = desk.write(f"{POSTS}{slug}/change/", tags="日本, !!!")
    assert "A tag has letters or digits." in refused.content.decode()


@pytest.mark.parametrize("comma", ["\uff0c", "\u3001", "\u060c "])
def test_the_commas_of_other_keyboards_part_tags(comma: str) -> None:
    desk, slug = Desk("editors"), word()
    tags = f"日本{comma}aws"
    desk.write(title="T", slug=slug, body="x", tags=tags)
    assert Post.fetch((slug,)).tags == ["日本", "aws"]
    assert ">aws</a>" in desk.post(f"{POSTS}editor/preview/", {"body": "x", "tags": tags}).json()["html"]


@pytest.mark.parametrize("raw", [False, True])
def test_its_page_answers_through_the_adapter(edith: Persona, raw: bool) -> None:
    tag = f"日本-{word()}"
    post = write(edith, tags=[tag])
    event: dict[str, Any] = json.loads((EVENTS / "http_api.json").read_text())
    event["rawPath"] = f"/tags/{tag if raw else quote(tag)}/"
    event["rawQueryString"] = ""
    answer = handler(event, None)
    assert answer["statusCode"] == 200
    assert post["title"] in answer["body"]
