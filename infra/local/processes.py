"""Child processes that never outlive their parent, and locks that end with the process that holds them."""

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_LOOK_SECONDS = 1.0


class Lock:
    """A file lock that the kernel gives back when its holder ends, however it ends. The file tells who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self, **about: int) -> bool:
        """Hold the lock and write `pid` and `about` into its file; False when another process holds it."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), **about}))
        file.flush()
        self._file = file
        return True

    def holder(self) -> dict[str, int]:
        """What the holder wrote about itself; empty when nobody holds the lock."""
        if not self.path.exists():
            return {}
        with self.path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                try:
                    return dict(json.load(file))
                except ValueError:  # its holder is writing this very moment
                    return {"pid": 0}
        return {}

    def release(self) -> None:
        """Give the lock back."""
        if self._file:
            self._file.close()
            self._file = None


def end_with_parent() -> None:
    """Have this process get SIGTERM when its parent ends, even by SIGKILL.

    Linux sends it at once; on other systems a thread looks every second.
    """
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        _end_if_orphaned(parent)  # it may have ended before the kernel was asked
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent").start()


def _watch(parent: int) -> None:
    while not _end_if_orphaned(parent):
        time.sleep(_LOOK_SECONDS)


def _end_if_orphaned(parent: int) -> bool:
    orphaned = os.getppid() != parent
    if orphaned:
        os.kill(os.getpid(), signal.SIGTERM)
    return orphaned


def end(pid: int, lock: Lock, *, patience: float) -> None:
    """End the process that holds `lock`: SIGTERM, and SIGKILL once `patience` (seconds) is over.

    The lock rather than the process table tells when it has gone: a process nobody waits for stays listed.
    """
    for signum in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not lock.holder():
                return
            time.sleep(0.02)


def port_is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        # macOS lets us bind beside a listener on all addresses, so ask first.
        with contextlib.suppress(OSError):
            if probe.connect_ex((host, port)) == 0:
                return True
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE  # any other reason is the server's to tell
    return False


def free_port() -> int:
    """A loopback port nobody uses now. Another program may take it before you do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
