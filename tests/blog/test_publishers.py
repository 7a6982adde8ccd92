"""Editors write; publishers decide what is public. The API and the admin hold to one rule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from accounts.groups import groups_with
from blog import services
from blog.uploads import MediaUploads
from tests.blog.writing import POSTS, at, change, url, word, write
from tests.personas import Persona, sign_up

PROBLEM = "Deciding whether and when a post is public is for members of publishers or admins."


def refused(answer: Any) -> str:
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    return str(answer.json()["detail"])


def read(reader: Persona, post: Any) -> Any:
    return reader.api.get(url(post)).json()


@pytest.mark.parametrize("when", [{"minutes": -1}, {"days": 1}])
def test_it_refuses_an_editors_dated_post(emil: Persona, when: dict[str, float]) -> None:
    slug = word()
    answer = emil.api.post(POSTS, {"title": "A", "body": "", "slug": slug, "published_at": at(**when)}, format="json")
    assert refused(answer).startswith(PROBLEM)
    assert emil.api.get(f"{POSTS}{slug}/").status_code == 404


def test_it_lets_an_editor_write_and_rename_a_draft(emil: Persona) -> None:
    draft = write(emil, published_at=None)
    assert change(emil, draft, title="Another", slug=word())["status"] == "draft"


@pytest.mark.parametrize("method", ["patch", "put"])
def test_it_lets_an_editor_mend_the_text_of_a_public_post(edith: Persona, emil: Persona, method: str) -> None:
    post = write(edith)
    sent = {"title": "Mended", "body": "New.", "published_at": post["published_at"]}
    answer = getattr(emil.api, method)(url(post), sent, format="json")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["title"], answer.json()["published_at"]) == ("Mended", post["published_at"])


@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_the_admin_published_is_mended_likewise(edith: Persona, emil: Persona, method: str) -> None:
    """Its "at once" is exact to the microsecond, of which the API shows milliseconds."""
    post, moment = write(edith, published_at=None), datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)
    services.edit_post(
        slug=post["slug"],
        values={"published_at": moment},
        expect=None,
        editor=edith.sub,
        uploads=MediaUploads(""),
        may_publish=True,
    )
    sent = {"title": "Mended", "body": "New.", "published_at": read(emil, post)["published_at"]}
    answer = getattr(emil.api, method)(url(post), sent, format="json")
    assert (answer.status_code, answer.json().get("title")) == (200, "Mended")
    assert services.fetch_post(post["slug"]).published_at == moment


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, {"minutes": -1}),
        (None, {"days": 1}),
        ({"days": 1}, {"minutes": -1}),
        ({"minutes": -1}, {"minutes": -2}),
        ({"minutes": -1}, None),
    ],
)
def test_it_refuses_an_editor_who_dates_a_post(
    edith: Persona, emil: Persona, before: dict[str, float] | None, after: dict[str, float] | None
) -> None:
    post = write(edith, published_at=before and at(**before))
    sent = {"title": "Mine", "published_at": after and at(**after)}
    assert refused(emil.api.patch(url(post), sent, format="json")).startswith(PROBLEM)
    assert read(emil, post) == read(edith, post) == post


def test_it_refuses_an_editor_who_withdraws_by_leaving_the_date_out(edith: Persona, emil: Persona) -> None:
    post = write(edith)
    refused(emil.api.put(url(post), {"title": "Mine", "body": ""}, format="json"))
    assert read(emil, post) == post


def test_it_refuses_an_editor_who_deletes(edith: Persona, emil: Persona) -> None:
    for post in (write(edith), write(emil, published_at=None)):
        assert refused(emil.api.delete(url(post))) == "Deleting a post is for members of publishers or admins."
        assert read(emil, post) == post


@pytest.mark.parametrize("group", ["publishers", "admins"])
def test_it_lets_who_publishes_date_and_delete(group: str) -> None:
    paula = sign_up("paula", group)
    post = write(paula, published_at=None)
    assert change(paula, post, published_at=at(minutes=-1))["status"] == "published"
    assert change(paula, post, published_at=None)["status"] == "draft"
    assert paula.api.delete(url(post)).status_code == 204


def test_it_still_refuses_who_may_not_write(alice: Persona) -> None:
    answer = alice.api.post(POSTS, {"title": "A", "body": ""}, format="json")
    assert refused(answer) == "Writing the blog is for members of editors or publishers or admins."


def test_its_rule_is_the_admins() -> None:
    for permission in ("blog.publish_post", "blog.delete_post"):
        assert groups_with(permission) == ["publishers", "admins"]
        assert permission not in settings.GROUP_PERMISSIONS["editors"]
