"""DELETE /api/media/uploads/<id>/: out of the list at once, out of S3 for good a moment later."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from config.aws import client
from dynamo.testing import recorded_requests
from media import files, services
from media.models import Upload
from tests.bad_bodies import assert_refused
from tests.cloudfront import distribution, told
from tests.media.messages import Listener
from tests.media.uploading import UPLOADS, ask, jpeg, names, post, settled, upload
from tests.personas import Persona
from tests.waiting import until

KINDS = ("webp", "jpeg")


def versions(prefix: str) -> list[str]:
    """Every version there is in the uploads bucket."""
    found = client("s3").list_object_versions(Bucket=settings.UPLOADS_BUCKET, Prefix=prefix)
    return [one["VersionId"] for one in found.get("Versions", [])]


def renditions(prefix: str) -> list[str]:
    """Every rendition there is."""
    found = client("s3").list_objects_v2(Bucket=settings.THUMBNAILS_BUCKET, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def test_it_removes_the_file_and_its_renditions_for_good(alice: Persona, listener: Listener) -> None:
    folder = f"users/{alice.sub}/"
    asked = ask(alice, jpeg())
    for _ in range(2):  # the first version is replaced, and kept by S3
        assert post(asked["upload"], jpeg()) == 204
    ready = listener.wait(asked["id"], "upload.ready")
    until(lambda: len(renditions(folder)) == 6, "the renditions")
    assert len(versions(folder)) == 2
    with recorded_requests() as sent:
        answer = alice.api.delete(f"{UPLOADS}{asked['id']}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert sent[0] == "DeleteItem"
    assert names(alice) == []
    assert_refused(alice.api.get(f"{UPLOADS}{asked['id']}/"), 404)
    until(lambda: not versions(folder) and not renditions(folder), "the files to go")
    deleted = listener.wait(asked["id"], "upload.deleted")
    assert deleted["sequencer"] > ready["sequencer"]
    assert (deleted["owner"], deleted["name"]) == (alice.sub, "photo.jpg")


def test_cloudfront_forgets_a_public_picture(edith: Persona, alice: Persona) -> None:
    public, private = upload(edith, jpeg(), visibility="public"), upload(alice, jpeg())
    addresses = [one[kind] for one in public["renditions"] for kind in KINDS]
    with distribution() as made, override_settings(THUMBNAILS_URL="https://example.com/pictures"):
        for owner, one in ((edith, public), (alice, private)):
            services.remove_files(upload=Upload.fetch((owner.sub, one["id"])), expired=False)
    keys = [address.removeprefix(f"{settings.THUMBNAILS_URL}/") for address in addresses]
    assert told(made)[0] == sorted(f"{before}/{key}" for key in keys for before in ("/pictures", ""))


def test_cloudfront_forgets_a_public_picture_that_was_replaced(edith: Persona) -> None:
    asked = ask(edith, jpeg(), visibility="public")
    post(asked["upload"], jpeg())
    first = settled(edith, asked["id"])
    with distribution() as made:
        post(asked["upload"], jpeg())
        settled(edith, asked["id"], first["version"])
        [paths] = until(lambda: told(made), "CloudFront to be told")
    keys = [one[kind].removeprefix(f"{settings.THUMBNAILS_URL}/") for one in first["renditions"] for kind in KINDS]
    base = urlsplit(settings.THUMBNAILS_URL).path
    assert paths == sorted(f"{before}/{key}" for key in keys for before in {base, ""})


def test_it_deletes_one_that_waits_and_what_was_put_meanwhile(
    alice: Persona, no_events: None, listener: Listener
) -> None:
    asked = ask(alice, jpeg())
    post(asked["upload"], jpeg())
    assert alice.api.delete(f"{UPLOADS}{asked['id']}/").status_code == 204
    until(lambda: not versions(f"users/{alice.sub}/"), "the file to go")
    assert listener.wait(asked["id"], "upload.deleted")["sequencer"] == "0" * 31 + "1"


def test_it_leaves_a_later_file_of_the_same_key(alice: Persona, no_events: None) -> None:
    key = f"users/{alice.sub}/notes.txt"
    old, new = (client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=key, Body=b"x") for _ in range(2))
    row = Upload(alice.sub, str(uuid.uuid4()), object_key=key, object_version=old["VersionId"], name="x", size=1,
                 content_type="text/plain", visibility="private", status="ready", sequencer="0" * 32)  # fmt: skip
    services.remove_files(upload=row, expired=False)
    assert versions(key) == [new["VersionId"]]
    services.remove_files(upload=row, expired=False)
    assert versions(key) == [new["VersionId"]]


def test_of_many_versions_some_go_with_each_try(
    alice: Persona, no_events: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can make a million of a key: whoever lists them all before one goes has no time left, at any try."""
    monkeypatch.setattr(files, "_DELETE_AT_ONCE", 900)
    key = f"users/{alice.sub}/a.txt"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=key), range(1005)))

    def end(params: dict[str, Any], **_: object) -> None:
        if "version-id-marker" in params["url"]:
            raise TimeoutError

    events, name = client("s3").meta.events, "before-call.s3.ListObjectVersions"
    events.register(name, end, unique_id="end")
    try:
        with pytest.raises(TimeoutError):
            files.remove_original(key, None)
    finally:
        events.unregister(name, unique_id="end")
    assert len(versions(key)) == 105
    newest = versions(key)[0]
    assert files.remove_original(key, None) == newest
    assert versions(key) == []


def test_what_dynamodb_forgets_leaves_a_file_that_came_late(alice: Persona, no_events: None) -> None:
    asked = ask(alice, b"x")
    post(asked["upload"], b"x")
    services.remove_files(upload=Upload.fetch((alice.sub, asked["id"])), expired=True)
    assert len(versions(f"users/{alice.sub}/")) == 1


def test_a_second_time_is_404(alice: Persona) -> None:
    path = f"{UPLOADS}{ask(alice, b'x')['id']}/"
    assert alice.api.delete(path).status_code == 204
    assert_refused(alice.api.delete(path), 404)


def test_another_users_is_404_and_stays(alice: Persona, bob: Persona) -> None:
    found = upload(alice, jpeg())
    assert_refused(bob.api.delete(f"{UPLOADS}{found['id']}/"), 404)
    assert settled(alice, found["id"])["version"] == found["version"]
    assert len(versions(f"users/{alice.sub}/")) == 1


def test_it_needs_a_token(api: APIClient, alice: Persona) -> None:
    assert_refused(api.delete(f"{UPLOADS}{ask(alice, b'x')['id']}/"), 401)


@pytest.mark.parametrize("tag", ['"v2"', '"v99.202001010000"', '"other"', 'W/"v7"'])
def test_it_refuses_another_version(alice: Persona, tag: str) -> None:
    asked = ask(alice, b"x")
    assert_refused(alice.api.delete(f"{UPLOADS}{asked['id']}/", HTTP_IF_MATCH=tag), 412)
    assert names(alice) == ["photo.jpg"]


@pytest.mark.parametrize("tag", ["v1", '"v1", "v2"'])
def test_it_refuses_what_is_no_tag(alice: Persona, tag: str) -> None:
    asked = ask(alice, b"x")
    assert_refused(alice.api.delete(f"{UPLOADS}{asked['id']}/", HTTP_IF_MATCH=tag), 400)
    assert_refused(alice.api.delete(f"{UPLOADS}{asked['id']}/", HTTP_IF_NONE_MATCH="*"), 412)
    assert names(alice) == ["photo.jpg"]


@pytest.mark.parametrize("tag", ["*", '"v1"'])
def test_it_takes_the_right_version(alice: Persona, tag: str) -> None:
    asked = ask(alice, b"x")
    assert alice.api.delete(f"{UPLOADS}{asked['id']}/", HTTP_IF_MATCH=tag).status_code == 204


def test_it_takes_the_etag_that_was_read(alice: Persona) -> None:
    path = f"{UPLOADS}{ask(alice, b'x')['id']}/"
    assert alice.api.delete(path, HTTP_IF_MATCH=alice.api.get(path)["ETag"]).status_code == 204
