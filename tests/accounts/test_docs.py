"""docs/accounts.md is true: its commands run, and it knows every refusal."""

import json
import re
import subprocess
import uuid

import pytest

from accounts.tokens import Refusal
from config.env import BASE_DIR
from tests.live import LiveServer

PAGE = (BASE_DIR / "docs" / "accounts.md").read_text()


def test_it_can_be_followed_from_sign_up_to_sign_out(live_server: LiveServer) -> None:
    email = f"maria-{uuid.uuid4().hex[:12]}@example.com"
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL))
    environment = {"SITE": live_server.url, "EMAIL": email, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    run = subprocess.run(
        ["sh", "-eu"], input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "Exception" not in run.stdout
    answers = [json.loads(line) for line in re.findall(r"\{.*?\}(?=\{|$)", run.stdout, flags=re.MULTILINE)]
    assert [answer["email"] for answer in answers if "email" in answer] == [email, email]


@pytest.mark.parametrize("reason", Refusal)
def test_it_says_what_to_do_about_each_refusal(reason: Refusal) -> None:
    assert f"| {reason.value} |" in PAGE
