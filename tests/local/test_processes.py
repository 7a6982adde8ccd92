"""Children end with their parent, and a lock tells who holds it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.processes import Lock, end
from tests.local.running import PROJECT
from tests.waiting import until

# A parent that starts a child, which takes a lock and would then sleep for ever.
PARENT = """
import subprocess, sys
child = "import sys, time; sys.platform = sys.argv[2]; from pathlib import Path; from infra.local.processes import *;"
child += "held = Lock(Path(sys.argv[1])); held.take(); end_with_parent(); time.sleep(600)"
subprocess.run([sys.executable, "-c", child, *sys.argv[1:]])
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, platform: str) -> None:
    lock = Lock(tmp_path / "lock")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(lock.path), platform], cwd=PROJECT)
    until(lambda: lock.holder().get("pid"))
    parent.kill()
    parent.wait()
    until(lambda: not lock.holder())


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    code = (
        "import signal, sys, time; from pathlib import Path; from infra.local.processes import Lock\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); held = Lock(Path(sys.argv[1])); held.take(); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(lock.path)], cwd=PROJECT)
    until(lambda: lock.holder().get("pid"))
    end(child.pid, lock, patience=0.5)
    assert lock.holder() == {}
    assert child.wait(5) == -signal.SIGKILL


def test_a_lock_is_held_once_and_tells_by_whom(tmp_path: Path) -> None:
    one, other = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert one.holder() == {}
    assert one.take(port=7)
    assert not other.take()
    assert other.holder() == {"pid": os.getpid(), "port": 7}
    one.release()
    assert other.holder() == {}
    assert other.take()
    other.release()
