"""The to-do page's pure modules by Node.js itself; tests/infra/test_typescript.py judges their types."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STORE = HERE.parents[1] / "todos/static/todos/store"


@pytest.mark.skipif(shutil.which("node") is None, reason="There is no Node.js: apt-get install nodejs.")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_pure_modules(zone: str, tmp_path: Path) -> None:
    # Node.js takes a .js file for what the nearest package.json says: the page's own folder has none.
    copied = tmp_path / "tests/js"
    shutil.copytree(HERE, copied, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copytree(STORE, tmp_path / "todos/static/todos/store")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    command = ["node", "--test", *sorted(str(path) for path in copied.glob("*.test.js"))]
    run = subprocess.run(
        command, env={**os.environ, "TZ": zone}, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
