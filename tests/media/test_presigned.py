"""What S3 lets through a form or a link: exactly what was asked for."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.conf import settings
from django.test import override_settings

from config import aws, env
from config.aws import client
from media import links
from tests.media.uploading import ask, fetch, http, post, put
from tests.personas import Persona
from todos.pages import policy

MOMENT = datetime(2030, 1, 31, 9, 4, 30, tzinfo=UTC)


@pytest.fixture
def form(alice: Persona) -> dict[str, Any]:
    presigned: dict[str, Any] = ask(alice, b"x" * 100)["upload"]
    return presigned


@pytest.fixture
def link(alice: Persona) -> dict[str, Any]:
    presigned: dict[str, Any] = ask(alice, b"x" * 100, method="put")["upload"]
    return presigned


def stored(prefix: str) -> list[str]:
    """The keys there are."""
    found = client("s3").list_objects_v2(Bucket=settings.UPLOADS_BUCKET, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def test_a_form_takes_a_file_up_to_its_size(form: dict[str, Any], alice: Persona) -> None:
    assert post(form, b"x" * 100) == 204
    assert post(form, b"x") == 204
    assert stored(f"users/{alice.sub}/") == [form["fields"]["key"]]


@pytest.mark.parametrize(
    ("data", "fields", "status"),
    [
        (b"x" * 101, {}, 400),
        (b"", {}, 400),
        (b"x", {"Content-Type": "text/html"}, 403),
        (b"x", {"key": "users/someone-else/x.jpg"}, 403),
        (b"x", {"key": "blog/x.jpg"}, 403),
        (b"x", {"acl": "public-read"}, 403),
        (b"x", {"success_action_redirect": "https://evil.example/"}, 403),
    ],
)
def test_a_form_takes_nothing_else(
    form: dict[str, Any], alice: Persona, data: bytes, fields: dict[str, str], status: int
) -> None:
    assert post(form, data, **fields) == status
    assert stored(f"users/{alice.sub}/") == []
    assert stored("users/someone-else/") == []


def test_a_form_ends_after_five_minutes(monkeypatch: pytest.MonkeyPatch, alice: Persona) -> None:
    monkeypatch.setattr(links, "UPLOAD_SECONDS", -1)
    assert post(ask(alice, b"x")["upload"], b"x") == 403
    assert stored(f"users/{alice.sub}/") == []


def test_a_link_takes_one_file(link: dict[str, Any], alice: Persona) -> None:
    assert put(link, b"x" * 100) == 200
    assert len(stored(f"users/{alice.sub}/")) == 1


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"x" * 101, {"Content_Length": "101"}),
        (b"x" * 99, {"Content_Length": "99"}),
        (b"x" * 100, {"Content_Type": "text/html"}),
    ],
)
def test_a_link_takes_nothing_else(link: dict[str, Any], alice: Persona, data: bytes, headers: dict[str, str]) -> None:
    assert put(link, data, **headers) == 403
    assert stored(f"users/{alice.sub}/") == []


def test_a_link_opens_no_other_key(link: dict[str, Any], alice: Persona) -> None:
    assert put({**link, "url": link["url"].replace("photo.jpg", "other.jpg")}, b"x" * 100) == 403
    assert put({**link, "url": link["url"].replace(alice.sub, "someone-else")}, b"x" * 100) == 403
    assert http.request("DELETE", link["url"]).status == 403


def test_a_link_to_put_ends_after_five_minutes(monkeypatch: pytest.MonkeyPatch, alice: Persona) -> None:
    monkeypatch.setattr(links, "UPLOAD_SECONDS", 0)
    link = ask(alice, b"x", method="put")["upload"]
    assert put(link, b"x") == 403


def test_a_link_to_read_stays_the_same_for_a_while_and_then_ends() -> None:
    key, bucket = "users/ann/ünï cödé+&=.txt", settings.UPLOADS_BUCKET
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"mine")
    window = links.link_window()
    link = links.read_link(bucket, key, window, {"response-content-type": "text/plain; a=b/c"})
    assert link == links.read_link(bucket, key, window, {"response-content-type": "text/plain; a=b/c"})
    assert fetch(link).data == b"mine"
    assert fetch(link).headers["Content-Type"] == "text/plain; a=b/c"
    assert fetch(link.replace("%3D", "%20")).status == 403
    ended = links.read_link(bucket, key, datetime.now(UTC) - timedelta(seconds=links.LINK_SECONDS + 1))
    assert fetch(ended).status == 403


def test_a_window_begins_every_five_minutes() -> None:
    assert links.link_window(MOMENT.timestamp()) == MOMENT.replace(minute=0, second=0)
    assert links.link_window(MOMENT.timestamp() + 30) == MOMENT.replace(minute=5, second=0)


@pytest.fixture
def botocore_credentials(monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """Botocore signs at MOMENT, and both sign as a Lambda function does, with a session token."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: MOMENT.replace(tzinfo=None))
    own = Credentials("ASIAEXAMPLE", "secret/+", "session/token+=")
    monkeypatch.setattr(links, "credentials", own.get_frozen_credentials)
    return own


def test_links_are_signed_as_botocore_signs(botocore_credentials: Credentials) -> None:
    for method, headers in (("GET", {}), ("PUT", {"Content-Type": "image/jpeg", "Content-Length": "12"})):
        ours = links._presign(
            method, aws.bucket_url("bucket"), "a/ü b.jpg", MOMENT, 300, headers=headers, query={"versionId": "a+/ "}
        )
        url = ours.partition("?")[0] + "?versionId=a%2B%2F%20"
        request = AWSRequest(method, url, headers=headers)
        botocore.auth.S3SigV4QueryAuth(botocore_credentials, "s3", "us-east-1", expires=300).add_auth(request)
        assert signature(ours) == signature(request.url)


def test_forms_are_signed_as_botocore_signs(botocore_credentials: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Clock":
            return cls(2030, 1, 31, 9, 4, 30, 999, tzinfo=tz)

    monkeypatch.setattr(links, "datetime", Clock)
    form = links.post_form("users/ann/x.jpg", "image/jpeg", 12)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    # Botocore adds who signs and when to the policy by itself.
    own = [one for one in policy["conditions"] if not (isinstance(one, dict) and next(iter(one)).startswith("x-amz-"))]
    request = AWSRequest("POST", "https://bucket.s3.amazonaws.com/")
    request.context["s3-presign-post-fields"] = {}
    request.context["s3-presign-post-policy"] = {"expiration": policy["expiration"], "conditions": own}
    botocore.auth.S3SigV4PostAuth(botocore_credentials, "s3", "us-east-1").add_auth(request)
    theirs = request.context["s3-presign-post-fields"]
    same_policy = json.loads(base64.b64decode(theirs["policy"]))
    assert sorted(map(str, policy["conditions"])) == sorted(map(str, same_policy["conditions"]))
    for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token"):
        assert form.fields[name] == theirs[name]
    assert policy["expiration"] == "2030-01-31T09:09:30Z"


def signature(url: str | None) -> str:
    return (url or "").rpartition("X-Amz-Signature=")[2]


def test_an_accelerated_bucket_takes_files_at_the_nearest_edge(monkeypatch: pytest.MonkeyPatch, alice: Persona) -> None:
    assert aws.bucket_url(settings.UPLOADS_BUCKET) == settings.UPLOADS_URL
    monkeypatch.setitem(env.VALUES, "UPLOADS_ACCELERATED", "yes")
    edge = aws.upload_url("a-bucket")
    assert edge == "https://a-bucket.s3-accelerate.amazonaws.com"
    with override_settings(UPLOADS_URL=edge):
        form, link = ask(alice, b"x")["upload"], ask(alice, b"x", method="put")["upload"]
        read = links.read_link(settings.UPLOADS_BUCKET, "a", links.link_window())
        assert edge in policy()
    assert form["url"] == edge
    assert link["url"].startswith(f"{edge}/users/{alice.sub}/")
    assert read.startswith(aws.bucket_url(settings.UPLOADS_BUCKET))
