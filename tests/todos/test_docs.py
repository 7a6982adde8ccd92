"""docs/todos.md is true: its commands run."""

from pathlib import Path

from tests.handbook import document, follow
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import ROOT

PAGE = document("todos.md")


def test_it_can_be_followed(live_server: LiveServer, alice: Persona, tmp_path: Path) -> None:
    follow(PAGE, tmp_path, SITE=live_server.url, ACCESS=alice.access_token)
    assert '"title":"Buy milk"' in (tmp_path / "all.json").read_text()
    assert alice.api.get(ROOT).json() == []
