"""`python -m tests.newest`: the tests on the newest Python and Django this machine can get, and what they cover.

The other packages stay as pinned. What follows on the command line goes to pytest.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv-newest"
PYTHON = VENV / "bin" / "python"
# The oldest is what `make test` already runs on; pre-releases are nobody's base.
CANDIDATES = [f"python3.{minor}" for minor in range(20, 11, -1)]
NOTHING_RAN = 5  # pytest's exit code where no test was chosen
ASK = """
import sys
print(*sys.version_info[:3] if sys.version_info.releaselevel == "final" else (0,))
print(sys.executable)
"""


def main() -> int:
    """Find, install, tell, test; the exit code of pytest."""
    version, interpreter = max(map(_version, [sys.executable, *_found()]))
    _install(interpreter)
    django = _output(PYTHON, "-c", "import django; print(django.__version__)").strip()
    print(f"Testing on Python {'.'.join(map(str, version))} and Django {django}.", flush=True)
    arguments = sys.argv[1:]
    measured = "--cov" in arguments  # of both runs together, told after the second
    project = _pytest(*arguments, *(["--cov-report=", "--cov-fail-under=0"] if measured else []))
    append = ["--cov", "--cov-append", "--cov-config=pyproject.toml", "--cov-report=term:skip-covered"]
    package = _pytest("-c", "dynamo/pyproject.toml", "dynamo/tests", *(append if measured else []))
    return (0 if "--last-failed" in arguments and project == NOTHING_RAN else project) or package


def _pytest(*arguments: str) -> int:
    return subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def _found() -> list[str]:
    """Interpreters on the path and those pyenv keeps beside it."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*CANDIDATES, *map(str, pyenv.glob("versions/3.*/bin/python3"))]


def _version(interpreter: str) -> tuple[tuple[int, ...], str]:
    try:
        numbers, executable = _output(interpreter, "-c", ASK).splitlines()
        return tuple(map(int, numbers.split())), executable
    except (OSError, subprocess.CalledProcessError, ValueError):
        return (0,), interpreter


def _install(interpreter: str) -> None:
    stamp, pins = VENV / ".installed", (ROOT / "requirements-dev.txt").read_text()
    wanted = f"{interpreter}\n{pins}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    subprocess.run([interpreter, "-m", "venv", "--clear", VENV], check=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", ROOT / "requirements-dev.txt"], check=True)
    subprocess.run([*pip, "--upgrade", "Django"], check=True)
    stamp.write_text(wanted)


def _output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
