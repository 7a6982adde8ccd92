"""Each test process has a DynamoDB of its own: MiniStack, an emulator of AWS, as a child process.

With MOTO_SERVER, the path of moto's command, it is moto's, which reads expressions by code of its own.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dynamo.tests.admin.browser import Browser

START_SECONDS = 60
_stopped: list[subprocess.Popen[bytes]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start DynamoDB before Django reads its settings; the controller of parallel workers needs none."""
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        return
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    credentials = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_REGION": "us-east-1"}
    place = {"GATEWAY_PORT": port, "BIND_HOST": "127.0.0.1", "PERSIST_STATE": "0", "STATE_DIR": tempfile.mkdtemp()}
    environ = {"PATH": os.environ["PATH"], **credentials, **place}
    command, health = [sys.executable, "-m", "ministack"], "_ministack/health"
    if moto := os.environ.get("MOTO_SERVER"):
        command, health = [moto, "-p", port], "moto-api/"
    _stopped.append(subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    url = f"http://127.0.0.1:{port}"
    _wait_for(f"{url}/{health}")
    # Nothing of a developer's own account.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull})
    os.environ.update({**credentials, "AWS_ENDPOINT_URL": url, "DJANGO_SETTINGS_MODULE": "dynamo.tests.settings"})

    import django
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)
    from dynamo.tests.sample.models import Note, Shelved

    call_command("migrate", create=True, verbosity=0)
    for model in (Shelved, Note):
        model.create_table(wait=True, billing_mode="PAY_PER_REQUEST")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process behind."""
    while _stopped:
        process = _stopped.pop()
        process.kill()
        process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees the articles, or the log, of another."""
    from dynamo.admin.history.log import Entry
    from dynamo.tests.sample.models import Article, File, Shelved

    yield
    if "admin" in request.path.parts:
        for model in (Article, Entry, File, Shelved):
            with model.batch_write() as batch:
                for item in model.scan():
                    batch.delete(item)


def _browser(name: str | None) -> "Browser":
    from dynamo.tests.admin.browser import Browser

    return Browser(name)


@pytest.fixture
def pia() -> "Browser":
    """Publishes: may do everything with articles."""
    return _browser("pia")


@pytest.fixture
def ed() -> "Browser":
    """Writes, but deletes nothing."""
    return _browser("ed")


@pytest.fixture
def vera() -> "Browser":
    """Only looks."""
    return _browser("vera")


@pytest.fixture
def ada() -> "Browser":
    """May do everything."""
    return _browser("ada")
