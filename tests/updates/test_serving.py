"""What stands in for CloudFront on a laptop answers as S3 behind it would."""

import pytest
from rest_framework.test import APIClient

from tests.updates.publishing import Operator
from updates.bucket import A_MINUTE, FOR_EVER, TARGETS
from updates.repository import key

CONTENT = b"0123456789"


@pytest.fixture
def path(operator: Operator) -> str:
    """Of a file of ten bytes."""
    digest = operator.publish("1.0.0", content=CONTENT).files["macos"].hashes["sha256"]
    return f"/{TARGETS}/{operator.channel}/{digest}.macos"


def test_a_file_is_kept_for_ever_and_saved_not_shown(api: APIClient, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert answer["Cache-Control"] == FOR_EVER
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="App.dmg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Accept-Ranges"] == "bytes"


def test_a_timestamp_is_kept_for_a_minute_other_metadata_for_ever(api: APIClient, operator: Operator) -> None:
    operator.publish("1.0.0")
    path = f"/{key(operator.product, 'timestamp')}"
    assert api.head(f"/{key(operator.product, '2.targets')}")["Cache-Control"] == FOR_EVER
    answer = api.head(path)
    assert answer["Cache-Control"] == A_MINUTE
    assert answer["Content-Type"] == "application/json"
    same = api.get(path, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (same.status_code, same["ETag"], same["Cache-Control"]) == (304, answer["ETag"], A_MINUTE)


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_is_answered(api: APIClient, path: str, asked: str, content: bytes, told: str) -> None:
    answer = api.get(path, HTTP_RANGE=asked)
    assert (answer.status_code, answer.getvalue()) == (206, content)
    assert (answer["Content-Range"], answer["Content-Length"]) == (told, str(len(content)))


def test_a_range_beyond_the_end_is_refused(api: APIClient, path: str) -> None:
    assert api.get(path, HTTP_RANGE="bytes=10-").status_code == 416


def test_a_range_of_another_file_is_the_whole_one(api: APIClient, path: str) -> None:
    for etag, content in ((api.head(path)["ETag"], b"56789"), ('"another"', CONTENT)):
        answer = api.get(path, HTTP_RANGE="bytes=5-", HTTP_IF_RANGE=etag)
        assert answer.getvalue() == content


def test_it_can_be_asked_how_large_a_file_is(api: APIClient, path: str) -> None:
    answer = api.head(path)
    assert (answer.status_code, answer["Content-Length"], answer.getvalue()) == (200, "10", b"")


def test_nothing_else_is_there(api: APIClient, path: str) -> None:
    for wrong in ("/updates/metadata/none/timestamp.json", "/updates/", "/updates/../x", "/updates/%2e%2e/x"):
        assert api.get(wrong).status_code == 404, wrong
    for method in (api.post, api.put, api.delete):
        assert method(path).status_code == 405
