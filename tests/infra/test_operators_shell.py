"""Commands that talk to AWS know nothing of the local stage that `make run` has left in the same clone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.emulator import PROJECT_DIR

COMMANDS = ("deploy", "failover", "offload", "verify")
# The module that reads settings in a process of its own is given a stage and no folder.
MODULES = [
    ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts)
    for folder in COMMANDS
    for path in sorted((PROJECT_DIR / "infra" / folder).glob("*.py"))
    if path.name not in {"__init__.py", "collect_settings.py"}
]
IMPORT = """
import importlib, json, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(dict(os.environ)))
"""


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An operator's, in a clone whose local stage is at an address that nobody answers at."""
    local = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    (tmp_path / "env.json").write_text(json.dumps(local))
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LOCAL_DIR": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(shell: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=PROJECT_DIR, env=shell, capture_output=True, text=True, check=False
    )


def test_no_import_sends_a_command_to_the_embedded_aws(shell: dict[str, str]) -> None:
    done = run(shell, "-c", IMPORT, *MODULES)
    assert done.returncode == 0, done.stderr
    assert {name for name in json.loads(done.stdout) if name.startswith("AWS_")} == {"AWS_EC2_METADATA_DISABLED"}


@pytest.mark.parametrize(
    "command", [("infra.deploy", "preflight", "production"), ("zappa.cli", "status", "production")], ids=" ".join
)
def test_a_command_asks_for_the_operators_own_rights(shell: dict[str, str], command: tuple[str, ...]) -> None:
    done = run(shell, "-m", *command)
    assert done.returncode != 0
    assert "127.0.0.1" not in done.stdout + done.stderr
    assert "credentials" in (done.stdout + done.stderr).lower()
