"""The to-do page's pure modules by Node.js itself, and their types."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra import sdk

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


def test_their_types() -> None:
    try:
        modules = sdk.node_modules()
    except sdk.NoTools:
        modules = None
    if modules is None:
        pytest.skip("There is no TypeScript here.")
    pure = [str(path) for path in STORE.glob("*.js") if path.read_text().startswith("// @ts-check\n")]
    assert len(pure) >= 11
    options = ["--allowJs", "--strict", "--noEmit", "--target", "es2023", "--module", "esnext"]
    options += ["--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable"]
    run = subprocess.run([modules / ".bin" / "tsc", *options, *pure], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
