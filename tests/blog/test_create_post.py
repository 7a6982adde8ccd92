"""POST /api/blog/posts/"""

import random
import string
from typing import Any

import pytest
from rest_framework.test import APIClient

from blog.models import Post
from dynamo.errors import DoesNotExist
from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.blog.writing import POSTS, as_read, at, url, word, write
from tests.personas import Persona


def test_it_makes_a_draft(edith: Persona, api: APIClient) -> None:
    answer = edith.api.post(POSTS, {"title": f"About {word()}", "body": "Text."}, format="json")
    assert answer.status_code == 201
    assert answer.json()["warnings"] == []
    post = as_read(answer)
    assert (post["status"], post["published_at"], post["version"]) == ("draft", None, 1)
    assert post["author"] == {"id": edith.sub, "name": ""}
    assert answer["Location"] == post["url"]
    assert answer["Cache-Control"] == "private, no-store"
    assert api.get(url(post)).status_code == 404
    assert edith.api.get(url(post)).json() == post


def test_it_publishes(edith: Persona, api: APIClient) -> None:
    post = write(edith, body="# Hello\n\n*World*", tags=["b", "a", "b"], summary="Short.", author_name="Edith")
    seen = api.get(url(post)).json()
    assert seen == post
    assert (seen["status"], seen["tags"], seen["words"], seen["reading_minutes"]) == ("published", ["b", "a"], 2, 1)
    assert seen["html"] == '<h1 id="h-hello">Hello</h1>\n<p><em>World</em></p>\n'


def test_writers_are_told_what_readers_will_not_see(edith: Persona) -> None:
    fields = {"title": f"About {word()}", "body": "![a map](map.png)"}
    answer = edith.api.post(POSTS, fields, format="json")
    assert "a map" in answer.json()["warnings"][0]
    post = as_read(answer)
    assert "a map" in edith.api.patch(url(post), {"body": fields["body"]}, format="json").json()["warnings"][0]
    assert edith.api.patch(url(post), {"summary": "S"}, format="json").json()["warnings"] == []
    assert "warnings" not in edith.api.get(url(post)).json()


def test_it_schedules(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=at(hours=1))
    assert post["status"] == "scheduled"
    assert api.get(url(post)).status_code == 404


def test_a_draft_is_one_request(edith: Persona) -> None:
    with recorded_requests() as sent:
        write(edith, published_at=None)
    assert sent == ["TransactWriteItems"]


def test_it_makes_a_slug_of_the_title(edith: Persona) -> None:
    name = word()
    title = f"Ça va, {name}?"
    slugs = [write(edith, title=title)["slug"] for _ in range(3)]
    assert slugs == [f"ca-va-{name}", f"ca-va-{name}-2", f"ca-va-{name}-3"]
    for title, slug in {"Straße": "strasse", "Łódź Ørsted": "lodz-orsted", "日本": "riben"}.items():
        assert write(edith, title=f"{title} {name}")["slug"] == f"{slug}-{name}"
    assert write(edith, title="!?")["slug"].startswith("post-")
    assert len(write(edith, title=name + "x" * 180)["slug"]) <= 80


def test_what_is_written_each_week_under_the_same_title_has_a_slug_each_time(edith: Persona) -> None:
    title = f"Links of the week {word()} {'x' * 60}"
    slugs = [write(edith, title=title, published_at=None)["slug"] for _ in range(7)]
    assert len(set(slugs)) == 7
    assert max(map(len, slugs)) <= 80


def test_it_refuses_a_slug_that_is_taken(edith: Persona) -> None:
    post = write(edith)
    answer = edith.api.post(POSTS, {"title": "Other", "body": "", "slug": post["slug"]}, format="json")
    assert_refused(answer, 409, "/slug")
    assert edith.api.get(url(post)).json() == post


def test_readers_write_nothing(api: APIClient, alice: Persona) -> None:
    slug = word()
    body = {"title": "Mine", "body": "", "slug": slug}
    refused = api.post(POSTS, body, format="json")
    assert_refused(refused, 401)
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert_refused(alice.api.post(POSTS, body, format="json"), 403)
    with pytest.raises(DoesNotExist):
        Post.fetch((slug,))


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_body(edith: Persona, body: Any, content_type: str, status: int) -> None:
    assert_refused(edith.api.generic("POST", POSTS, body, content_type=content_type), status)


HERO = {"upload": "0197b1de-4c2a-7f3e-9b1a-2f6d5c8e7a10", "alt": "A table"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": " \u200b"}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": None}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({"body": "a\x00b"}, "/body"),
        ({"body": "x" * 200_001}, "/body"),
        ({"body": "語" * 70_000}, "/body"),
        ({"body": ["x"]}, "/body"),
        ({"slug": "No Slug"}, "/slug"),
        ({"slug": "a--b"}, "/slug"),
        ({"slug": "a\n"}, "/slug"),
        ({"slug": "photo#1"}, "/slug"),
        ({"slug": "x" * 81}, "/slug"),
        ({"summary": "x" * 501}, "/summary"),
        ({"author_name": "x" * 101}, "/author_name"),
        ({"tags": "a"}, "/tags"),
        ({"tags": ["#tags"]}, "/tags/0"),
        ({"tags": [""]}, "/tags/0"),
        ({"tags": [1]}, "/tags/0"),
        ({"tags": list("abcdefghijk")}, "/tags"),
        ({"published_at": "yesterday"}, "/published_at"),
        ({"published_at": "2026-03-01T09:00:00"}, "/published_at"),
        ({"published_at": 5}, "/published_at"),
        ({"hero": "x"}, "/hero"),
        ({"hero": {**HERO, "alt": ""}}, "/hero/alt"),
        ({"hero": {"upload": HERO["upload"]}}, "/hero/alt"),
        ({"hero": {**HERO, "upload": "../me"}}, "/hero/upload"),
        ({"hero": {**HERO, "url": "https://x"}}, "/hero/url"),
        ({"html": "<script>"}, "/html"),
        ({"version": 7}, "/version"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_it_points_at_a_bad_field(edith: Persona, fields: dict[str, Any], pointer: str) -> None:
    slug = word()
    body = {"title": "T", "body": "B", "slug": slug, **fields}
    assert_refused(edith.api.post(POSTS, body, format="json"), 400, pointer)
    with pytest.raises(DoesNotExist):
        Post.fetch((slug,))


def test_a_post_of_the_largest_size_is_kept(edith: Persona) -> None:
    text = "".join(f"{word()} " for _ in range(200_000 // 14))
    assert edith.api.get(url(write(edith, body=text))).json()["body"] == text


def test_what_does_not_fit_is_said_to_be_too_large(edith: Persona) -> None:
    """The most that Markdown can be blown up: random code, every character in an element of its own."""
    chance = random.Random(1)
    code = "".join(chance.choice("+-*/%<>=!&|^~?:;,.()[]{}") for _ in range(19_000))
    answer = edith.api.post(POSTS, {"title": "T", "body": f"```js\n{code}\n```\n" * 10, "slug": word()}, format="json")
    assert answer.status_code in {201, 413}
    noise = "".join(chance.choice(string.printable) for _ in range(199_000))
    answer = edith.api.post(POSTS, {"title": "T", "body": noise, "slug": word()}, format="json")
    assert answer.status_code in {201, 413}


def test_any_date_will_do(edith: Persona, api: APIClient) -> None:
    assert write(edith, published_at="0001-01-01T00:00:00Z")["status"] == "published"
    late = write(edith, published_at="9999-12-31T23:59:59.999999Z")
    assert late["status"] == "scheduled"
    assert edith.api.delete(url(late)).status_code == 204
