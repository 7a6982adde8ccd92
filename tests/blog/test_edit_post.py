"""PATCH, PUT and DELETE /api/blog/posts/<slug>/"""

from typing import Any

import pytest
from rest_framework.test import APIClient

from blog.models import Post
from dynamo import connection
from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.personas import Persona

UNTOUCHED = ("slug", "title", "body", "summary", "author", "tags", "hero", "published_at", "created_at")


def test_it_changes_what_is_named(edith: Persona, api: APIClient) -> None:
    post = write(edith, tags=["a"], summary="S")
    changed = change(edith, post, title="New title")
    assert (changed["title"], changed["version"]) == ("New title", 2)
    assert {name: changed[name] for name in UNTOUCHED if name != "title"} == {
        name: post[name] for name in UNTOUCHED if name != "title"
    }
    assert api.get(url(post)).json() == changed


def test_an_edit_reads_once_and_writes_once(edith: Persona) -> None:
    post = write(edith, tags=["a", "b"])
    with recorded_requests() as sent:
        change(edith, post, body="Other.", title="Other")
    assert sent == ["GetItem", "TransactWriteItems"]


def test_it_publishes_schedules_and_withdraws(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=None)
    for published_at, status, seen in [
        (at(minutes=-1), "published", 200),
        (at(hours=1), "scheduled", 404),
        (at(minutes=-2), "published", 200),
        (None, "draft", 404),
    ]:
        assert change(edith, post, published_at=published_at)["status"] == status
        assert api.get(url(post)).status_code == seen


def test_a_put_replaces_all(edith: Persona) -> None:
    post = write(edith, tags=["a"], summary="S", author_name="Edith")
    answer = edith.api.put(url(post), {"title": "T", "body": "B"}, format="json")
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["tags"], seen["summary"], seen["author"]["name"], seen["status"]) == ([], "", "", "draft")
    assert (seen["slug"], seen["created_at"], seen["version"]) == (post["slug"], post["created_at"], 2)


def test_if_match_decides(edith: Persona, api: APIClient) -> None:
    post = write(edith)
    tag = api.get(url(post))["ETag"]
    first = edith.api.patch(url(post), {"title": "1"}, format="json", headers={"If-Match": tag})
    assert first.status_code == 200
    for verb, body in (("patch", {"title": "2"}), ("put", {"title": "2", "body": ""}), ("delete", None)):
        answer = getattr(edith.api, verb)(url(post), body, format="json", headers={"If-Match": tag})
        assert_refused(answer, 412)
    assert api.get(url(post)).json()["title"] == "1"
    third = edith.api.patch(url(post), {"title": "3"}, format="json", headers={"If-Match": first["ETag"]})
    assert third.status_code == 200
    assert edith.api.delete(url(post), headers={"If-Match": "*"}).status_code == 204


def test_if_match_tells_a_post_from_a_former_one_at_its_address(edith: Persona, api: APIClient) -> None:
    post = write(edith)
    tag = api.get(url(post))["ETag"]
    assert edith.api.delete(url(post)).status_code == 204
    again = write(edith, slug=post["slug"], title="Another")
    assert again["version"] == post["version"]
    for verb, body in (("patch", {"title": "2"}), ("put", {"title": "2", "body": ""}), ("delete", None)):
        answer = getattr(edith.api, verb)(url(post), body, format="json", headers={"If-Match": tag})
        assert_refused(answer, 412)
    tag = api.get(url(post))["ETag"]
    assert edith.api.delete(url(post), headers={"If-Match": f"W/{tag}"}).status_code == 204


def test_a_neighbour_that_changes_is_no_conflict(edith: Persona) -> None:
    post = write(edith, published_at=at(seconds=-2))
    tag = edith.api.get(url(post))["ETag"]
    write(edith, published_at=at(seconds=-1))
    answer = edith.api.patch(url(post), {"title": "Mine"}, format="json", headers={"If-Match": tag})
    assert answer.status_code == 200


def test_if_none_match_is_for_making(edith: Persona) -> None:
    post = write(edith)
    answer = edith.api.patch(url(post), {"title": "x"}, format="json", headers={"If-None-Match": "*"})
    assert_refused(answer, 412)


def test_a_lost_answer_is_no_false_conflict(edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    post = write(edith)
    shared = connection.shared()
    send = shared.send

    def twice(operation: str, arguments: dict[str, Any]) -> Any:
        answer = send(operation, arguments)
        return send(operation, arguments) if operation == "TransactWriteItems" else answer

    monkeypatch.setattr(shared, "send", twice)
    answer = edith.api.patch(url(post), {"title": "Mine"}, format="json", headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_a_renamed_post_leaves_a_way(edith: Persona, api: APIClient) -> None:
    post, names = write(edith), [word() for _ in range(3)]
    for name in names:
        moved = change(edith, post, slug=name)
        post = {**post, "slug": moved["slug"]}
    for former in names[:2]:
        with recorded_requests() as sent:
            answer = api.get(f"{POSTS}{former}/")
        assert (answer.status_code, answer["Location"]) == (308, f"http://testserver{POSTS}{names[2]}/")
        assert sent == ["GetItem"]
        assert "s-maxage" in answer["Cache-Control"]
    assert api.get(f"{POSTS}{names[2]}/").status_code == 200
    # Nobody else can take a name that leads somewhere; the post itself can take it back.
    taken = edith.api.post(POSTS, {"title": "T", "body": "", "slug": names[0]}, format="json")
    assert_refused(taken, 409)
    change(edith, post, slug=names[0])
    assert api.get(f"{POSTS}{names[2]}/")["Location"].endswith(f"/{names[0]}/")
    assert api.get(f"{POSTS}{names[1]}/")["Location"].endswith(f"/{names[0]}/")
    # A redirect is no post, and gives no secret away.
    assert_refused(edith.api.patch(f"{POSTS}{names[1]}/", {"title": "x"}, format="json"), 404)
    assert_refused(edith.api.delete(f"{POSTS}{names[1]}/"), 404)
    change(edith, {"slug": names[0]}, published_at=None)
    assert_refused(api.get(f"{POSTS}{names[1]}/"), 404)
    change(edith, {"slug": names[0]}, published_at=at(minutes=-1))
    assert api.get(f"{POSTS}{names[1]}/").status_code == 308
    assert edith.api.delete(f"{POSTS}{names[0]}/").status_code == 204
    for name in names:
        assert_refused(api.get(f"{POSTS}{name}/"), 404)


def test_a_draft_leaves_no_way(edith: Persona, api: APIClient) -> None:
    post = write(edith, published_at=None)
    change(edith, post, slug=word(), published_at=at(minutes=-1))
    assert_refused(api.get(url(post)), 404)
    # The name is free again.
    assert write(edith, slug=post["slug"])["slug"] == post["slug"]


def test_what_was_public_leaves_a_way_though_it_is_renamed_as_a_draft(edith: Persona, api: APIClient) -> None:
    """Readers know its first address from before it was withdrawn."""
    post, name = write(edith), word()
    change(edith, post, published_at=None)
    renamed = change(edith, post, slug=name)
    assert_refused(api.get(url(post)), 404)
    assert_refused(edith.api.post(POSTS, {"title": "T", "body": "", "slug": post["slug"]}, format="json"), 409)
    change(edith, renamed, published_at=at(minutes=-1))
    answer = api.get(url(post))
    assert (answer.status_code, answer["Location"]) == (308, f"http://testserver{POSTS}{name}/")


def test_it_refuses_a_slug_that_is_taken(edith: Persona) -> None:
    post, other = write(edith), write(edith)
    assert_refused(edith.api.patch(url(post), {"slug": other["slug"]}, format="json"), 409, "/slug")
    assert edith.api.get(url(post)).json()["version"] == 1


def test_it_can_be_renamed_twenty_times_and_back(edith: Persona, api: APIClient) -> None:
    first = post = write(edith)
    for _ in range(20):
        post = change(edith, post, slug=word())
    assert_refused(edith.api.patch(url(post), {"slug": word()}, format="json"), 409)
    assert api.get(url(first))["Location"].endswith(f"/{post['slug']}/")
    assert change(edith, post, slug=first["slug"])["slug"] == first["slug"]
    assert api.get(url(post))["Location"].endswith(f"/{first['slug']}/")


def test_it_deletes(edith: Persona, api: APIClient) -> None:
    post = write(edith, tags=[tag := word()])
    answer = edith.api.delete(url(post))
    assert (answer.status_code, answer.content) == (204, b"")
    for verb in (api.get, edith.api.get, edith.api.delete):
        assert_refused(verb(url(post)), 404)
    assert api.get(f"{POSTS}?tag={tag}").json() == []


@pytest.mark.parametrize("verb", ["patch", "put", "delete"])
def test_readers_change_nothing(edith: Persona, alice: Persona, api: APIClient, verb: str) -> None:
    post = write(edith)
    body = {"title": "Mine", "body": "", "published_at": None}
    assert_refused(getattr(api, verb)(url(post), body, format="json"), 401)
    assert_refused(getattr(alice.api, verb)(url(post), body, format="json"), 403)
    assert api.get(url(post)).json() == post


@pytest.mark.parametrize("verb", ["PATCH", "PUT"])
@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_body(edith: Persona, verb: str, body: Any, content_type: str, status: int) -> None:
    post = write(edith)
    assert_refused(edith.api.generic(verb, url(post), body, content_type=content_type), status)
    assert edith.api.get(url(post)).json() == post


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"hero": {"alt": "x"}}, "/hero/upload"),
        ({"tags": [None]}, "/tags/0"),
        ({"x": 1}, "/x"),
    ],
)
def test_it_points_at_a_bad_field(edith: Persona, fields: dict[str, Any], pointer: str) -> None:
    post = write(edith)
    assert_refused(edith.api.patch(url(post), fields, format="json"), 400, pointer)
    assert edith.api.get(url(post)).json() == post


@pytest.mark.parametrize("verb", ["patch", "put", "delete"])
def test_what_is_missing_stays_missing(edith: Persona, verb: str) -> None:
    slug = word()
    body = {"title": "T", "body": "B"}
    assert_refused(getattr(edith.api, verb)(f"{POSTS}{slug}/", body, format="json"), 404)
    with pytest.raises(Post.DoesNotExist):
        Post.get(slug)
