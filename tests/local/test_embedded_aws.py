"""The embedded AWS keeps what matters over restarts, and events wait for a server that is away."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.emulator import CREDENTIALS, MAIL_PATH, Emulator, EmulatorError
from infra.local.event_proxy import DEADLINE_HEADER, EventProxy
from infra.local.processes import Lock, free_port
from infra.local.provision import MAIL_FROM, REGION, provision, write_environment
from infra.local.start import LocalStage, main
from infra.mail import make_sender
from infra.service_stacks import owners
from infra.stacks import StackError, Stacks
from tests.waiting import until


class Receiver:
    """A server that keeps the events it gets; `answers` are statuses to give first, 0 hangs up."""

    def __init__(self, port: int = 0, answers: tuple[int, ...] = ()) -> None:
        receiver, self.events, waiting = self, list[dict[str, Any]](), list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status = waiting.pop(0) if waiting else 200
                if status:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(b"null")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One that keeps nothing, for tests of what is made in it."""
    with Emulator(free_port(), tmp_path_factory.mktemp("aws"), persist=False) as emulator:
        yield emulator


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where events go."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


def client(emulator: Emulator, service: Any) -> Any:
    """A client of that embedded AWS."""
    return boto3.client(
        service,
        endpoint_url=emulator.endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def subscribe(emulator: Emulator, email: str) -> None:
    """A new item in the subscribers table."""
    client(emulator, "dynamodb").put_item(TableName="serverless-django-local-subscribers", Item={"email": {"S": email}})


def subscribed(receiver: Receiver) -> list[str]:
    """The emails of the stream's records that came, in order."""
    return [
        record["dynamodb"]["Keys"]["email"]["S"]
        for event in receiver.events
        for record in event["Records"]
        if "dynamodb" in record
    ]


def in_work(sqs: Any, queue: str) -> bool:
    """Whether a message of the queue was delivered and is not done."""
    name: Any = "ApproximateNumberOfMessagesNotVisible"
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"]
    return bool(attributes[name] != "0")


def set_up(emulator: Emulator, receiver: Receiver) -> dict[str, str]:
    """Provision as `runserver` does."""
    return provision(emulator.endpoint_url, stage="local", site_url="http://localhost:1", events_url=receiver.url)


@pytest.mark.prove
def test_it_passes_over_no_stream_record_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    emulator = Emulator(free_port(), tmp_path)
    with emulator:
        set_up(emulator, receiver)
        for email in ("a@example.com", "b@example.com"):
            subscribe(emulator, email)
        until(lambda: len(subscribed(receiver)) == 2)
    with emulator:
        set_up(emulator, receiver)
        subscribe(emulator, "c@example.com")
        until(lambda: len(subscribed(receiver)) == 3)
    assert subscribed(receiver) == ["a@example.com", "b@example.com", "c@example.com"]


def test_it_delivers_after_a_restart_what_it_could_not_before(tmp_path: Path) -> None:
    emulator, nobody = Emulator(free_port(), tmp_path), Receiver()
    nobody.stop()
    with emulator:
        set_up(emulator, nobody)
        subscribe(emulator, "late@example.com")
        sqs = client(emulator, "sqs")
        queue = sqs.get_queue_url(QueueName="serverless-django-local-todos-media")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="late")
        until(lambda: in_work(sqs, queue))
    receiver = Receiver()
    # A queue's address has the port of the start that made it.
    with Emulator(free_port(), tmp_path) as emulator:
        # Nobody is asked at the address of the former start: what was tried there would be out of sight for long.
        with pytest.raises(AssertionError):
            until(lambda: in_work(client(emulator, "sqs"), queue), seconds=2)
        set_up(emulator, receiver)
        until(lambda: "late@example.com" in subscribed(receiver))
        until(lambda: "late" in [record.get("body") for event in receiver.events for record in event["Records"]])
    receiver.stop()


def test_it_keeps_mail_with_its_headers_over_a_restart(tmp_path: Path) -> None:
    emulator = Emulator(free_port(), tmp_path)
    header = {"Name": "List-Unsubscribe", "Value": "<http://localhost:1/u>"}
    with emulator:
        ses = client(emulator, "sesv2")
        make_sender(ses, MAIL_FROM)
        ses.send_email(
            FromEmailAddress=MAIL_FROM,
            Destination={"ToAddresses": ["a@example.com"]},
            Content={
                "Simple": {
                    "Subject": {"Data": "Hello"},
                    "Body": {"Text": {"Data": "Hi"}},
                    "Headers": [header],
                }
            },
        )
    with emulator, urlopen(emulator.endpoint_url + MAIL_PATH) as response:
        (kept,) = json.load(response)
    assert kept["request"]["Content"]["Simple"]["Headers"] == [header]


def test_it_keeps_no_mail_that_was_refused(emulator: Emulator) -> None:
    ses = client(emulator, "sesv2")
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_email(
            FromEmailAddress="nobody@example.com",
            Destination={"ToAddresses": ["a@example.com"]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )
    with urlopen(emulator.endpoint_url + MAIL_PATH) as response:
        assert json.load(response) == []


def test_it_provisions_once_and_finds_everything_there(emulator: Emulator, receiver: Receiver) -> None:
    said: list[str] = []
    options = {"stage": "local", "site_url": "http://localhost:1", "events_url": receiver.url}
    first = provision(emulator.endpoint_url, **options, say=said.append)
    services = [f"applying {service.name}/stack.yaml" for service in owners()]
    assert said == ["applying infra/data.yaml", *services]
    assert provision(emulator.endpoint_url, **options, say=said.append) == first
    assert len(said) == 1 + len(services)
    moved = {**options, "site_url": "http://localhost:2"}
    changed = provision(emulator.endpoint_url, **moved, say=said.append)
    # The four that are told the site's address.
    told = ["infra/data.yaml", "reminders/stack.yaml", "mydata/stack.yaml", "housekeeping/stack.yaml"]
    assert said[1 + len(services) :] == [f"applying {stack}" for stack in told]
    assert changed == {**first, "SITE_URL": "http://localhost:2"}


def test_it_says_why_a_stack_failed(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.yaml").write_text(
        "Resources:\n  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: 'no spaces allowed'}}\n"
        "  Nonsense: {Type: AWS::No::Such}\n"
    )
    monkeypatch.setattr("infra.stacks.INFRA_DIR", tmp_path)
    stacks = Stacks(client(emulator, "cloudformation"), stage="local", say=lambda _: None)
    with pytest.raises(StackError, match=r"(?i)serverless-django-local-bad: .*(Nonsense|Queue|AWS::No::Such)"):
        stacks.apply("bad")


def test_it_keeps_the_secret_key_and_hides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env.json"
    first = write_environment(file, {"SITE_URL": "http://localhost:1"})
    second = write_environment(file, {"SITE_URL": "http://localhost:2"})
    assert len(first["SECRET_KEY"]) >= 50
    assert second == {**first, "SITE_URL": "http://localhost:2"}
    assert json.loads(file.read_text()) == second
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", '{"SECRET_KEY": "ab', "[]", "{}"])
def test_it_makes_no_other_secret_key_in_place_of_one_it_cannot_read(tmp_path: Path, content: str) -> None:
    file = tmp_path / "env.json"
    file.write_text(content)
    with pytest.raises(EmulatorError, match=r"env\.json is damaged: delete it"):
        write_environment(file, {})
    assert file.read_text() == content


def test_what_can_not_be_written_at_the_start_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EmulatorError, match=r"Cannot write .*env\.json"):
        write_environment(tmp_path / "gone" / "env.json", {})
    full = {"Error": {"Code": "503", "Message": "The embedded AWS can't save: No space left on device"}}
    monkeypatch.setattr(LocalStage, "__enter__", Mock(side_effect=ClientError(full, "UpdateFunctionConfiguration")))  # type: ignore[arg-type]
    monkeypatch.setattr("signal.signal", Mock())
    monkeypatch.setattr("config.env.use_embedded_aws", Mock())
    assert main(["manage.py", "runserver"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("Error: ")
    assert said.endswith("No space left on device\n")


def test_one_that_is_stopped_while_it_starts_has_nothing_to_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = Emulator(free_port(), tmp_path)
    monkeypatch.setattr(emulator, "_wait_until_healthy", lambda: None)
    emulator.start()
    assert emulator.stop()


def test_an_embedded_aws_refuses_data_that_another_uses(tmp_path: Path) -> None:
    with Emulator(free_port(), tmp_path, persist=False):
        with pytest.raises(EmulatorError, match="another embedded AWS"):
            Emulator(free_port(), tmp_path, persist=False).start()
        assert Lock(tmp_path / "lock").holder()
    assert Lock(tmp_path / "lock").holder() == {}


def send(event_proxy: EventProxy, seconds: float) -> tuple[int, Any]:
    """Post an event to the proxy as the embedded AWS does, with so much time left."""
    import time

    headers = {DEADLINE_HEADER: str(int((time.time() + seconds) * 1000)), "Content-Type": "application/json"}
    try:
        with urlopen(Request(event_proxy.url, b'{"Records": []}', headers), timeout=seconds + 5) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_an_event_waits_for_a_server_that_is_away() -> None:
    port = free_port()
    event_proxy, arrived = EventProxy(f"http://127.0.0.1:{port}/"), list[tuple[int, Any]]()
    sender = threading.Thread(target=lambda: arrived.append(send(event_proxy, 20)))
    sender.start()
    sender.join(0.3)
    assert arrived == []
    receiver = Receiver(port)
    sender.join(20)
    assert arrived == [(200, None)]
    assert receiver.events == [{"Records": []}]
    receiver.stop()
    event_proxy.stop()


def test_an_event_cut_off_midway_is_sent_again_and_a_failure_is_passed_on() -> None:
    receiver = Receiver(answers=(0, 500))
    event_proxy = EventProxy(receiver.url)
    assert send(event_proxy, 10) == (500, b"null")
    assert len(receiver.events) == 2
    receiver.stop()
    event_proxy.stop()


def test_an_event_fails_when_the_server_stays_away() -> None:
    event_proxy = EventProxy(f"http://127.0.0.1:{free_port()}/")
    assert send(event_proxy, 0.5)[0] == 503
    event_proxy.stop()
