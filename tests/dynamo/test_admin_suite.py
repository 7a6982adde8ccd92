"""The tests in tests/dynamo/admin, in a process whose Django has the sample app and its admin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.timeout(400)
def test_the_admin_passes_its_own_tests() -> None:
    # The browser tests of this process set it; the checks call it an error.
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    if os.environ.get("DJANGO_SETTINGS_MODULE") == "tests.admin_settings":
        pytest.skip("This is that process.")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/dynamo/admin", "-n", "0", "-q", "-p", "no:cacheprovider"],
        check=False,
        cwd=ROOT,
        env={**environ, "DJANGO_SETTINGS_MODULE": "tests.admin_settings"},
        capture_output=True,
        text=True,
        timeout=380,
    )
    print(done.stdout[-20000:], done.stderr[-5000:])
    assert done.returncode == 0, "See what it printed above."
