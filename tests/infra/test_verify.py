"""What `make verify` found is in its file, whatever comes after."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from infra.deploy import __main__ as commands
from infra.verify import checks, report
from tests.infra.functions import with_function

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "AdminDeleteUser")


@pytest.mark.parametrize(("end", "code"), [(DENIED, 1), (KeyboardInterrupt(), 130)], ids=["denied", "interrupted"])
def test_what_was_found_is_written_when_what_it_made_can_not_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException, code: int
) -> None:
    found = report.Result("health", is_fine=False, seconds=0.1, found="/api/health/ answered 503")

    def results(*_: object) -> Iterator[report.Result]:
        yield found
        raise end

    deployment = with_function()
    monkeypatch.setattr(report, "results", results)
    monkeypatch.setattr(commands, "_deployment", lambda *_: deployment)
    path = tmp_path / "said.json"
    assert commands.main(["verify", "production", "--output", str(path)]) == code
    [check] = json.loads(path.read_text())["checks"]
    assert check["found"] == found.found


def test_a_bucket_is_asked_at_the_address_of_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    s3, asked = boto3.client("s3", region_name="eu-central-1"), list[str]()
    blocks = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    refused = SimpleNamespace(status=403)

    def request(_: str, url: str, **__: object) -> SimpleNamespace:
        asked.append(url)
        return refused

    monkeypatch.setattr(urllib3, "request", request)
    visitor: Any = SimpleNamespace(
        deployment=SimpleNamespace(api_url=lambda: "https://api", client=lambda _: s3),
        http=SimpleNamespace(request=lambda *_, **__: refused),
        outputs={"StaticBucket": "files"},
    )
    with Stubber(s3) as aws:
        aws.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": blocks})
        checks.closed_origin(visitor)
    assert asked == ["https://s3.eu-central-1.amazonaws.com/files/x"]
