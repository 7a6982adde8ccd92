"""The local stage starts, says where everything is, stops without a trace and recovers from every kind of end."""

import os
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from infra.local.emulator import CREDENTIALS, Emulator
from infra.local.processes import free_port
from infra.local.start import main
from tests.local.conftest import Start
from tests.local.running import COMPANY, PROJECT, Running
from tests.waiting import until

pytestmark = pytest.mark.lifecycle

TABLE = "serverless-django-local-todos"


def dynamodb(running: Running) -> Any:
    """A client of its embedded AWS."""
    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{running.aws_port}",
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def write(running: Running, name: str) -> None:
    """Put one item under a made-up owner."""
    dynamodb(running).put_item(TableName=TABLE, Item={"owner": {"S": "lifecycle"}, "id": {"S": name}})


def written(running: Running, name: str) -> bool:
    """Whether that item is there."""
    key = {"owner": {"S": "lifecycle"}, "id": {"S": name}}
    return "Item" in dynamodb(running).get_item(TableName=TABLE, Key=key)


def saved(running: Running, name: str) -> bool:
    """Whether that item is on disk."""
    file = running.folder / "aws" / "dynamodb.json"
    return file.exists() and f'"{name}"' in file.read_text()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests that leave it running."""
    running = Running(tmp_path_factory.mktemp("running") / "local", port=0, aws_port=0, tty=False, **COMPANY).until()
    yield running
    running.stop()


def test_it_says_where_everything_is_and_answers_there(running: Running) -> None:
    for path in ("/", "/api/docs/", "/_local/mail/"):
        assert f"{running.url}{path}\n" in running.output
    for someone in ("alice@example.com", "edith@example.com", "admin@example.com"):
        assert someone in running.output
    for path in ("/api/health/", "/api/docs/", "/_local/", "/_local/mail/"):
        assert running.get(path) == 200, path


def test_a_second_terminal_sees_it_and_no_account_of_the_developers(running: Running) -> None:
    done = running.command("keep_house")
    assert done.returncode == 0, done.stderr
    until(lambda: "-nightly has ended" in running.output)


@pytest.mark.prove
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_it_stops_on_a_signal_and_leaves_nothing_behind(start: Start, signum: signal.Signals) -> None:
    running = start().until()
    if signum == signal.SIGTERM:
        running.process.send_signal(signum)
    else:  # a terminal tells the whole group
        os.killpg(running.process.pid, signum)
    assert running.ends() == 0
    assert running.anything_left() == []
    assert "Traceback" not in running.output


def test_however_it_is_stopped_nothing_is_left_but_the_data_at_the_next_start(start: Start) -> None:
    interrupted = start()
    until((interrupted.folder / "lock").exists)
    interrupted.process.send_signal(signal.SIGTERM)
    assert interrupted.ends() == 0
    assert interrupted.anything_left() == []

    first = start().until()
    write(first, "kept")
    os.killpg(first.process.pid, signal.SIGINT)  # as a terminal does, to the whole group
    assert first.ends() == 0
    assert first.anything_left() == []
    assert "Traceback" not in first.output

    second = start(port=first.port, aws_port=first.aws_port, tty=True).until()
    assert written(second, "kept")
    assert "applying" not in second.output
    second.hang_up()
    second.ends()
    assert second.anything_left() == []


@pytest.mark.prove
def test_it_recovers_from_kill_9_of_everything(start: Start) -> None:
    first = start().until()
    write(first, "saved")
    until(lambda: saved(first, "saved"))
    emulator = first.emulator_pid
    os.killpg(first.process.pid, signal.SIGKILL)
    os.kill(emulator, signal.SIGKILL)
    first.ends()
    assert written(start(port=first.port, aws_port=first.aws_port).until(), "saved")


@pytest.mark.prove
def test_it_recovers_from_kill_9_of_itself_without_losing_anything(start: Start) -> None:
    first = start().until()
    write(first, "unsaved")
    first.process.kill()
    first.ends()
    second = start(port=first.port, aws_port=first.aws_port).until()
    assert written(second, "unsaved")


@pytest.mark.prove
def test_it_ends_an_embedded_aws_that_was_left_running_on_its_data_and_no_other(
    start: Start, running: Running, tmp_path: Path
) -> None:
    leftover = Emulator(free_port(), tmp_path / "local" / "aws")
    leftover.start()
    another = start().until()
    assert "An earlier start left its embedded AWS running" in another.output
    assert not leftover.running
    write(running, "mine")
    assert not written(another, "mine")


def test_it_starts_the_embedded_aws_again_after_its_crash(running: Running) -> None:
    write(running, "before")
    until(lambda: saved(running, "before"))
    os.kill(running.emulator_pid, signal.SIGKILL)
    running.until("starting it again")
    until(lambda: running.get("/_local/") == 200)
    assert written(running, "before")


def test_it_names_a_busy_port(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        site = start(port=port)
        assert site.ends() == 1
    assert site.output.startswith(f"Error: Port {port} is taken")
    assert "choose another, like PORT=" in site.output


@pytest.fixture
def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What it says when it refuses to start, in this process: of another one, `test_it_names_a_busy_port` tells."""
    # This process's own AWS and signals stay.
    monkeypatch.setattr("signal.signal", Mock())
    monkeypatch.setattr("config.env.use_embedded_aws", Mock())

    def refuse(*, folder: Path = tmp_path / "local", port: int = 0, aws_port: int = 0) -> str:
        values = {"LOCAL_DIR": folder, "AWS_PORT": aws_port or free_port()}
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))
        assert main(["manage.py", "runserver", str(port or free_port())]) == 1
        return capsys.readouterr().out

    return refuse


def test_it_names_a_port_of_aws_that_is_busy_or_none_or_the_sites_own(refusal: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = other.getsockname()[1]
        said = refusal(aws_port=busy)
    assert said.startswith(f"Error: Port {busy} is taken")
    assert "AWS_PORT=" in said
    port = free_port()
    assert refusal(port=port, aws_port=port) == f"Error: AWS_PORT={port} is the port of the site.\n"
    assert refusal(aws_port=99999) == "Error: AWS_PORT=99999 is no port number.\n"


def test_it_refuses_to_run_twice_on_the_same_data(running: Running, refusal: Callable[..., str]) -> None:
    assert f"It runs already from this folder (process {running.process.pid})" in refusal(folder=running.folder)
    assert running.get("/api/health/") == 200


def test_it_names_a_folder_it_cannot_write_to(refusal: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(folder=tmp_path / "file" / "local")
    assert said.startswith(f"Error: Cannot write to {tmp_path / 'file' / 'local'}")
    assert "LOCAL_DIR" in said
    assert said.count("\n") == 1


@pytest.mark.prove
def test_it_waits_with_aws_running_while_the_code_can_not_be_imported(start: Start) -> None:
    error, settings = "No module named 'tests.local.no_such_app'", PROJECT / "tests" / "local" / "broken_settings.py"
    running = start(DJANGO_SETTINGS_MODULE="tests.local.broken_settings").until(error)
    said = running.output.count(error)

    def tries_again() -> bool:
        settings.touch()
        return running.output.count(error) > said

    until(tries_again, "another try, as a file was saved", seconds=30)
    assert TABLE in dynamodb(running).list_tables()["TableNames"]
    running.process.send_signal(signal.SIGTERM)
    assert running.ends() == 0
    assert running.anything_left() == []


def test_it_ends_with_the_error_of_its_settings(start: Start) -> None:
    running = start(SERVICES="nonsense")
    assert running.ends() == 1
    assert "There is no service 'nonsense'; there are" in running.output
    assert running.anything_left() == []


def test_ctrl_c_while_it_imports_the_code_shows_no_traceback(running: Running) -> None:
    done = running.command("check", DJANGO_SETTINGS_MODULE="tests.local.interrupted_settings")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_region_is_switched_off_by_the_file_that_the_page_names(running: Running) -> None:
    named = re.search(r"`\.local/([\w/]*off\.json)`", (PROJECT / "docs" / "local.md").read_text())
    assert named
    (running.folder / named[1]).write_text('{"regions": ["eu-central-1"], "apis": []}')
    request = urllib.request.Request(f"http://127.0.0.1:{running.aws_port}/")
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/s3/aws4_request")
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(request, timeout=0.5)


def test_it_reloads_a_saved_file_without_touching_aws(running: Running) -> None:
    emulator = running.emulator_pid
    time.sleep(1.1)  # the reloader compares whole seconds of files it has seen once
    (PROJECT / "infra" / "local" / "mailbox.py").touch()
    running.until("Reloaded.")
    until(lambda: running.get("/_local/mail/") == 200)
    assert running.emulator_pid == emulator
