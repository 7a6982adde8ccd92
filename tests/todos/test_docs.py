"""docs/todos.md is true: its commands run."""

import re
import subprocess
from pathlib import Path

from config.env import BASE_DIR
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import ROOT

PAGE = (BASE_DIR / "docs" / "todos.md").read_text()


def test_it_can_be_followed(live_server: LiveServer, alice: Persona, tmp_path: Path) -> None:
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL))
    environment = {"SITE": live_server.url, "ACCESS": alice.access_token, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    run = subprocess.run(
        ["sh", "-eu"],
        input=script,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert '"title":"Buy milk"' in (tmp_path / "all.json").read_text()
    assert alice.api.get(ROOT).json() == []
