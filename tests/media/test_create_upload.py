"""POST /api/media/uploads/: ask for an upload."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from media.models import Upload
from media.serializers import NewUpload, NewUploadSerializer
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.media.uploading import UPLOADS, ask, names
from tests.personas import Persona

WANTED = {"name": "photo.jpg", "content_type": "image/jpeg", "size": 1000}


def test_it_gives_a_form_for_one_key(alice: Persona) -> None:
    answer = alice.api.post(UPLOADS, WANTED)
    assert answer.status_code == 201
    found = answer.json()
    assert answer["Location"].endswith(f"{UPLOADS}{found['id']}/")
    assert answer["ETag"] == '"v1"'
    assert answer["Cache-Control"] == "private, no-store"
    assert {name: found[name] for name in ("status", "url", "renditions")} == {
        "status": "waiting", "url": None, "renditions": []
    }  # fmt: skip
    presigned = found["upload"]
    assert (presigned["method"], presigned["headers"]) == ("POST", {})
    assert presigned["fields"]["key"] == f"users/{alice.sub}/{found['id']}/photo.jpg"
    assert presigned["fields"]["Content-Type"] == "image/jpeg"
    left = datetime.fromisoformat(presigned["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


def test_it_gives_a_link_for_one_put(alice: Persona) -> None:
    presigned = ask(alice, b"x" * 1000, method="put")["upload"]
    assert (presigned["method"], presigned["fields"]) == ("PUT", {})
    assert presigned["headers"] == {"Content-Type": "image/jpeg", "Content-Length": "1000"}
    assert f"/users/{alice.sub}/" in presigned["url"]


def test_it_costs_one_write_and_its_throttles(alice: Persona) -> None:
    with recorded_requests() as sent:
        ask(alice, b"x")
    assert sent == ["UpdateItem", "UpdateItem", "PutItem"]


@pytest.mark.parametrize(
    "name",
    ["Ärger & Ä.JPG", "休暇.jpg", "../../etc/passwd", "C:\\fakepath\\x.jpg", "a b+c%20.jpg", ".hidden", "🐈", " "],
)
def test_it_keeps_any_name_and_makes_a_harmless_key(alice: Persona, name: str) -> None:
    asked = ask(alice, b"x", name)
    assert asked["name"] == name
    folder, _, file = asked["upload"]["fields"]["key"].rpartition("/")
    assert folder == f"users/{alice.sub}/{asked['id']}"
    assert file.isascii()
    assert file.replace("-", "").replace("_", "").replace(".", "").isalnum()
    assert not file.startswith(".")


def test_an_editor_may_ask_for_a_public_one(edith: Persona, alice: Persona) -> None:
    asked = ask(edith, b"x", visibility="public")
    assert asked["upload"]["fields"]["key"] == f"blog/{edith.sub}/{asked['id']}/photo.jpg"
    assert_refused(alice.api.post(UPLOADS, {**WANTED, "visibility": "public"}), 403)
    assert names(alice) == []


def test_it_needs_a_token(api: APIClient) -> None:
    assert_refused(api.post(UPLOADS, WANTED), 401)


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_what_is_no_body(alice: Persona, body: bytes, content_type: str, status: int) -> None:
    assert_refused(alice.api.post(UPLOADS, body, content_type=content_type), status)
    assert names(alice) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 12}, "/name"),
        ({"name": ["x"]}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "a\r\nSet-Cookie: b"}, "/name"),
        ({"name": "a\n"}, "/name"),
        ({"name": "\x7f"}, "/name"),
        ({"name": "x" * 256}, "/name"),
        ({"content_type": ""}, "/content_type"),
        ({"content_type": "pdf"}, "/content_type"),
        ({"content_type": "a/b/c"}, "/content_type"),
        ({"content_type": "text/plain\n"}, "/content_type"),
        ({"content_type": "text/pläin"}, "/content_type"),
        ({"content_type": f"text/{'x' * 128}"}, "/content_type"),
        ({"content_type": "image/tiff", "visibility": "public"}, "/content_type"),
        ({"content_type": "application/pdf", "visibility": "public"}, "/content_type"),
        ({"content_type": "IMAGE/JPEG"}, "/content_type"),
        ({"content_type": "image/jpeg; charset=utf-8"}, "/content_type"),
        ({"content_type": None}, "/content_type"),
        ({"content_type": {}}, "/content_type"),
        ({"size": 0}, "/size"),
        ({"size": -1}, "/size"),
        ({"size": 25_000_001}, "/size"),
        ({"size": 12_000_001, "content_type": "image/webp"}, "/size"),
        ({"size": 15_000_001, "content_type": "image/heif"}, "/size"),
        ({"size": 25_000_001, "content_type": "image/jpg"}, "/size"),
        ({"size": 100_000_001, "content_type": "video/mp4"}, "/size"),
        ({"size": 1e30}, "/size"),
        ({"size": 1.5}, "/size"),
        ({"size": "1000"}, "/size"),
        ({"size": True}, "/size"),
        ({"size": None}, "/size"),
        ({"method": "patch"}, "/method"),
        ({"method": 1}, "/method"),
        ({"visibility": "all"}, "/visibility"),
        ({"visibility": None}, "/visibility"),
        ({"key": "users/other/x"}, "/key"),
        ({"status": "ready"}, "/status"),
    ],
)
def test_it_points_at_a_wrong_field(edith: Persona, change: dict[str, Any], pointer: str) -> None:
    assert_refused(edith.api.post(UPLOADS, {**WANTED, **change}), 400, pointer)
    assert names(edith) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": 15_000_001, "content_type": "image/heic"}, "a picture of type HEIC can have at most 15 MB"),
        ({"size": 100_000_001, "content_type": "text/csv"}, "The file is too large: it can have at most 100 MB"),
        ({"content_type": "?"}, "One looks like image/jpeg or application/pdf"),
        ({"content_type": "image/tiff", "visibility": "public"}, "JPEG, PNG, WebP, GIF, AVIF or HEIC"),
    ],
)
def test_it_says_what_it_takes(edith: Persona, change: dict[str, Any], said: str) -> None:
    (error,) = edith.api.post(UPLOADS, {**WANTED, **change}).json()["errors"]
    assert said in error["detail"]


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "image/heic", "image/heif", "image/jpg", "application/x-msdownload", "x/y"]
)
def test_any_type_can_be_asked_for(alice: Persona, kind: str) -> None:
    asked = alice.api.post(UPLOADS, {**WANTED, "content_type": kind}).json()
    assert (asked["content_type"], asked["upload"]["fields"]["Content-Type"]) == (kind, kind)


@pytest.mark.parametrize("field", ["name", "content_type", "size"])
def test_it_needs_each_field(alice: Persona, field: str) -> None:
    body = {name: value for name, value in WANTED.items() if name != field}
    assert_refused(alice.api.post(UPLOADS, body), 400, f"/{field}")


@pytest.mark.parametrize("by", ["user", "address"])
def test_it_is_throttled(alice: Persona, by: str) -> None:
    address = "2001:db8::1" if by == "user" else f"2001:db8:{alice.sub[:4]}:{alice.sub[4:8]}::1"
    with override_settings(THROTTLES={**settings.THROTTLES, "upload": [(by, 2, 3600)]}):
        for _ in range(2):
            assert alice.api.post(UPLOADS, WANTED, REMOTE_ADDR=address).status_code == 201
        answer = alice.api.post(UPLOADS, WANTED, REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="203.0.113.9")
        assert_refused(answer, 429)
        assert 0 < int(answer["Retry-After"]) <= 3600
        assert alice.api.get(UPLOADS).status_code == 200
    assert len(names(alice)) == 2


def test_what_nobody_uploads_is_forgotten_after_a_day(alice: Persona) -> None:
    asked = ask(alice, b"x")
    upload = Upload.fetch((alice.sub, asked["id"]))
    assert upload.expires is not None
    assert upload.created_at is not None
    assert timedelta(hours=23) < upload.expires - upload.created_at <= timedelta(days=1)


def test_its_type_has_the_fields_of_its_serializer() -> None:
    assert set(NewUpload.__annotations__) == set(NewUploadSerializer().fields)
