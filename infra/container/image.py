"""Puts what the image holds into a folder: `python -m infra.container.image FOLDER`, a step of the Dockerfile."""

import shutil
import sys
from pathlib import Path

from config.services import NAMES, SHARED

FOLDERS = (*SHARED, *NAMES, "infra/container")
FILES = ("infra/__init__.py", "manage.py", "staticfiles.json")


def fill(folder: Path) -> None:
    """Copy the packages of every service, and what they stand on, from the working folder."""
    for name in FOLDERS:
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
    for name in FILES:
        shutil.copy(name, folder / name)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
