"""A copy of the project's files that a test may change, and commands run in it."""

import json
import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = "config/services.py"
# What `make check` asks of the project as a whole, in one process: each would import all of it.
CHECKS = """
import sys
import django
from django.core.management import call_command
from importlinter.cli import lint_imports
from infra.lint import findings

django.setup()
call_command("check", fail_level="WARNING")
call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")
print(*findings(), sep="\\n")
sys.exit(lint_imports() or bool(findings()))
"""


def project_files(folder: Path = ROOT) -> list[str]:
    """What git has of the project or would take; without it, as in a download, what .gitignore does not name."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listed, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):
        ignored = [".git", *(line.strip("/") for line in (folder / ".gitignore").read_text().splitlines())]
        found = (path.relative_to(folder) for path in folder.rglob("*"))
        names = [str(path) for path in found if not any(fnmatch(part, each) for part in path.parts for each in ignored)]
    return sorted(name for name in names if (folder / name).is_file())


class Copy:
    """The project in a folder of its own, with the packages of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in project_files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)

    def remove_service(self, name: str) -> None:
        """Its folder, and its one line."""
        shutil.rmtree(self.folder / name)
        path = self.folder / LIST
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if line.strip() != f'"{name}",'))

    def set_option(self, name: str, value: object) -> None:
        """Of the stage `production`, in `deploy`."""
        path = self.folder / "zappa_settings.json"
        stages = json.loads(path.read_text())
        stages["production"]["deploy"][name] = value
        path.write_text(json.dumps(stages))

    def check(self) -> None:
        """Lint its imports, settings, templates and the API's description. AssertionError when one is not right."""
        self.run("-c", CHECKS, DJANGO_SETTINGS_MODULE="config.settings")

    def run(self, *command: str, input_: str = "", **variables: str) -> str:
        """What a Python command said. AssertionError when it fails."""
        # Nothing of the tests' own stage, whose variables name what is not there.
        own = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LOCAL_DIR": str(self.folder / ".none")}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder, env={**own, **variables}, input=input_, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout
