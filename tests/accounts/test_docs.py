"""docs/accounts.md is true: its commands run, and it knows every refusal."""

import json
import re
import uuid
from pathlib import Path

import pytest

from accounts.tokens import Refusal
from tests.handbook import document, follow
from tests.live import LiveServer

PAGE = document("accounts.md")


def test_it_can_be_followed_from_sign_up_to_sign_out(live_server: LiveServer, tmp_path: Path) -> None:
    email = f"maria-{uuid.uuid4().hex[:12]}@example.com"
    said = follow(PAGE, tmp_path, SITE=live_server.url, EMAIL=email)
    assert "Exception" not in said
    answers = [json.loads(line) for line in re.findall(r"\{.*?\}(?=\{|$)", said, flags=re.MULTILINE)]
    assert [answer["email"] for answer in answers if "email" in answer] == [email, email]


@pytest.mark.parametrize("reason", Refusal)
def test_it_says_what_to_do_about_each_refusal(reason: Refusal) -> None:
    assert f"| {reason.value} |" in PAGE
