"""GET /api/media/uploads/<id>/: one file, and links to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from media import views
from media.models import Upload
from tests.bad_bodies import assert_refused
from tests.media.uploading import UPLOADS, ask, fetch, jpeg, open_picture, upload
from tests.personas import Persona

WINDOW = datetime(2030, 1, 31, 9, 0, tzinfo=UTC)


def test_it_costs_one_read(alice: Persona) -> None:
    asked = ask(alice, b"x")
    with recorded_requests() as sent:
        answer = alice.api.get(f"{UPLOADS}{asked['id']}/")
    assert sent == ["GetItem"]
    assert answer["Cache-Control"] == "private, no-store"
    del asked["upload"]
    assert answer.json() == asked


def test_a_private_picture_has_links_that_end(alice: Persona) -> None:
    found = upload(alice, jpeg())
    for url in (found["url"], found["renditions"][0]["webp"]):
        assert fetch(url).status == 200
        assert fetch(url.replace("photo.jpg", "other.jpg").replace("1280", "640")).status == 403
        assert "X-Amz-Expires=900" in url
    headers = fetch(found["url"]).headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert fetch(found["renditions"][0]["webp"]).headers["Cache-Control"].startswith("private, ")


def test_a_public_picture_has_lasting_links_to_its_renditions(edith: Persona) -> None:
    found = upload(edith, jpeg(), visibility="public")
    for rendition in found["renditions"]:
        for kind in ("webp", "jpeg"):
            assert rendition[kind].startswith(f"{settings.THUMBNAILS_URL}/blog/")
            assert "?" not in rendition[kind]
            assert edith.sub not in rendition[kind]
            assert open_picture(rendition[kind]).size == (rendition["width"], rendition["height"])
    assert fetch(found["renditions"][0]["jpeg"]).headers["Cache-Control"].startswith("public, ")
    assert "X-Amz-Signature" in found["url"]


@pytest.mark.parametrize(
    ("name", "content_type", "data"),
    [
        ("notes.txt", "text/plain", b"<script>alert(1)</script>"),
        ("Zeugnis Ä; \"x\".pdf", "application/pdf", b"%PDF-1.7"),
        ("page.html.zip", "application/zip", b"<html>"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_saved_never_shown(alice: Persona, name: str, content_type: str, data: bytes) -> None:
    found = upload(alice, data, name, content_type=content_type)
    assert (found["status"], found["renditions"], found["width"]) == ("ready", [], None)
    assert (found["content_type"], found["size"]) == (content_type, len(data))
    answer = fetch(found["url"])
    assert answer.data == data
    assert answer.headers["Content-Type"] == "application/octet-stream"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert name in unquote(disposition)


def test_a_disguised_file_says_why_it_failed(alice: Persona) -> None:
    found = upload(alice, b"<html><script>alert(1)</script>")
    assert found["status"] == "failed"
    assert found["reason"] == "The file is not a picture we can read: use JPEG, PNG, WebP, GIF, AVIF or HEIC."
    assert found["renditions"] == []
    assert fetch(found["url"]).headers["Content-Disposition"].startswith("attachment")
    assert fetch(found["url"]).headers["Content-Type"] == "application/octet-stream"


def at(window: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "link_window", lambda: window)


def test_a_copy_is_good_until_its_links_change(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{UPLOADS}{upload(alice, jpeg())['id']}/"
    at(WINDOW, monkeypatch)
    first = alice.api.get(path)
    assert alice.api.get(path).content == first.content
    assert alice.api.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert alice.api.get(path, HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]).status_code == 304
    at(WINDOW + timedelta(minutes=5), monkeypatch)
    for later in (
        alice.api.get(path, HTTP_IF_NONE_MATCH=first["ETag"]),
        alice.api.get(path, HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]),
    ):
        assert later.status_code == 200
        assert later.content != first.content


def test_a_copy_is_not_good_once_the_upload_changes(alice: Persona) -> None:
    path = f"{UPLOADS}{ask(alice, b'x')['id']}/"
    etag = alice.api.get(path)["ETag"]
    Upload.change((alice.sub, path.split("/")[-2]), [Upload.name.set("other")])
    assert alice.api.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


UNKNOWN = "0192d8b2-7a4f-7c1e-9d3b-5f6a7b8c9d0e"


def test_its_id_may_be_in_upper_case(alice: Persona) -> None:
    """As Swift writes what the API's description calls a UUID."""
    path = f"{UPLOADS}{(asked := ask(alice, b'x'))['id'].upper()}/"
    assert alice.api.get(path).json()["id"] == asked["id"]
    assert alice.api.delete(path).status_code == 204


def test_another_users_is_404(alice: Persona, bob: Persona) -> None:
    asked = ask(alice, b"x")
    assert_refused(bob.api.get(f"{UPLOADS}{asked['id']}/"), 404)


@pytest.mark.parametrize("upload_id", [UNKNOWN, "1", "..", UNKNOWN.upper(), "x" * 2000, "%00"])
def test_an_unknown_one_is_404(alice: Persona, upload_id: str) -> None:
    assert_refused(alice.api.get(f"{UPLOADS}{upload_id}/"), 404)


def test_one_that_nobody_made_in_time_is_404(alice: Persona) -> None:
    asked = ask(alice, b"x")
    Upload.change((alice.sub, asked["id"]), [Upload.expires.set(datetime.now(UTC) - timedelta(seconds=1))])
    assert_refused(alice.api.get(f"{UPLOADS}{asked['id']}/"), 404)


def test_it_needs_a_token(api: APIClient, alice: Persona) -> None:
    asked: dict[str, Any] = ask(alice, b"x")
    assert_refused(api.get(f"{UPLOADS}{asked['id']}/"), 401)
