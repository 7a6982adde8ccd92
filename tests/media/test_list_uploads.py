"""GET /api/media/uploads/: one's own files."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from config.aws import client
from dynamo.testing import recorded_requests
from media import exports
from media.keys import Visibility
from media.models import Upload
from tests.bad_bodies import assert_refused
from tests.media.uploading import UPLOADS, ask, jpeg, names, new_sub, upload
from tests.personas import Persona
from tests.waiting import until


def add(owner: str, count: int) -> None:
    """Rows that wait for their files."""
    for number in range(count):
        Upload.waiting_for(
            owner=owner, name=f"{number}.jpg", content_type="image/jpeg", size=1, visibility=Visibility.PRIVATE
        ).create()


def next_page(answer: object) -> str | None:
    found = re.search(r'<([^>]*)>; rel="next"', answer["Link"])  # type: ignore[index]  # a response
    return None if found is None else found[1].removeprefix("http://testserver")


def test_it_shows_the_newest_first(alice: Persona) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        ask(alice, b"x", name)
    assert names(alice) == ["c.jpg", "b.jpg", "a.jpg"]


def test_it_shows_an_upload_as_it_is_shown_alone(alice: Persona) -> None:
    found = upload(alice, jpeg())
    listed = alice.api.get(UPLOADS).json()[0]
    # A window may have ended in between; the links differ by their dates then.
    path = {**found, "url": urlsplit(found["url"]).path, "renditions": len(found["renditions"])}
    assert {**listed, "url": urlsplit(listed["url"]).path, "renditions": len(listed["renditions"])} == path


def test_it_shows_files_put_straight_into_the_folder_in_their_order(alice: Persona) -> None:
    ask(alice, b"x", "first.jpg")
    key = f"users/{alice.sub}/albums/2030/plain.txt"
    client("s3").put_object(Bucket=bucket(), Key=key, Body=b"text", ContentType="text/plain")
    until(lambda: len(names(alice)) == 2, "the file in the list")
    ask(alice, b"x", "last.jpg")
    assert names(alice) == ["last.jpg", "albums/2030/plain.txt", "first.jpg"]


def test_it_shows_none_that_nobody_made_in_time(alice: Persona) -> None:
    """DynamoDB may take days to remove its row."""
    late = [ask(alice, b"x", f"{number}.jpg")["id"] for number in range(4)]
    for upload_id in late[1:3]:
        Upload.change((alice.sub, upload_id), [Upload.expires.set(datetime.now(UTC) - timedelta(seconds=1))])
    assert names(alice) == ["3.jpg", "0.jpg"]
    assert [each["id"] for each in exports.uploads(alice.sub)] == [late[3], late[0]]
    first = alice.api.get(f"{UPLOADS}?limit=2")
    assert [each["name"] for each in first.json()] == ["3.jpg"]
    assert (following := next_page(first)) is not None
    assert [each["name"] for each in alice.api.get(following).json()] == ["0.jpg"]


def bucket() -> str:
    from django.conf import settings

    return settings.UPLOADS_BUCKET


def test_it_shows_nothing_of_others(alice: Persona, bob: Persona) -> None:
    ask(alice, b"x")
    assert names(bob) == []


def test_it_comes_in_pages_of_one_query_each(alice: Persona) -> None:
    add(alice.sub, 7)
    add(new_sub(), 30)
    path: str | None = f"{UPLOADS}?limit=3"
    found: list[str] = []
    while path:
        with recorded_requests() as sent:
            answer = alice.api.get(path)
        assert sent == ["Query"]
        found += [one["name"] for one in answer.json()]
        path = next_page(answer)
    assert found == [f"{number}.jpg" for number in reversed(range(7))]


def test_a_cursor_is_of_use_to_its_owner_alone(alice: Persona, bob: Persona) -> None:
    add(alice.sub, 3)
    path = next_page(alice.api.get(f"{UPLOADS}?limit=1"))
    assert path is not None
    assert_refused(bob.api.get(path), 400)


def test_it_is_304_for_a_good_copy(alice: Persona) -> None:
    upload(alice, jpeg())
    etags = [alice.api.get(UPLOADS)["ETag"] for _ in range(2)]
    if etags[0] == etags[1]:  # no window ended in between
        answers = [alice.api.get(UPLOADS, HTTP_IF_NONE_MATCH=etag) for etag in etags]
        assert 304 in {answer.status_code for answer in answers}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=", "other=1", "limit=%00"]
)
def test_it_refuses_other_parameters(alice: Persona, query: str) -> None:
    assert_refused(alice.api.get(f"{UPLOADS}?{query}"), 400)


def test_it_needs_a_token(api: APIClient) -> None:
    assert_refused(api.get(UPLOADS), 401)


def test_it_has_no_other_methods(alice: Persona) -> None:
    for method in (alice.api.put, alice.api.patch, alice.api.delete):
        assert_refused(method(UPLOADS), 405)
