"""Events of S3: recorded, and poisoned."""

import json
from typing import Any
from urllib.parse import quote_plus
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import override_settings

from config.aws import client
from dynamo.errors import Unavailable
from dynamo.testing import recorded_requests
from media import events, services, thumbnails
from media.keys import Visibility
from media.links import link_window
from media.models import Status, Upload, comparable, just_after
from media.serializers import show_upload
from tests.media.messages import Listener
from tests.media.recorded import RECORDED_ID, Owner, batch, deliver, without_versions
from tests.media.uploading import jpeg, picture
from tests.pictures import encode, quarters
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_events")


# --- As AWS sends them ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "key", "name"),
    [
        ("put", f"{RECORDED_ID}/photo.jpg", "photo.jpg"),
        ("post", f"{RECORDED_ID}/photo.jpg", "photo.jpg"),
        ("copy", "copies/photo.jpg", "copies/photo.jpg"),
        ("multipart", "film.jpg", "film.jpg"),
        ("encoded_key", "Ferien 2030/Ärger+&% 休暇(2).jpg", "Ferien 2030/Ärger+&% 休暇(2).jpg"),
    ],
)
def test_a_new_picture_becomes_ready(owner: Owner, event: str, key: str, name: str) -> None:
    owner.put(key)
    assert deliver(without_versions(owner.event(event))) == []
    upload = owner.upload
    assert (upload.status, upload.name, upload.object_key) == (Status.READY, name, f"users/{owner.sub}/{key}")
    assert (upload.id == RECORDED_ID) == (RECORDED_ID in key)
    assert sorted(owner.renditions()) == sorted(key for one in upload.renditions for key in (one.webp, one.jpeg))


@pytest.mark.parametrize(
    ("name", "declared", "kind", "found"),
    [
        ("photo.HEIC", "application/octet-stream", "HEIC", "image/heic"),
        ("photo.heif", "image/heif", "HEIC", "image/heic"),
        ("photo.jpg", "image/jpg", "JPEG", "image/jpeg"),
        ("photo.avif", "image/avif", "AVIF", "image/avif"),
    ],
)
def test_a_picture_is_known_by_its_type_or_its_name(
    owner: Owner, name: str, declared: str, kind: str, found: str
) -> None:
    version = owner.put(name, encode(quarters(), kind), declared)
    assert deliver(owner.created(name, "01", version)) == []
    upload = owner.upload
    assert (upload.status, upload.content_type, upload.width, len(upload.renditions)) == ("ready", found, 480, 3)


@pytest.mark.parametrize("declared", ["text/html", "image/svg+xml", "image/tiff", "application/x-msdownload"])
def test_any_other_file_is_kept_and_never_shown_inline(owner: Owner, declared: str) -> None:
    version = owner.put("file", b"<script>alert(1)</script>", declared)
    assert deliver(owner.created("file", "01", version)) == []
    upload = owner.upload
    assert (upload.status, upload.content_type, upload.renditions) == ("ready", declared, [])
    link = str(show_upload(upload.raw, link_window())["url"])
    with urlopen(link) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_an_editors_picture_becomes_public(owner: Owner) -> None:
    owner.put(f"blog/{owner.sub}/{RECORDED_ID}/hero.jpg")
    assert deliver(without_versions(owner.event("public"))) == []
    assert owner.upload.visibility == Visibility.PUBLIC
    assert all(rendition.webp.startswith("blog/") for rendition in owner.upload.renditions)


def test_it_takes_several_messages_and_several_records_in_one(owner: Owner) -> None:
    for name in ("one", "two", "three"):
        owner.put(f"{name}.jpg", picture(64))
    assert deliver(without_versions(owner.event("several"))) == []
    assert {upload.name: upload.status for upload in owner.uploads()} == dict.fromkeys(
        ["one.jpg", "two.jpg", "three.jpg"], "ready"
    )


def test_a_test_event_means_nothing(owner: Owner) -> None:
    assert deliver(owner.event("test_event")) == []


def test_a_deleted_file_takes_its_upload_along(owner: Owner) -> None:
    key = f"{RECORDED_ID}/photo.jpg"
    owner.put(key)
    deliver(without_versions(owner.event("put")))
    client("s3").delete_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{owner.sub}/{key}")
    assert deliver(owner.event("removed")) == []
    assert owner.uploads() == []
    assert owner.renditions() == []


def test_a_record_of_the_stream_removes_the_files(owner: Owner, listener: Listener) -> None:
    owner.put(f"{RECORDED_ID}/photo.jpg")
    deliver(without_versions(owner.event("put")))
    event = owner.event("stream_remove")
    event["Records"][0]["dynamodb"]["OldImage"]["object_version"] = {"S": owner.upload.object_version}
    assert deliver(event) == []
    assert deliver(event) == []
    assert owner.renditions() == []
    found = client("s3").list_object_versions(Bucket=settings.UPLOADS_BUCKET, Prefix=f"users/{owner.sub}/")
    assert found.get("Versions", []) == []
    deleted = listener.wait(RECORDED_ID, "upload.deleted", count=2)
    ready = listener.wait(RECORDED_ID, "upload.ready")
    assert deleted["sequencer"] > ready["sequencer"]


@pytest.mark.parametrize("identity", [None, {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}])
def test_an_expired_row_leaves_the_file_of_a_late_event(owner: Owner, identity: dict[str, str] | None) -> None:
    """The stream of a replica does not say who removed the row; the streams' own API says so in other letters.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
    """
    owner.put(f"{RECORDED_ID}/photo.jpg")
    event = owner.event("stream_expired")
    [record] = event["Records"]
    assert deliver(event) == []
    record["userIdentity"] = identity
    record["dynamodb"]["OldImage"]["expires"]["N"] = "1700000000"
    assert deliver(event) == []
    assert deliver(without_versions(owner.event("put"))) == []
    assert (owner.upload.id, owner.upload.status) == (RECORDED_ID, Status.READY)


def test_who_has_thousands_of_files_waits_for_them_and_no_other_does(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Owner()
    monkeypatch.setattr(events, "LATER", 1)
    monkeypatch.setattr(events, "_waiting", {})
    monkeypatch.setattr(events, "MOST_WORK", 0)
    for each, name in ((owner, "one.png"), (owner, "two ä+.png"), (other, "three.png")):
        assert deliver(each.created(quote_plus(name), "01", each.put(name, picture(50), "image/png"))) == []
    assert (owner.upload.name, other.upload.name) == ("one.png", "three.png")
    monkeypatch.setattr(events, "MOST_WORK", 60_000)
    monkeypatch.setattr(events, "_waiting", {})
    until(
        lambda: {each.name: each.status for each in owner.uploads()} == {"one.png": "ready", "two ä+.png": "ready"},
        "it",
    )


# --- What can't be done ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg onload='alert(1)'/>", thumbnails.UNREADABLE),
        (b"", thumbnails.EMPTY),
        (jpeg()[:2000], thumbnails.DAMAGED),
        (b"\xff" * 25_000_001, services.TOO_LARGE),
    ],
    ids=["disguised", "empty", "cut off", "too large"],
)
def test_a_bad_file_fails_once_and_stops_no_other(owner: Owner, listener: Listener, data: bytes, reason: str) -> None:
    bad = owner.created("bad.jpg", "01", owner.put("bad.jpg", data))
    good = owner.created("good.png", "01", owner.put("good.png", picture(50)))
    assert deliver(batch(bad, good, bad)) == []
    uploads = {upload.name: upload for upload in owner.uploads()}
    assert (uploads["bad.jpg"].status, uploads["bad.jpg"].reason) == (Status.FAILED, reason)
    assert uploads["bad.jpg"].version == 2
    assert uploads["good.png"].status == Status.READY
    told = listener.wait(uploads["bad.jpg"].id, "upload.failed")
    assert (told["reason"], told["renditions"], told["sequencer"]) == (reason, [], comparable("01"))


def test_what_only_its_owner_can_read_means_nothing(owner: Owner) -> None:
    """Nor does it fail, again and again, until somebody is called."""
    key = f"users/{owner.sub}/mine.jpg"
    client("s3").put_object(
        Bucket=settings.UPLOADS_BUCKET, Key=key, Body=jpeg(), SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32
    )
    assert deliver(owner.created("mine.jpg", "0A")) == []
    assert deliver(owner.removed("mine.jpg", "09")) == []
    assert owner.uploads() == []


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_a_picture_in_an_archive_has_failed(owner: Owner, storage_class: Any) -> None:
    key = f"users/{owner.sub}/old.jpg"
    client("s3").put_object(
        Bucket=settings.UPLOADS_BUCKET, Key=key, Body=jpeg(), ContentType="image/jpeg", StorageClass=storage_class
    )
    assert deliver(owner.created("old.jpg", "0A")) == []
    assert (owner.upload.status, owner.upload.reason) == (Status.FAILED, services.LOCKED)


def test_a_good_file_in_place_of_a_bad_one_is_ready(owner: Owner) -> None:
    deliver(owner.created("a.png", "01", owner.put("a.png", b"bad", "image/png")))
    assert owner.upload.status == Status.FAILED
    deliver(owner.created("a.png", "02", owner.put("a.png", picture(50), "image/png")))
    found = owner.upload
    assert (found.status, found.width) == ("ready", 50)
    assert not found.reason
    deliver(owner.created("a.png", "03", owner.put("a.png", b"bad", "image/png")))
    found = owner.upload
    assert (found.status, found.reason) == ("failed", thumbnails.UNREADABLE)
    assert not found.width
    assert owner.renditions() == []


def body(**changes: Any) -> str:
    """A notification with something else in its object, bucket or event."""
    thing = {"key": "users/x/a.jpg", "sequencer": "01", **changes.pop("object", {})}
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": settings.UPLOADS_BUCKET}, "object": thing}}
    return json.dumps({"Records": [{**record, **changes}]})


@pytest.mark.parametrize(
    "poison",
    [
        "",
        "garbage",
        "null",
        "[]",
        "12",
        "{}",
        '{"Records": null}',
        '{"Records": [null]}',
        '{"Records": [{"eventName": "ObjectCreated:Put"}]}',
        '{"Records": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_poison_is_reported_and_stops_no_other(owner: Owner, poison: str) -> None:
    bad = owner.created("x", "01")
    bad["Records"][0]["body"] = poison
    good = owner.created("good.png", "01", owner.put("good.png", picture(50)))
    assert deliver(batch(bad, good)) == ["message-0"]
    assert owner.upload.status == Status.READY


@pytest.mark.parametrize(
    "changes",
    [
        {"eventName": "ObjectTagging:Put"},
        {"eventName": None},
        {"s3": {"bucket": {"name": "another-bucket"}, "object": {"key": "users/x/a.jpg", "sequencer": "01"}}},
        {"object": {"sequencer": None}},
        {"object": {"sequencer": "not hexadecimal"}},
        {"object": {"sequencer": "0" * 33}},
        {"object": {"key": None}},
        {"object": {"key": 12}},
    ],
)
def test_a_notification_of_something_else_is_reported(owner: Owner, changes: dict[str, Any]) -> None:
    event = owner.created("x", "01")
    event["Records"][0]["body"] = body(**changes)
    assert deliver(batch(event)) == ["message-0"]


@pytest.mark.parametrize("key", ["exports/x.jpg", "x.jpg", "users/", "users/a/", "users/a/b/", "users/a%20b/x.jpg"])
def test_other_keys_mean_nothing(owner: Owner, key: str) -> None:
    event = owner.created("x", "01")
    event["Records"][0]["body"] = body(object={"key": key})
    assert deliver(event) == []


def test_a_file_that_is_gone_means_nothing(owner: Owner) -> None:
    assert deliver(owner.created("none.jpg", "01")) == []
    assert owner.uploads() == []


def test_what_could_not_be_told_is_told_at_the_next_try(owner: Owner, listener: Listener) -> None:
    event = owner.created("a.png", "01", owner.put("a.png", picture(50)))
    with override_settings(MEDIA_TOPIC_ARN=f"{settings.MEDIA_TOPIC_ARN}-missing"):
        assert deliver(batch(event)) == ["message-0"]
    assert owner.upload.status == Status.READY
    version = owner.upload.version
    assert deliver(event) == []
    assert listener.wait(owner.upload.id, "upload.ready")["width"] == 50
    assert owner.upload.version == version


def test_trouble_elsewhere_does_not_count_against_a_file(owner: Owner) -> None:
    event = owner.created("a.png", "01", owner.put("a.png", picture(50)))
    with override_settings(THUMBNAILS_BUCKET="no-such-bucket"):
        for _ in range(services.MAX_ATTEMPTS + 2):
            assert deliver(batch(event)) == ["message-0"]
    assert owner.upload.status == Status.PROCESSING
    assert deliver(event) == []
    assert owner.upload.status == Status.READY


def test_trouble_after_the_drawing_does_not_count_against_a_file(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    event = owner.created("a.png", "01", owner.put("a.png", picture(50)))

    def refuse(*_: Any) -> None:
        raise Unavailable("The table is throttled.")

    with monkeypatch.context() as patch:
        patch.setattr(Upload, "finish", refuse)
        for _ in range(services.MAX_ATTEMPTS + 2):
            assert deliver(batch(event)) == ["message-0"]
    assert deliver(event) == []
    assert owner.upload.status == Status.READY


def test_a_file_that_ends_the_process_is_given_up(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """As when Lambda ends a function: nothing more is done."""

    def die(source: Any) -> None:
        raise Killed

    event = owner.created("a.png", "01", owner.put("a.png", picture(50)))
    with monkeypatch.context() as patch:
        patch.setattr(thumbnails, "make_renditions", die)
        for _ in range(services.MAX_ATTEMPTS):
            with pytest.raises(Killed):
                deliver(event)
        assert deliver(event) == []
    assert (owner.upload.status, owner.upload.reason) == (Status.FAILED, services.NOT_DRAWN)
    deliver(owner.created("a.png", "02", owner.put("a.png", picture(50))))
    assert owner.upload.status == Status.READY


def test_what_there_is_no_time_for_comes_again(owner: Owner) -> None:
    events = [owner.created(f"{n}.png", "01", owner.put(f"{n}.png", picture(50))) for n in range(3)]
    assert deliver(batch(*events), seconds=5) == ["message-0", "message-1", "message-2"]
    assert owner.uploads() == []
    assert deliver(batch(*events)) == []
    assert len(owner.uploads()) == 3


# --- The model's own guard ------------------------------------------------------------------------------------------


def test_sequencers_compare_as_s3_says() -> None:
    ordered = ["00", "0055AED6DCD90281E5", "0055AED6DCD90281e6", "0055AED6DCD90281E600000001", "0056", "1", "FF"]
    assert sorted(ordered, key=comparable) == ordered
    assert comparable("0056") < just_after("0056") < comparable("005600000000000000000000000001F")
    assert comparable("0055aed6") == comparable("0055AED6")


def test_two_uploads_of_the_same_owner_never_share_a_folder(owner: Owner) -> None:
    for name in ("a.png", "b.png"):
        deliver(owner.created(name, "01", owner.put(name, picture(50))))
    folders = {rendition.webp.rpartition("/")[0] for upload in owner.uploads() for rendition in upload.renditions}
    assert len(folders) == 2


def test_it_costs_three_writes(owner: Owner) -> None:
    event = owner.created("a.png", "01", owner.put("a.png", picture(50)))
    with recorded_requests() as sent:
        deliver(event)
    assert sent == ["UpdateItem"] * 3
