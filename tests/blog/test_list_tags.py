"""GET /api/blog/tags/"""

import re
from typing import Any

from rest_framework.test import APIClient

from blog.models import ALL_TAGS, TagCount
from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.personas import Persona
from tests.waiting import until

TAGS = "/api/blog/tags/"


def count(api: APIClient, tag: str) -> int:
    """Public posts of a tag; 0 if it is not listed."""
    return next((found["count"] for found in api.get(TAGS).json() if found["tag"] == tag), 0)


def test_it_counts_public_posts(edith: Persona, api: APIClient) -> None:
    tag = word()
    posts = [write(edith, tags=[tag]) for _ in range(2)]
    write(edith, tags=[tag], published_at=None)
    future = write(edith, tags=[tag], published_at=at(hours=1))
    assert count(api, tag) == 2
    change(edith, posts[0], published_at=None)
    assert count(api, tag) == 1
    change(edith, posts[1], tags=[])
    assert count(api, tag) == 0
    change(edith, future, published_at=at(minutes=-1))
    assert count(api, tag) == 1
    edith.api.delete(url(future))
    assert count(api, tag) == 0


def test_it_is_one_request(edith: Persona, api: APIClient) -> None:
    write(edith, tags=[word(), word()])
    with recorded_requests() as sent:
        answer = api.get(TAGS)
    assert sent == ["Query"]
    names = [found["tag"] for found in answer.json()]
    assert names == sorted(names)


def test_a_copy_that_lacks_a_scheduled_post_is_soon_served_to_nobody(edith: Persona, api: APIClient) -> None:
    """At its time nothing is written that would clear it."""
    post = write(edith)
    for path in (TAGS, POSTS, url(post)):
        control = api.get(path)["Cache-Control"]
        assert sum(map(int, re.findall(r"(?:s-maxage|while-revalidate)=(\d+)", control))) <= 120, path


def test_a_scheduled_post_counts_when_its_time_comes(edith: Persona, api: APIClient) -> None:
    tag = word()
    post = write(edith, tags=[tag], published_at=at(seconds=0.7))
    assert count(api, tag) == 0
    until(lambda: count(api, tag) == 1, "the post's time")
    # What came by itself is taken off again like any other.
    change(edith, post, published_at=None)
    assert count(api, tag) == 0


def test_a_tag_without_posts_leaves_nothing_behind(edith: Persona, api: APIClient) -> None:
    tag = word()
    post = write(edith, tags=[tag])
    assert TagCount.fetch((ALL_TAGS, tag)).dated == 1
    edith.api.delete(url(post))
    until(lambda: tag not in {row.tag for row in TagCount.all().all()}, "the tidying")
    # It counts from the start again.
    write(edith, tags=[tag])
    assert count(api, tag) == 1


def test_a_post_scheduled_anew_leaves_no_date_behind(edith: Persona, api: APIClient) -> None:
    tag = word()
    post = write(edith, tags=[tag], published_at=at(hours=1))
    for hours in (2, 3, 1):
        change(edith, post, published_at=at(hours=hours))
    change(edith, post, slug=word())
    row = TagCount.fetch((ALL_TAGS, tag))
    assert (int(row.dated), len({*(row.ahead_even or ()), *(row.ahead_odd or ())})) == (1, 1)
    assert count(api, tag) == 0


def test_it_leads_to_the_posts(edith: Persona, api: APIClient) -> None:
    tag = word()
    write(edith, tags=[tag])
    found: Any = next(found for found in api.get(TAGS).json() if found["tag"] == tag)
    assert found["url"].endswith(f"{POSTS}?tag={tag}")
    assert len(api.get(found["url"]).json()) == 1


def test_it_is_fit_for_a_cdn(edith: Persona, api: APIClient) -> None:
    write(edith, tags=[word()])
    answer = api.get(TAGS)
    assert "s-maxage=60" in answer["Cache-Control"]
    assert api.get(TAGS, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert_refused(api.get(f"{TAGS}?x=1"), 400)
