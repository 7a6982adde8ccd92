"""What `make verify` found is in its file, whatever comes after."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from infra.deploy import __main__ as commands
from infra.verify import report
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
