"""docs/blog.md is true: its commands run, its numbers are the code's."""

import re
import subprocess

from rest_framework.test import APIClient

from blog.models import MAX_FORMER_SLUGS, MAX_TAGS
from blog.serializers import MAX_BODY
from blog.welcome import LEASE
from config.env import BASE_DIR
from tests.blog.writing import POSTS
from tests.live import LiveServer
from tests.personas import Persona

PAGE = (BASE_DIR / "docs" / "blog.md").read_text()
DECISION = (BASE_DIR / "docs" / "adr" / "0002-blog-tables.md").read_text()


def test_it_can_be_followed(live_server: LiveServer, edith: Persona, api: APIClient) -> None:
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL))
    environment = {"SITE": live_server.url, "ACCESS": edith.access_token, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    run = subprocess.run(
        ["sh", "-eu"], input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    states = re.findall(r'"status":"(\w+)"', run.stdout)
    assert states == ["draft", "published", "scheduled", "draft", "published", "published"]
    for slug in ("why-dynamodb", "dynamodb"):
        assert api.get(f"{POSTS}{slug}/").status_code == 404


def test_its_numbers_are_true() -> None:
    assert f"{int(LEASE.total_seconds())} seconds later the claim is void" in PAGE
    assert f"renamed {MAX_FORMER_SLUGS} times, has {MAX_TAGS} tags at most, and {MAX_BODY:,} bytes" in DECISION
