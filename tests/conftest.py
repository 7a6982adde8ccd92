"""Each test process has an embedded AWS of its own, provisioned as production is, and a live server for its events."""

import logging
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.emulator import Emulator
from tests import botocore_models

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from tests.live import LiveServer
    from tests.personas import Persona

# Nothing is read of the stage that `make run` keeps in this clone: folders' own conftest.py import settings before
# pytest_configure says where the tests' stage is.
os.environ["LOCAL_DIR"] = str(Path(tempfile.gettempdir()) / "no-local-stage")

_running: list[Callable[[], object]] = []
# An export goes through all posts that tests have written so far, and pages of them that are asked for at random grow
# with them: these come first. Then come folders with long files, so that no core waits for one of them at the end;
# those of one line by turns, as deployments wait much, and browsers keep more than one core busy.
_FIRST = (
    ("test_pages_export.py", "test_pages_fuzz.py"),
    ("deploy", "browser", "local", "infra"),
    ("unit", "updates", "schema", "mydata", "reminders"),
)
_FIGURES = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded AWS before Django reads its settings; the controller of parallel workers needs none."""
    if last := config.pluginmanager.get_plugin("lfplugin"):
        last.lastfailed = WholeFiles(last.lastfailed)
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        return
    botocore_models.keep()
    if config.pluginmanager.has_plugin("tests.deploy.remote"):
        return  # the tests run against a deployment
    folder = Path(tempfile.mkdtemp(prefix="embedded-aws-"))
    from config import env
    from infra.local.provision import provision

    env.use_embedded_aws()
    os.environ["SFN_WAIT_SCALE"] = "0.01"  # of the seconds that state machines wait
    logging.root.manager.loggerDict = Loggers(logging.root.manager.loggerDict)
    emulator = Emulator(_free_port(), folder, persist=False)
    emulator.start()
    _running.extend([lambda: shutil.rmtree(folder, ignore_errors=True), emulator.stop])

    listener = socket.create_server(("127.0.0.1", 0))
    site_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    values = provision(emulator.endpoint_url, stage="local", site_url=site_url, events_url=f"{site_url}/_local/events/")
    # Counted, but as on AWS not shown in the admin until that is asked for.
    own = {"SECRET_KEY": secrets.token_hex(32), "READS_PERCENT": ""}
    os.environ.update({**values, **own, "DEBUG": "0", "LOCAL_DIR": str(folder)})
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)

    from infra.local import events
    from tests import live

    events.RETRY_SECONDS = 1  # until a queue's message comes again
    live.server = live.LiveServer(listener)
    _running.append(live.server.stop)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as deployments wait much; of many cores, what the memory of a laptop bears."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 7) + 1


class Loggers(dict[str, Any]):
    """Pytest goes through all loggers at each step of a test, while threads of the live server make more of them."""

    def values(self) -> Any:
        return list(super().values())


class WholeFiles(dict[str, bool]):
    """What failed last: with one test of a file in tests/deploy all of it, as they stand on those before them."""

    def __contains__(self, name: object) -> bool:
        file, separator, _ = str(name).partition("::")
        return super().__contains__(name) or (
            # A file itself is listed only if it could not be collected.
            file.startswith("tests/deploy/") and any(str(each).startswith(f"{file}::") for each in self if separator)
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; the order within a folder stays random."""
    folders: dict[str, list[Path]] = {}
    for file in dict.fromkeys(item.path for item in items):
        folders.setdefault(file.parent.name, []).append(file)

    def place(file: Path) -> tuple[int, float]:
        names = {file.name, file.parent.name}
        group = next((number for number, group in enumerate(_FIRST) if not names.isdisjoint(group)), len(_FIRST))
        files = folders[file.parent.name]
        return group, files.index(file) / len(files) if group < len(_FIRST) else 0.0

    places = {file: place(file) for files in folders.values() for file in files}
    items.sort(key=lambda item: places[item.path])


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Put a figure, with its unit, into the table at the end of the run: `report("time to read again", "4.1 s")`."""

    def add(name: str, figure: str) -> None:
        request.config.stash.setdefault(_FIGURES, []).append((request.node.name, name, figure))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what `report` was given."""
    if figures := config.stash.get(_FIGURES, []):
        terminalreporter.section("figures")
        for test, name, figure in figures:
            terminalreporter.write_line(f"{test:<50} {name:<50} {figure}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process behind."""
    while _running:
        _running.pop()()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def own_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the test itself logs, for tests that count lines: the live server's threads log beside it."""
    thread = threading.get_ident()

    def own(record: logging.LogRecord) -> bool:
        return record.thread == thread

    caplog.handler.addFilter(own)
    yield caplog
    caplog.handler.removeFilter(own)


@pytest.fixture
def api() -> "APIClient":
    """A client without a token."""
    from rest_framework.test import APIClient

    return APIClient()


@pytest.fixture
def live_server() -> "LiveServer":
    """The same site over real HTTP, at `live_server.url`; it is where the embedded AWS sends its events."""
    from tests import live

    return live.server


@pytest.fixture
def alice() -> "Persona":
    """A user nobody else is: each test has its own."""
    from tests.personas import sign_up

    return sign_up("alice")


@pytest.fixture
def bob() -> "Persona":
    """Another user."""
    from tests.personas import sign_up

    return sign_up("bob")


@pytest.fixture
def edith() -> "Persona":
    """A user in the group `publishers`: she writes the blog and decides what is public."""
    from tests.personas import sign_up

    return sign_up("edith", "publishers")


@pytest.fixture
def emil() -> "Persona":
    """A user in the group `editors`: he writes, and others publish."""
    from tests.personas import sign_up

    return sign_up("emil", "editors")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """No test sees another's health answer or throttle counts, or stands below another's prefix."""
    from django.urls import clear_script_prefix

    from rest import health

    health.forget()
    clear_script_prefix()
