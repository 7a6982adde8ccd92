"""GET /api/blog/posts/, by tag, by author; GET /api/blog/drafts/"""

import re
from datetime import datetime

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from blog.models import Post, TagPost
from dynamo.models import now
from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.personas import Persona, sign_up

DRAFTS = "/api/blog/drafts/"


def slugs(answer: HttpResponse) -> list[str]:
    """Of a page."""
    assert answer.status_code == 200, answer.content
    return [post["slug"] for post in answer.json()]  # type: ignore[attr-defined]  # the test client's


def following(answer: HttpResponse) -> str | None:
    """The next page."""
    found = re.search(r'<([^>]+)>; rel="next"', answer["Link"])
    return found[1] if found else None


@pytest.mark.parametrize("query", ["?limit=100", "?tag={tag}", "?author={author}", "?author={author}&tag={tag}"])
def test_it_lists_public_posts_newest_first(edith: Persona, api: APIClient, query: str) -> None:
    tag = word()
    mine = [write(edith, tags=[tag, "shared"], published_at=at(seconds=-10 * n))["slug"] for n in (1, 2, 3)]
    write(edith, tags=[tag], published_at=None)
    write(edith, tags=[tag], published_at=at(hours=1))
    with recorded_requests() as sent:
        answer = api.get(POSTS + query.format(tag=tag, author=edith.sub))
    assert sent == ["Query"]
    assert [slug for slug in slugs(answer) if slug in mine] == mine
    if "{" in query:
        assert slugs(answer) == mine


def test_it_shows_no_bodies(edith: Persona, api: APIClient) -> None:
    post = write(edith, tags=[tag := word()], body="Some *text*.")
    [listed] = api.get(f"{POSTS}?tag={tag}").json()
    assert listed == {name: value for name, value in post.items() if name not in {"body", "html", "previous", "next"}}
    [listed_by_author] = api.get(f"{POSTS}?author={edith.sub}").json()
    assert listed_by_author == listed
    assert next(found for found in api.get(POSTS).json() if found["slug"] == post["slug"]) == listed


@pytest.mark.parametrize("query", ["?tag={tag}&limit=2", "?author={author}&limit=2"])
def test_it_pages(edith: Persona, api: APIClient, query: str) -> None:
    tag, found = word(), []
    mine = [write(edith, tags=[tag], published_at=at(minutes=-n))["slug"] for n in range(1, 6)]
    page: str | None = POSTS + query.format(tag=tag, author=edith.sub)
    while page:
        with recorded_requests() as sent:
            answer = api.get(page)
        assert sent == ["Query"]
        found += slugs(answer)
        page = following(answer)
    assert found == mine


def test_two_authors_have_their_own(edith: Persona, api: APIClient) -> None:
    fred = sign_up("fred", "publishers")
    mine, his = write(edith)["slug"], write(fred)["slug"]
    assert slugs(api.get(f"{POSTS}?author={edith.sub}")) == [mine]
    assert slugs(api.get(f"{POSTS}?author={fred.sub}")) == [his]


def test_it_is_fit_for_a_cdn(edith: Persona, api: APIClient) -> None:
    tag = word()
    post = write(edith, tags=[tag], published_at=at(days=-1))
    answer = api.get(f"{POSTS}?tag={tag}")
    assert answer["Cache-Control"].startswith("public, max-age=0, s-maxage=60, stale-while-revalidate=")
    assert "Authorization" not in answer.get("Vary", "")
    assert "Last-Modified" in answer
    again = api.get(f"{POSTS}?tag={tag}", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.head(f"{POSTS}?tag={tag}")["ETag"] == answer["ETag"]
    # A list that lost a post has no later date, so a date alone never says that a copy is still good.
    change(edith, post, published_at=None)
    since = api.get(f"{POSTS}?tag={tag}", headers={"If-Modified-Since": answer["Last-Modified"]})
    assert (since.status_code, since.json()) == (200, [])


def test_a_token_changes_nothing(edith: Persona, api: APIClient) -> None:
    tag = word()
    write(edith, tags=[tag])
    write(edith, tags=[tag], published_at=None)
    open_answer = api.get(f"{POSTS}?tag={tag}")
    for token in (edith.access_token, "rubbish"):
        answer = api.get(f"{POSTS}?tag={tag}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.content, answer["Cache-Control"]) == (open_answer.content, open_answer["Cache-Control"])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("tag=No Tag", "tag"),
        ("tag=%23tags", "tag"),
        ("author=a/b", "author"),
        ("status=draft", "status"),
        ("tag=a&tag=b", "tag"),
    ],
)
def test_it_points_at_a_bad_parameter(api: APIClient, query: str, parameter: str) -> None:
    answer = api.get(f"{POSTS}?{query}")
    assert_refused(answer, 400)
    assert parameter in {error["parameter"] for error in answer.json()["errors"]}


def test_a_cursor_opens_its_own_list_alone(edith: Persona, api: APIClient) -> None:
    tag = word()
    for _ in range(2):
        write(edith, tags=[tag])
    page = following(api.get(f"{POSTS}?tag={tag}&limit=1"))
    assert page is not None
    assert_refused(api.get(page.replace(tag, word())), 400)


def test_editors_list_drafts(edith: Persona) -> None:
    draft, other = write(edith, published_at=None), write(edith, published_at=None)
    public = write(edith)
    change(edith, draft, title="Changed last")
    with recorded_requests() as sent:
        answer = edith.api.get(DRAFTS)
    assert sent == ["Query"]
    found = slugs(answer)
    assert found.index(draft["slug"]) < found.index(other["slug"])
    assert public["slug"] not in found
    assert answer["Cache-Control"] == "private, no-store"
    assert {post["status"] for post in answer.json()} == {"draft"}
    change(edith, draft, published_at=at(minutes=-1))
    assert draft["slug"] not in slugs(edith.api.get(DRAFTS))


def test_editors_list_what_is_scheduled(edith: Persona) -> None:
    later, sooner = write(edith, published_at=at(days=3)), write(edith, published_at=at(days=2))
    write(edith, published_at=None)
    with recorded_requests() as sent:
        answer = edith.api.get(f"{DRAFTS}?status=scheduled&limit=100")
    assert sent == ["Query"]
    found = slugs(answer)
    assert found.index(sooner["slug"]) < found.index(later["slug"])
    assert {post["status"] for post in answer.json()} == {"scheduled"}
    for post in (later, sooner):
        edith.api.delete(url(post))


def test_what_appears_while_its_pages_are_turned_stops_nobody(edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    later = [write(edith, published_at=at(days=3, seconds=number)) for number in (1, 2)]
    page = edith.api.get(f"{DRAFTS}?status=scheduled&limit=1")
    [sooner] = page.json()
    monkeypatch.setattr("blog.models.posts.now", lambda: datetime.fromisoformat(sooner["published_at"]))
    found = slugs(edith.api.get(str(following(page)).replace("limit=1", "limit=100")))
    assert sooner["slug"] not in found
    assert later[1]["slug"] in found
    for post in later:
        edith.api.delete(url(post))


def test_readers_list_no_drafts(api: APIClient, alice: Persona) -> None:
    assert_refused(api.get(DRAFTS), 401)
    assert_refused(alice.api.get(DRAFTS), 403)


def test_others_posts_cost_nothing(edith: Persona, api: APIClient) -> None:
    tag, mine = word(), write(edith, tags=[word()])
    others = [
        Post(word(), title="Others'", author=f"author-{number % 50}", version=1, created_at=now(), updated_at=now())
        for number in range(300)
    ]
    with Post.batch_write() as batch:
        for post in others:
            # In its author's index and under its tag; out of the feed, whose links nobody has made.
            post.date(now())
            post.feed = None
            batch.save(post)
    with TagPost.batch_write() as rows:
        for post in others:
            rows.save(TagPost.of(post, tag))
    for query in (f"?author={edith.sub}", f"?tag={mine['tags'][0]}"):
        with recorded_requests() as sent:
            assert slugs(api.get(POSTS + query)) == [mine["slug"]]
        assert sent == ["Query"]
    with recorded_requests() as sent:
        assert api.get(url(mine)).status_code == 200
    assert sent == ["GetItem"]
