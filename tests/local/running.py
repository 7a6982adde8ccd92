"""`manage.py runserver` as a newcomer starts it: another process, another folder for its data, free ports."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local.processes import Lock, free_port, port_is_taken
from tests.measuring import measured

PROJECT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 40
READY = "are ready"


# What the shell of a developer may hold who works for a company: an account of AWS, and a proxy between.
COMPANY = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "all_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB"), "http://127.0.0.1:9"),
    **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-central-1"),
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "AKIAIOSFODNN7EXAMPLE"),
    **dict.fromkeys(("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT"), "true"),
    "AWS_PROFILE": "work",
}


class Running:
    """A local stage in a child process and process group of its own."""

    def __init__(self, folder: Path, *, port: int = 0, aws_port: int = 0, tty: bool = False, **variables: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.aws_port = aws_port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.variables = variables
        self.terminal: int | None = None
        self._output: list[str] = []
        self._hung_up = threading.Event()
        self.process = self._start_in_terminal() if tty else self._start()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def output(self) -> str:
        """All it has printed."""
        return "".join(self._output)

    @property
    def emulator_pid(self) -> int:
        """The process id of its embedded AWS."""
        return Lock(self.folder / "aws" / "lock").holder()["pid"]

    def until(self, text: str = READY) -> "Running":
        """Wait until it has printed this."""
        deadline = time.monotonic() + START_SECONDS
        while text not in self.output:
            assert time.monotonic() < deadline, f"never printed {text!r}:\n{self.output}"
            assert self.process.poll() is None or text in self.output, f"ended without {text!r}:\n{self.output}"
            time.sleep(0.02)
        return self

    def ends(self) -> int:
        """Wait until it has ended; its exit code."""
        code = self.process.wait(START_SECONDS)
        self._listener.join(5)  # it takes the last lines
        return code

    def get(self, path: str) -> int:
        """The status of a page."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    def anything_left(self) -> list[str]:
        """What of it still runs."""
        left = []
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 0)
            left.append("a process of its group")
        if Lock(self.folder / "aws" / "lock").holder():
            left.append("the embedded AWS")
        return left + [f"port {port}" for port in (self.port, self.aws_port) if port_is_taken(port)]

    def hang_up(self) -> None:
        """Close its terminal. Nobody may be reading from it then: that would keep it open."""
        assert self.terminal is not None
        self._hung_up.set()
        self._listener.join()
        os.close(self.terminal)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.ends()
        if self.process.stdout:
            self.process.stdout.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command(), cwd=PROJECT, env=self._environment(), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _start_in_terminal(self) -> subprocess.Popen[bytes]:
        self.terminal, inside = pty.openpty()
        process = subprocess.Popen(
            self._command(), cwd=PROJECT, env=self._environment(), start_new_session=True,
            stdin=inside, stdout=inside, stderr=inside,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads matter to it
        )  # fmt: skip
        os.close(inside)
        return process

    def _listen(self) -> None:
        source = self.terminal if self.terminal is not None else self.process.stdout.fileno()  # type: ignore[union-attr]
        with contextlib.suppress(OSError):  # a terminal ends with an error
            while not self._hung_up.is_set():
                if select.select([source], [], [], 0.05)[0]:
                    if not (data := os.read(source, 65536)):
                        break
                    self._output.append(data.decode(errors="replace"))

    def command(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """What a command of manage.py says in a second terminal."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT, env={**self._environment(), **variables}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver"]

    def _environment(self) -> dict[str, str]:
        # Nothing of this process's own AWS: what a newcomer's shell has, and where to be.
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "LOCAL_DIR": str(self.folder),
            "PORT": str(self.port),
            "AWS_PORT": str(self.aws_port),
            "DEMO": "no",
            "PYTHONUNBUFFERED": "1",
            **measured(),
            **self.variables,
        }
