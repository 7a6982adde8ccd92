"""Commands of a deployment: those of Zappa and of infra.deploy in forks of a process that has imported what they take.

That is two seconds less for each of some sixty.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path
from unittest.mock import patch

import coverage

from infra.local.emulator import PROJECT_DIR
from tests.measuring import unmeasured

_FORKED = ("zappa.cli", "infra.deploy")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["infra.deploy.__main__", "infra.deploy.zappa_callbacks", "tests.deploy.models_read"])


def run(command: tuple[str, ...], environment: Mapping[str, str], seconds: float) -> tuple[int, str]:
    """The exit code of `python -m COMMAND`, and what it says. Raises TimeoutExpired, and ends it, after so long."""
    with tempfile.NamedTemporaryFile() as output:
        if command[0] in _FORKED:
            code = _fork(command, environment, seconds, output.name)
        else:
            start = [sys.executable, "-m", *command]
            to = subprocess.STDOUT
            code = subprocess.call(start, cwd=PROJECT_DIR, env=environment, timeout=seconds, stdout=output, stderr=to)
        return code, Path(output.name).read_text()


def _fork(command: tuple[str, ...], environment: Mapping[str, str], seconds: float, output: str) -> int:
    # Neither the variables of the tests' own stage nor those by which coverage measures reach what is imported before.
    bare = unmeasured(environment)
    with patch.dict(os.environ, bare, clear=True):
        forkserver.ensure_running()
    process = _CONTEXT.Process(target=_be, args=(command, dict(environment), output))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(command, seconds, Path(output).read_text())
    return process.exitcode


def _ask_nobody_for_a_newer_zappa() -> None:
    """Each command of Zappa asks PyPI for its newest version, and waits for the answer."""
    from zappa import cli, utilities

    for module in (cli, utilities):
        module.check_new_version_available = lambda _: False


def _be(command: tuple[str, ...], environment: dict[str, str], output: str) -> None:
    with Path(output).open("wb", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT_DIR)
    sys.argv = list(command)
    for name in (command[0], f"{command[0]}.__main__"):
        sys.modules.pop(name, None)  # it is run as a module that nobody has imported
    _ask_nobody_for_a_newer_zappa()
    measuring = coverage.process_startup(force=True)  # where tests/measuring.py's variables say so
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if measuring:
            measuring.stop()
            measuring.save()
