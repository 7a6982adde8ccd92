"""POST /api/media/credentials/: temporary AWS credentials for one's own folder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from config.aws import client
from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.media.uploading import UPLOADS, fetch, jpeg, names, open_picture
from tests.personas import Persona
from tests.waiting import until

URL = "/api/media/credentials/"


def s3_of(user: Persona) -> tuple[Any, dict[str, Any]]:
    """An S3 client that holds a user's temporary credentials, as a phone would, and what it was told."""
    given = user.api.post(URL, {"id_token": user.id_token}).json()
    s3 = boto3.client(
        "s3",
        region_name=given["region"],
        aws_access_key_id=given["access_key_id"],
        aws_secret_access_key=given["secret_access_key"],
        aws_session_token=given["session_token"],
    )
    return s3, given


def test_it_gives_an_hour_in_ones_own_folder(alice: Persona) -> None:
    with recorded_requests() as sent:
        answer = alice.api.post(URL, {"id_token": alice.id_token})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    given = answer.json()
    assert (given["prefix"], given["bucket"]) == (f"users/{alice.sub}/", settings.UPLOADS_BUCKET)
    assert 3000 < (datetime.fromisoformat(given["expiration"]) - datetime.now(UTC)).total_seconds() <= 3600
    assert sent == ["UpdateItem", "UpdateItem"]  # its throttles


def test_what_is_put_with_them_shows_in_the_list(alice: Persona, bob: Persona) -> None:
    s3, given = s3_of(alice)
    key = f"{given['prefix']}Ferien 2030/Ärger+Ä.jpg"
    s3.put_object(Bucket=given["bucket"], Key=key, Body=jpeg(), ContentType="image/jpeg")
    found = until(lambda: [one for one in alice.api.get(UPLOADS).json() if one["status"] == "ready"], "the picture")
    assert [one["name"] for one in found] == ["Ferien 2030/Ärger+Ä.jpg"]
    assert fetch(found[0]["url"]).data == jpeg()
    assert open_picture(found[0]["renditions"][2]["webp"]).size == (320, 240)
    assert names(bob) == []


def test_a_picture_without_a_type_is_known_by_its_name(alice: Persona) -> None:
    s3, given = s3_of(alice)
    s3.put_object(Bucket=given["bucket"], Key=f"{given['prefix']}a.jpeg", Body=jpeg())
    s3.put_object(Bucket=given["bucket"], Key=f"{given['prefix']}b.bin", Body=b"x")
    until(lambda: [one["status"] for one in alice.api.get(UPLOADS).json()] == ["ready", "ready"], "both files")
    widths = {one["name"]: one["width"] for one in alice.api.get(UPLOADS).json()}
    assert widths == {"a.jpeg": 1600, "b.bin": None}


def test_a_large_file_may_come_in_parts(alice: Persona, tmp_path: Path) -> None:
    s3, given = s3_of(alice)
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0" * 9_000_000)  # boto3 makes parts of what has 8 MB or more
    s3.upload_file(str(path), given["bucket"], f"{given['prefix']}film.mp4", ExtraArgs={"ContentType": "video/mp4"})
    until(lambda: names(alice) == ["film.mp4"], "the film")
    assert alice.api.get(UPLOADS).json()[0]["size"] == 9_000_000


def test_what_is_deleted_with_them_leaves_the_list(alice: Persona) -> None:
    s3, given = s3_of(alice)
    key = f"{given['prefix']}photo.jpg"
    s3.put_object(Bucket=given["bucket"], Key=key, Body=jpeg(), ContentType="image/jpeg")
    until(lambda: [one["status"] for one in alice.api.get(UPLOADS).json()] == ["ready"], "the picture")
    s3.delete_object(Bucket=given["bucket"], Key=key)
    until(lambda: names(alice) == [], "the picture to go")
    thumbnails = {"Bucket": settings.THUMBNAILS_BUCKET, "Prefix": given["prefix"]}
    until(lambda: client("s3").list_objects_v2(**thumbnails)["KeyCount"] == 0, "its renditions to go")
    s3.put_object(Bucket=given["bucket"], Key=key, Body=jpeg(), ContentType="image/jpeg")
    until(lambda: [one["status"] for one in alice.api.get(UPLOADS).json()] == ["ready"], "the picture once more")


def test_a_folder_made_by_a_tool_is_no_file(alice: Persona) -> None:
    s3, given = s3_of(alice)
    s3.put_object(Bucket=given["bucket"], Key=f"{given['prefix']}folder/", Body=b"")
    s3.put_object(Bucket=given["bucket"], Key=f"{given['prefix']}folder/a.txt", Body=b"x")
    until(lambda: names(alice) == ["folder/a.txt"], "the file")


def test_it_refuses_another_users_id_token(alice: Persona, bob: Persona) -> None:
    assert_refused(alice.api.post(URL, {"id_token": bob.id_token}), 400, "/id_token")


def test_it_refuses_an_access_token_in_its_place(alice: Persona) -> None:
    assert_refused(alice.api.post(URL, {"id_token": alice.access_token}), 400, "/id_token")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 9000, "é.é.é", "a\x00b", None, 1, [], {}])
def test_it_refuses_what_is_no_token(alice: Persona, token: Any) -> None:
    assert_refused(alice.api.post(URL, {"id_token": token}), 400, "/id_token")


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_what_is_no_body(alice: Persona, body: bytes, content_type: str, status: int) -> None:
    assert_refused(alice.api.post(URL, body, content_type=content_type), status)


def test_it_needs_an_access_token(api: APIClient, alice: Persona) -> None:
    assert_refused(api.post(URL, {"id_token": alice.id_token}), 401)


def test_it_is_throttled(alice: Persona) -> None:
    with override_settings(THROTTLES={**settings.THROTTLES, "credentials": [("user", 1, 3600)]}):
        assert alice.api.post(URL, {"id_token": alice.id_token}).status_code == 200
        assert_refused(alice.api.post(URL, {"id_token": alice.id_token}), 429)
