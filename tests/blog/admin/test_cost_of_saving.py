"""What a save costs, whatever it changes: the post, at most one question about its place, one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from blog.models import Post, Subscriber
from dynamo.models import now
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, errors
from tests.blog.writing import POSTS as API
from tests.blog.writing import at, url, word, write
from tests.media.uploading import jpeg, upload

GET, QUERY, WRITE = "GetItem", "Query", "TransactWriteItems"
LETTER = GET  # which may wait for a draft that is now published without one
LATER = (now() + timedelta(days=900)).strftime("%Y-%m-%dT%H:%M")
EARLIER = "2001-05-06T07:08"


@pytest.fixture(autouse=True)
def _counted() -> None:
    """The form of a draft counts subscribers once in five minutes."""
    Subscriber.number()


@contextmanager
def costing(*expected: str) -> Iterator[None]:
    """That a block sends these requests."""
    with recorded_requests() as sent:
        yield
    assert tuple(sent) == expected


def scheduled(moment: str = LATER) -> dict[str, str]:
    return {"published_at_0": "scheduled", "published_at_1": moment}


def published(moment: str = "") -> dict[str, str]:
    return {"published_at_0": "published", "published_at_1": moment}


SAVES: dict[str, tuple[dict[str, Any], dict[str, str], tuple[str, ...]]] = {
    "the text of a draft": ({"published_at": None}, {"body": "Anew."}, ()),
    "the text of a public post": ({}, {"body": "Anew."}, ()),
    "a title its neighbours show": ({}, {"title": "Anew"}, ()),
    "three tags of a draft": ({"published_at": None}, {"tags": "x, y, z"}, ()),
    "three tags": ({"tags": ["a", "b", "c"]}, {"tags": "a, y, z, w"}, ()),
    "three tags of what is scheduled": ({"tags": ["a", "b"], "published_at": at(days=800)}, {"tags": "y, z"}, ()),
    "to be public": ({"published_at": None, "tags": ["a"]}, published(), (QUERY, LETTER)),
    "to be public, before everything": ({"published_at": None}, published("0001-01-01T00:00"), (QUERY, LETTER)),
    "to be public later": ({"published_at": None, "tags": ["a"]}, scheduled(), (QUERY, LETTER)),
    "the date it is scheduled for": ({"tags": ["a"], "published_at": at(days=800)}, scheduled(), (QUERY,)),
    "its date": ({"tags": ["a"]}, published(EARLIER), (QUERY,)),
    "to be a draft": ({"tags": ["a"]}, {"published_at_0": "draft"}, ()),
    "everything": ({"tags": ["a"]}, {"title": "New", "body": "New", "tags": "x, y", **published(EARLIER)}, (QUERY,)),
}


@pytest.mark.parametrize("change", SAVES)
def test_a_save_changes(pia: Desk, change: str) -> None:
    fields, typed, more = SAVES[change]
    for between in (at(hours=-1), at(days=850)):
        write(pia.person, published_at=between)
    post = write(pia.person, **fields)
    address = f"{POSTS}{post['slug']}/change/"
    with costing(GET, GET):  # the session, and the post
        form = pia.form(address)
    form.pop("send_letter", None)
    with costing(GET, GET, *more, WRITE):
        answer = pia.post(address, {**form, **typed})
    assert answer.status_code == 302, errors(answer)
    assert Post.fetch((post["slug"],)).version == 2


def test_a_new_picture_is_asked_of_media_alone(pia: Desk) -> None:
    post, photo = write(pia.person), upload(pia.person, jpeg(), visibility="public")
    address = f"{POSTS}{post['slug']}/change/"
    form = pia.form(address)
    with costing(GET, GET, GET, WRITE):  # the session, the post, media's upload
        pia.post(address, {**form, "hero_0": photo["id"], "hero_1": "Fields"})
    form = pia.form(address)
    with costing(GET, GET, WRITE):
        pia.post(address, {**form, "hero_1": "Other words"})
    form = pia.form(address)
    with costing(GET, GET, WRITE):
        pia.post(address, {**form, "hero_0": "", "hero_1": ""})
    assert Post.fetch((post["slug"],)).version == 4


def test_a_post_is_written_and_deleted(pia: Desk) -> None:
    form, slug = pia.form(f"{POSTS}add/"), word()
    del form["send_letter"]
    with costing(GET, GET, WRITE):  # the session, whether the address is free
        pia.post(f"{POSTS}add/", {**form, "title": "T", "slug": slug, "body": "x", "tags": "a, b"})
    seen = pia.form(f"{POSTS}{slug}/change/")["seen"]
    with costing(GET, GET, WRITE):
        pia.post(f"{POSTS}{slug}/delete/", {"post": "yes", "seen": seen})
    public = write(pia.person, tags=["a", "b"])["slug"]
    seen = pia.form(f"{POSTS}{public}/change/")["seen"]
    with costing(GET, GET, WRITE):
        pia.post(f"{POSTS}{public}/delete/", {"post": "yes", "seen": seen})
    with costing(GET, GET, QUERY, WRITE):
        pia.post(f"{POSTS}add/", {**form, "title": "T", "slug": word(), "body": "x", "tags": "a", **published()})


def test_the_api_costs_the_same(edith: Any) -> None:
    for between in (at(minutes=-1), at(days=600)):  # a post that passes nobody keeps its neighbours
        write(edith, published_at=between)
    with costing(WRITE):
        draft = write(edith, published_at=None)
    with costing(QUERY, WRITE):
        post = write(edith, tags=["a", "b"])
    for fields, more in (
        ({"published_at": at(days=700), "tags": ["b", "c"]}, (QUERY,)),
        ({"published_at": at(minutes=-2)}, (QUERY,)),
        ({"tags": ["d"], "title": "Anew"}, ()),
        ({"slug": word()}, ()),
    ):
        with costing(GET, *more, WRITE):
            post = edith.api.patch(url(post), fields, format="json").json()
    with costing(GET, WRITE):
        assert edith.api.delete(url(post)).status_code == 204
    with costing(GET, WRITE):
        assert edith.api.delete(url(draft)).status_code == 204
    assert edith.api.get(f"{API}{draft['slug']}/").status_code == 404
