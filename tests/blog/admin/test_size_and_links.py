"""What stays the same with many posts; and the secret link of a draft."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import signing
from django.test import Client

from blog.models import Post
from blog.pages.drafts import SECRET_FOR
from dynamo.testing import recorded_requests
from tests.blog.admin.desk import POSTS, Desk, slugs, text
from tests.blog.writing import change, secret_link, word, write

LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def many() -> Any:
    """Two thousand posts of others, older than all else."""
    # Drafts: they stand in no feed, whose links would have to be written with them.
    ages = (LONG_AGO + timedelta(hours=number) for number in range(2000))
    posts = [Post(f"old-{uuid.uuid4().hex}", title="Old", author="nobody", created_at=at, updated_at=at) for at in ages]
    with Post.batch_write() as batch:
        for post in posts:
            batch.save(post)
    yield
    with Post.batch_write() as batch:
        for post in posts:
            batch.delete(post)


@pytest.mark.usefixtures("many")
def test_every_page_of_a_long_list_is_one_query_in_both_directions(ed: Desk) -> None:
    url, seen = POSTS, []
    for _ in range(4):
        with recorded_requests() as sent:
            page = ed.get(url)
        assert sent == ["GetItem", "Query"]
        seen.append(slugs(page))
        url = f"{POSTS}{page.context['cl'].next_url}"
    assert len({slug for page in seen for slug in page}) == 100
    back = ed.get(f"{POSTS}{page.context['cl'].previous_url}")
    assert slugs(back) == seen[2]
    assert "25 of many posts" in text(back)


@pytest.mark.usefixtures("many")
def test_the_index_and_an_authors_list_do_not_grow(ed: Desk) -> None:
    mine = write(ed.person, published_at=None)["slug"]
    with recorded_requests() as sent:
        found = slugs(ed.get(f"{POSTS}?author={ed.person.sub}"))
    assert (sent, found) == (["GetItem", "Query"], [mine])
    with recorded_requests() as sent:
        ed.get("/admin/")
    assert sent == ["GetItem", "Query"]


@pytest.mark.parametrize("fields", [{"published_at": None}, {"published_at": "2999-01-01T00:00:00Z"}])
def test_a_secret_link_shows_what_is_not_public(pia: Desk, fields: dict[str, Any]) -> None:
    post = write(pia.person, title="A secret", **fields)
    answer = Client().get(secret_link(post["slug"]))
    assert (answer.status_code, "A secret" in text(answer)) == (200, True)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert 'content="noindex"' in text(answer)
    assert "canonical" not in text(answer)


def test_once_public_it_leads_to_the_page(pia: Desk) -> None:
    post = write(pia.person, published_at=None)
    link = secret_link(post["slug"])
    change(pia.person, post, published_at="2020-01-01T00:00:00Z")
    answer = Client().get(link)
    assert (answer.status_code, answer["Location"]) == (302, f"/posts/{post['slug']}/")
    assert answer["Cache-Control"] == "no-store"


def test_a_link_that_is_old_or_made_up_shows_nothing(ed: Desk) -> None:
    slug = write(ed.person, published_at=None)["slug"]
    link = secret_link(slug)
    late = time.time() + SECRET_FOR.total_seconds() + 9
    with patch("django.core.signing.time.time", return_value=late):
        assert Client().get(link).status_code == 410
    assert Client().get(f"/drafts/{slug}/").status_code == 404
    assert Client().get(f"{link[:-3]}xx/").status_code == 404
    assert Client().get(f"/drafts/{signing.dumps(slug, salt='another')}/").status_code == 404
    assert Client().get(f"/drafts/{signing.dumps(['no-such', '1'], salt='blog.draft')}/").status_code == 404
    assert Client().post(link).status_code == 405


@pytest.mark.parametrize("is_older", [False, True])
def test_a_link_follows_its_post_and_shows_no_other_of_the_same_name(ed: Desk, is_older: bool) -> None:
    other = write(ed.person, published_at=None, title="Another") if is_older else None
    slug = write(ed.person, published_at=None, title="A secret")["slug"]
    link = secret_link(slug)
    change(ed.person, {"slug": slug}, slug=word())
    if other:
        change(ed.person, other, slug=slug)
    else:
        write(ed.person, slug=slug, published_at=None, title="Another")
    assert "A secret" in text(Client().get(link))
    assert "Another" in text(Client().get(secret_link(slug)))
