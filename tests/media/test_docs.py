"""docs/media.md is true: its commands run."""

from pathlib import Path

from PIL import Image

from media.services import MAX_ATTEMPTS
from tests.handbook import document, follow
from tests.live import LiveServer
from tests.media.uploading import jpeg, names
from tests.personas import Persona

PAGE = document("media.md")


def test_it_can_be_followed(live_server: LiveServer, alice: Persona, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    follow(PAGE, tmp_path, SITE=live_server.url, ACCESS=alice.access_token)
    with Image.open(tmp_path / "small.webp") as small:
        assert (small.format, small.size) == ("WEBP", (320, 240))
    assert names(alice) == []


def test_it_knows_how_often_a_file_is_tried() -> None:
    assert MAX_ATTEMPTS == 3
    assert "given up after three tries" in PAGE
