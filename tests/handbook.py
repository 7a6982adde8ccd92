"""The documents under docs/, and the commands in them, run as a reader would."""

import re
import subprocess
from pathlib import Path

from config.env import BASE_DIR

# For all commands of a page.
SECONDS = 120


def document(name: str) -> str:
    """A page of docs/, by its path there."""
    return (BASE_DIR / "docs" / name).read_text()


def code_of(page: str, language: str) -> str:
    """All its blocks in a language, one after the other."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL))


def follow(page: str, folder: Path, **variables: str) -> str:
    """What a page's ```sh blocks print, run in a folder. AssertionError for the first command that fails."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **variables}
    run = subprocess.run(
        ["sh", "-eu"],
        input=code_of(page, "sh"),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
