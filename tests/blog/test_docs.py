"""docs/blog.md is true: its commands run, its numbers are the code's."""

import re
from pathlib import Path

from rest_framework.test import APIClient

from blog.api.serializers import MAX_BODY
from blog.models import MAX_FORMER_SLUGS, MAX_TAGS
from blog.welcome import LEASE
from tests.blog.writing import POSTS
from tests.handbook import document, follow
from tests.live import LiveServer
from tests.personas import Persona

PAGE = document("blog.md")
DECISION = document("adr/0002-blog-tables.md")


def test_it_can_be_followed(live_server: LiveServer, edith: Persona, api: APIClient, tmp_path: Path) -> None:
    said = follow(PAGE, tmp_path, SITE=live_server.url, ACCESS=edith.access_token)
    states = re.findall(r'"status":"(\w+)"', said)
    assert states == ["draft", "published", "scheduled", "draft", "published", "published"]
    for slug in ("why-dynamodb", "dynamodb"):
        assert api.get(f"{POSTS}{slug}/").status_code == 404


def test_its_numbers_are_true() -> None:
    assert f"{int(LEASE.total_seconds())} seconds later the claim is void" in PAGE
    assert f"renamed {MAX_FORMER_SLUGS} times, has {MAX_TAGS} tags at most, and {MAX_BODY:,} bytes" in DECISION
