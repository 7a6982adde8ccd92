"""The local stage has its own AWS: a developer's account is not asked, whatever their shell and ~/.aws hold of it."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.emulator import PROJECT_DIR
from tests.local.running import COMPANY

ASK = """
import json
import logging
from urllib.request import proxy_bypass
from config import aws
found = {service: aws.client(service).meta for service in ("s3", "sqs", "cognito-idp")}
urls = {meta.endpoint_url for meta in found.values()} | {aws.dynamodb_url()}
print(json.dumps([sorted(urls), aws.region(), list(aws.credentials()), bool(proxy_bypass("127.0.0.1"))]))
"""


@pytest.mark.parametrize("started", [False, True])
def test_the_local_stage_asks_no_account_of_the_developers(started: bool, tmp_path: Path) -> None:
    url = "http://127.0.0.1:4567"
    shell = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LOCAL_DIR": str(tmp_path), **COMPANY}
    if started:
        (tmp_path / "env.json").write_text(json.dumps({"AWS_ENDPOINT_URL": url}))
    else:
        del shell["AWS_ENDPOINT_URL"]
        shell["AWS_PORT"] = "4567"
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=PROJECT_DIR, env=shell, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[url], "us-east-1", ["local", "local", None], True]


def test_a_level_of_logs_may_be_written_as_other_tools_write_it(tmp_path: Path) -> None:
    shell = {"PATH": "/usr/bin:/bin", "LOCAL_DIR": str(tmp_path), "LOG_LEVEL": "debug"}
    told = "import logging; from config import logs, settings; logs.follow_level(None); print(logging.root.level)"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=PROJECT_DIR, env=shell, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{logging.DEBUG}\n", done.stderr
