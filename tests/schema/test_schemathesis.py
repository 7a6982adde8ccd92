"""The API does what its OpenAPI description says."""

import subprocess
import sys

import pytest

from infra.local.emulator import PROJECT_DIR
from tests.deploy.account import shell


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("examples", ["8", pytest.param("50", marks=pytest.mark.prove)])
def test_it_keeps_its_word(examples: str) -> None:
    """In a process of its own: its cases take half a minute to make, and every process collects all tests."""
    options = ["-q", "-n", "0", "--timeout", "600", "-p", "schemathesis.pytest.plugin"]
    command = [sys.executable, "-m", "pytest", *options, "tests/schema/operations.py"]
    done = subprocess.run(
        command, cwd=PROJECT_DIR, env={**shell(), "EXAMPLES": examples}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
