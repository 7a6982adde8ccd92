"""The Makefile's own work: a virtual environment made once, clear sentences when it can't be, and `make reset`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.conftest import Start
from tests.local.running import PROJECT

pytestmark = pytest.mark.lifecycle


def make(folder: Path, *words: str, path: str = os.environ["PATH"]) -> "subprocess.CompletedProcess[str]":
    """Run make there, with nothing of this process's environment but the path."""
    return subprocess.run(
        [shutil.which("make") or "make", *words],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a space in its name that holds the Makefile and requirements that can't be met."""
    folder = tmp_path / "my clone"
    folder.mkdir()
    shutil.copy(PROJECT / "Makefile", folder)
    (folder / "requirements.txt").write_text("")
    (folder / "requirements-local.txt").write_text("./nothing-here\n")
    return folder


def test_it_lists_its_targets() -> None:
    said = make(PROJECT).stdout
    for target in ("run", "test", "check", "lock", "reset", "clean"):
        assert f"make {target} " in said


def test_settings_of_another_project_are_not_taken() -> None:
    asked = ["make", "--no-print-directory", "--eval", "settings: ; @echo $$DJANGO_SETTINGS_MODULE", "settings"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "another.settings"}
    said = subprocess.run(asked, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == "config.settings\n"


def test_it_says_so_when_there_is_no_python(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "touch"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    for words in (["run"], ["run", "PYTHON=/no/such/python"]):
        done = make(clone, *words, path=str(tools))
        assert done.returncode != 0
        assert "Python 3.11 or newer" in done.stderr
        assert "PYTHON=" in done.stderr


@pytest.mark.prove
def test_an_install_that_failed_is_tried_again(clone: Path) -> None:
    words = ("run", f"PYTHON={sys.executable}")
    for _ in range(2):
        done = make(clone, *words)
        assert done.returncode != 0
        assert "The packages could not be installed" in done.stderr
    assert not (clone / ".venv" / ".runnable").exists()
    (clone / "requirements-local.txt").write_text("")
    (clone / "manage.py").write_text("print('it runs')")
    assert "it runs" in make(clone, *words).stdout
    again = make(clone, *words)
    assert again.stdout == "it runs\n"


def test_reset_refuses_while_it_runs_and_forgets_afterwards(start: Start) -> None:
    running = start().until()
    keepsake = running.folder / "mine.txt"
    keepsake.touch()
    reset = [sys.executable, "-m", "infra.local.reset"]
    options = {"cwd": PROJECT, "env": {"LOCAL_DIR": str(running.folder)}, "capture_output": True, "text": True}
    refused = subprocess.run(reset, check=False, **options)  # type: ignore[call-overload]
    assert refused.returncode == 1
    assert refused.stderr == f"It is running (process {running.process.pid}): stop it first, then reset.\n"
    assert running.get("/api/health/") == 200
    running.stop()
    subprocess.run(reset, check=True, **options)  # type: ignore[call-overload]
    assert list(running.folder.iterdir()) == [keepsake]
