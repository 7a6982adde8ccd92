"""GET /api/blog/posts/<slug>/"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.http import http_date, parse_http_date
from rest_framework.test import APIClient

from blog import services
from blog.api import responses
from blog.models import Post
from blog.publishing import markdown
from dynamo.reading import ItemView
from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.personas import Persona


def test_it_is_one_request(edith: Persona, api: APIClient) -> None:
    days = [datetime(2002, 1, day, tzinfo=UTC).isoformat() for day in (1, 2, 3)]
    posts = [write(edith, published_at=day, tags=["a"]) for day in days]
    with recorded_requests() as sent:
        seen = api.get(url(posts[1])).json()
    assert sent == ["GetItem"]
    assert (seen["previous"]["slug"], seen["next"]["slug"]) == (posts[0]["slug"], posts[2]["slug"])


def test_it_links_to_its_neighbours(edith: Persona, api: APIClient) -> None:
    # Far from other tests' posts.
    days = [datetime(2001, 1, day, tzinfo=UTC).isoformat() for day in (1, 2, 3)]
    first, second, third = (write(edith, published_at=day, title=f"No. {day}") for day in days)
    seen = api.get(url(second)).json()
    assert seen["previous"] == {"slug": first["slug"], "title": first["title"], "url": first["url"]}
    assert seen["next"] == {"slug": third["slug"], "title": third["title"], "url": third["url"]}
    change(edith, third, title="Renamed", slug=(slug := word()))
    assert api.get(url(second)).json()["next"]["slug"] == slug
    assert api.get(url(second)).json()["next"]["title"] == "Renamed"
    change(edith, second, published_at=None)
    assert api.get(url(first)).json()["next"]["slug"] == slug
    edith.api.delete(f"{POSTS}{slug}/")
    assert (api.get(url(first)).json()["next"] or {}).get("slug") != slug


def test_a_scheduled_neighbour_shows_when_its_time_comes(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=at(seconds=-0.2))
    later = write(edith, published_at=at(seconds=1.2))
    before = api.get(url(post))
    assert before.json()["next"] is None
    # No cache may keep it for longer than that.
    assert "s-maxage=0" in before["Cache-Control"] or "s-maxage=1" in before["Cache-Control"]
    deadline = time.monotonic() + 10
    while (after := api.get(url(post), headers={"If-None-Match": before["ETag"]})).status_code == 304:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert after.json()["next"]["slug"] == later["slug"]
    assert api.get(url(later)).json()["previous"]["slug"] == post["slug"]
    assert "s-maxage=60" in after["Cache-Control"]


def test_it_is_fit_for_a_cdn(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=at(days=-1))
    answer = api.get(url(post))
    assert answer["Cache-Control"].startswith("public, max-age=0, s-maxage=60, stale-while-revalidate=")
    assert answer["ETag"].startswith('"v1.')
    assert "Authorization" in answer["Vary"]
    again = api.get(url(post), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == answer["Cache-Control"]
    since = api.get(url(post), headers={"If-Modified-Since": answer["Last-Modified"]})
    assert since.status_code == 304
    head = api.head(url(post))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])


def test_a_change_changes_its_etag(edith: Persona, api: APIClient) -> None:
    post = write(edith)
    answer = api.get(url(post))
    change(edith, post, title="New")
    fresh = api.get(url(post), headers={"If-None-Match": answer["ETag"]})
    assert (fresh.status_code, fresh.json()["title"]) == (200, "New")


def test_a_copy_of_a_former_post_at_its_address_is_no_longer_good(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=at(days=-1))
    tag = api.get(url(post))["ETag"]
    assert edith.api.delete(url(post)).status_code == 204
    write(edith, slug=post["slug"], title="Another", published_at=post["published_at"])
    fresh = api.get(url(post), headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.json()["title"]) == (200, "Another")


def test_a_scheduled_post_is_dated_by_its_publication(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=at(hours=1))
    stored = Post.fetch((post["slug"],))
    later = stored.published_at + timedelta(seconds=5)
    assert max(responses._changes(ItemView(Post, stored.serialize()), later)) == stored.published_at
    assert parse_http_date(http_date(stored.published_at.timestamp())) > stored.updated_at.timestamp()


@pytest.mark.parametrize("published_at", [None, "9999-01-01T00:00:00Z"])
def test_only_editors_see_what_is_not_public(
    edith: Persona, alice: Persona, api: APIClient, published_at: str | None
) -> None:
    post = write(edith, published_at=published_at)
    for reader in (api, alice.api):
        answer = reader.get(url(post))
        assert_refused(answer, 404)
        assert answer["Cache-Control"] in {"no-store", "private, no-store"}
    seen = edith.api.get(url(post))
    assert seen.status_code == 200
    assert seen["Cache-Control"] == "private, no-store"
    edith.api.delete(url(post))


def test_what_is_asked_with_a_token_is_kept_by_nobody(edith: Persona, alice: Persona) -> None:
    post = write(edith)
    for reader in (alice, edith):
        assert reader.api.get(url(post))["Cache-Control"] == "private, no-store"


def test_a_bad_token_is_refused(edith: Persona, api: APIClient) -> None:
    assert_refused(api.get(url(write(edith)), headers={"Authorization": "Bearer x"}), 401)


@pytest.mark.parametrize(
    "slug", ["missing", "photo%231", "%23start", "A", "a--b", "x" * 81, "x" * 5000, "%00", "..%2f"]
)
def test_there_is_nothing_else(edith: Persona, api: APIClient, slug: str) -> None:
    write(edith)
    for reader in (api, edith.api):
        assert_refused(reader.get(f"{POSTS}{slug}/"), 404)


def test_html_of_an_older_renderer_is_made_anew(
    edith: Persona, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = write(edith, body="*new*")
    stored = Post.fetch((post["slug"],))
    stored.html = "<p>old</p>"
    stored.save()
    assert api.get(url(post)).json()["html"] == "<p>old</p>"
    for module in (markdown, services, responses):
        monkeypatch.setattr(module, "RENDERER", markdown.RENDERER + 1)
    monkeypatch.setattr("blog.api.serializers.RENDERER", markdown.RENDERER)
    assert api.get(url(post)).json()["html"] == "<p><em>new</em></p>\n"
