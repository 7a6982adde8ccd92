"""The embedded AWS (MiniStack) as a child process: started, watched, stopped with its data saved.

Only the standard library is imported here: tests and `runserver` need it before Django is set up.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from infra.local.processes import Lock, end, port_is_taken

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 15.0
STATUS_PATH = "/_ministack/persistence"  # where it tells how saving goes
MAIL_PATH = "/_ministack/ses/kept"  # where it lists the mail it sent
FORWARD_TO = "MINISTACK_LAMBDA_PROXY_URL"  # a function's variable: where its invocations are forwarded to
LOG_BYTES = 10_000_000  # a longer log is begun anew at the next start
# It must neither need nor use a real account that a developer has in ~/.aws.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
_FOREIGN_SETTINGS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "SMTP_HOST", "SERVICES", "AUTH")


class EmulatorError(Exception):
    """The embedded AWS can't run. The message is one sentence that says what to do."""


class Emulator:
    """One embedded AWS on a loopback port, its data in a folder of its own.

    With `persist` the data is saved every few seconds and when stopped, and is there at the next start.
    """

    module = "infra.local.embedded_aws"  # what the child process runs

    def __init__(self, port: int, state_dir: Path, *, persist: bool = True, log: Path | None = None) -> None:
        self.port = port
        self.state_dir = state_dir.absolute()
        self.persist = persist
        self.log = log or self.state_dir / "aws.log"
        self.endpoint_url = f"http://127.0.0.1:{port}"
        self._lock = Lock(self.state_dir / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._has_answered = False

    def __enter__(self) -> "Emulator":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the child process is there. False after a crash."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises EmulatorError."""
        make_folder(self.state_dir, self._lock.path, self.log)
        if port_is_taken(self.port):
            who = "another embedded AWS" if is_healthy(self.endpoint_url) else "another program"
            advice = f"end that, or choose another port, like AWS_PORT={self.port + 1}."
            raise EmulatorError(f"Port {self.port} is taken by {who}: {advice}")
        self._has_answered = False
        with self.log.open("ab" if self.log.stat().st_size < LOG_BYTES else "wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, a module of ours
                [sys.executable, "-m", self.module],
                cwd=PROJECT_DIR,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C belongs to the parent, which stops this one last.
                start_new_session=True,
            )
        self._wait_until_healthy()

    def persistence(self) -> dict[str, Any]:
        """How saving goes: `error`, empty if all is well, and `notices` of the restore. Raises OSError, ValueError."""
        with urllib.request.urlopen(f"{self.endpoint_url}{STATUS_PATH}", timeout=5) as response:  # noqa: S310 - loopback
            return dict(json.load(response))

    def stop(self) -> bool:
        """Stop it, after 15 s by SIGKILL; whether its data was saved. One that never answered had nothing to save."""
        if self._process is None:
            return True
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        saved = self._process.returncode == 0 or not self._has_answered
        self._process = None
        return saved

    def end_leftover(self) -> int | None:
        """End an embedded AWS that an earlier run left behind on the same data; its process id, or None."""
        make_folder(self.state_dir, self._lock.path, self.log)
        leftover = self._lock.holder()
        if not leftover:
            return None
        end(leftover["pid"], self._lock, patience=STOP_SECONDS)
        return leftover["pid"]

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _FOREIGN_SETTINGS}
        return {
            **inherited,
            **CREDENTIALS,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "localhost",
            "PERSIST_STATE": str(int(self.persist)),
            "S3_PERSIST": str(int(self.persist)),
            "STATE_DIR": str(self.state_dir),
            "S3_DATA_DIR": str(self.state_dir / "s3"),
            # These services are not used here, and their fixed ports would keep a second clone from starting.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
        }

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                said = self.log.read_text(errors="replace").strip().splitlines()
                word = said[-1] if said else "it said nothing"
                raise EmulatorError(f"The embedded AWS did not start: {word} (more in {self.log}).")
            if is_healthy(self.endpoint_url):
                self._has_answered = True
                return
            time.sleep(0.03)
        self.stop()
        raise EmulatorError(f"The embedded AWS did not answer within {START_SECONDS:.0f} s: see {self.log}.")


def make_folder(folder: Path, *files: Path) -> None:
    """Make a folder, and files, that can be written. Raises EmulatorError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            path.open("ab").close()
    except OSError as error:
        raise EmulatorError(
            f"Cannot write to {folder} ({error.strerror}): make it a writable folder, or set LOCAL_DIR to another one."
        ) from None


def is_healthy(endpoint_url: str) -> bool:
    """Whether an embedded AWS answers there within a second."""
    try:
        with urllib.request.urlopen(f"{endpoint_url}/_ministack/health", timeout=1) as response:  # noqa: S310 - loopback
            return "services" in json.load(response)
    except (OSError, ValueError):
        return False
