"""Large files go to S3 in parts, each with its checksum, and a bar on a terminal says how far they are."""

import hashlib
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from config.aws import client
from config.env import BASE_DIR
from tests.updates.publishing import Operator
from updates import local_files
from updates.bucket import TARGETS
from updates.local_files import MAX_FILE_BYTES, PART_BYTES

MIB = 1024 * 1024
# The embedded AWS keeps parts and objects in memory, twice: 5 GB are for machines that have the room.
MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
VOLUME = 5_000_000_000 if MEMORY > 20_000_000_000 else 1024 * MIB + 1


def stored(operator: Operator, sha256: str) -> dict[str, Any]:
    """What S3 says of a file."""
    key = f"{TARGETS}/{operator.channel}/{sha256}.macos"
    return dict(client("s3").head_object(Bucket=settings.UPDATES_BUCKET, Key=key, ChecksumMode="ENABLED"))


@pytest.mark.parametrize("size", [5_000_000_000, MAX_FILE_BYTES])
def test_a_file_has_as_many_parts_as_s3_takes(size: int) -> None:
    assert -(-size // PART_BYTES) <= 10_000
    assert 5 * MIB <= PART_BYTES <= 5 * 1024 * MIB


@pytest.mark.parametrize(("size", "parts"), [(5 * MIB - 1, 0), (5 * MIB, 1), (10 * MIB, 2), (10 * MIB + 1, 3)])
def test_it_goes_in_parts(operator: Operator, monkeypatch: pytest.MonkeyPatch, size: int, parts: int) -> None:
    monkeypatch.setattr(local_files, "PART_BYTES", 5 * MIB)
    content = os.urandom(size)
    operator.publish("1.0.0", content=content)
    found = stored(operator, hashlib.sha256(content).hexdigest())
    assert found["ContentLength"] == size
    assert found["ETag"].strip('"').partition("-")[2] == (str(parts) if parts else "")
    assert not local_files.upload(
        local_files.read(operator.folder / "App.dmg"),
        f"{TARGETS}/{operator.channel}/{hashlib.sha256(content).hexdigest()}.macos",
    ), "it is found again by its checksum"


def test_a_terminal_shows_how_far_it_is(operator: Operator) -> None:
    said = on_a_terminal(operator, operator.file(content=os.urandom(PART_BYTES + 1)))
    for what in ("read App.dmg: 100%", "upload App.dmg: 100%"):
        assert what in said, said


@pytest.mark.prove
def test_a_large_file_goes_in_parts(operator: Operator) -> None:
    path = operator.file()
    os.truncate(path, VOLUME)  # sparse: it takes no room on disk
    said = on_a_terminal(operator, path)
    assert "upload App.dmg: 100%" in said, said
    found = stored(operator, operator.told().files["macos"].hashes["sha256"])
    assert found["ContentLength"] == VOLUME
    assert found["ETag"].strip('"').endswith(f"-{-(-VOLUME // PART_BYTES)}")


def on_a_terminal(operator: Operator, path: Path) -> str:
    """What an operator sees who publishes it."""
    where = ["--product", operator.product, "--channel", operator.channel.channel, "--version", "1.0.0"]
    line = [sys.executable, str(BASE_DIR / "manage.py"), "updates", "publish", *where, "--platform", f"macos={path}"]
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    said: list[bytes] = []

    def look() -> None:
        try:
            while seen := os.read(screen, 4096):
                said.append(seen)
        except OSError:
            return  # the terminal was closed

    reader = Thread(target=look)
    reader.start()
    with subprocess.Popen(line, stdout=terminal, stderr=terminal, cwd=operator.folder) as running:
        os.close(terminal)
        assert running.wait(600) == 0, b"".join(said).decode()
    reader.join(10)
    os.close(screen)
    return b"".join(said).decode()
