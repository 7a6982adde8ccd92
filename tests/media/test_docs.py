"""docs/media.md is true: its commands run."""

import re
import subprocess
from pathlib import Path

from PIL import Image

from config.env import BASE_DIR
from media.services import MAX_ATTEMPTS
from tests.live import LiveServer
from tests.media.uploading import jpeg, names
from tests.personas import Persona

PAGE = (BASE_DIR / "docs" / "media.md").read_text()


def test_it_can_be_followed(live_server: LiveServer, alice: Persona, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg())
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
    with Image.open(tmp_path / "small.webp") as small:
        assert (small.format, small.size) == ("WEBP", (320, 240))
    assert names(alice) == []


def test_it_knows_how_often_a_file_is_tried() -> None:
    assert MAX_ATTEMPTS == 3
    assert "given up after three tries" in PAGE
