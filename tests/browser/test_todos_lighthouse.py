"""Lighthouse, as a phone sees MyTodoList: performance, accessibility, best practices and SEO."""

from pathlib import Path

from tests.browser import test_lighthouse as lighthouse
from tests.live import LiveServer

pytestmark = lighthouse.pytestmark


def test_it_scores_high(live_server: LiveServer, tmp_path: Path) -> None:
    found = lighthouse.scores(f"{live_server.url}/todos/", tmp_path)
    assert min(found.values()) >= lighthouse.LEAST, found
