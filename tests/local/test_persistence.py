"""What the embedded AWS acknowledged is there at the next start, or it is said that it is not."""

import os
import resource
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.emulator import Emulator, EmulatorError
from infra.local.processes import Lock, free_port
from tests.local.test_embedded_aws import Receiver, client, set_up
from tests.waiting import until

TABLE = "serverless-django-local-subscribers"
# Too small for any file with data, large enough for lock and log.
NO_ROOM = 4096


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Emulator:
    """An embedded AWS with everything in it that was saved twice, stopped. Each test gets a copy."""
    receiver, emulator = Receiver(), Emulator(free_port(), tmp_path_factory.mktemp("saved") / "aws")
    with emulator:
        set_up(emulator, receiver)
    with emulator:
        put(emulator, "first")
    receiver.stop()
    return emulator


@pytest.fixture
def stopped(saved: Emulator, tmp_path: Path) -> Iterator[Emulator]:
    """It, with a folder of its own."""
    shutil.copytree(saved.state_dir, tmp_path / "aws")
    emulator = Emulator(saved.port, tmp_path / "aws")
    yield emulator
    emulator.stop()


def put(emulator: Emulator, name: str) -> None:
    client(emulator, "dynamodb").put_item(TableName=TABLE, Item={"email": {"S": name}})


def there(emulator: Emulator, name: str) -> bool:
    return "Item" in client(emulator, "dynamodb").get_item(TableName=TABLE, Key={"email": {"S": name}})


def contents(emulator: Emulator) -> dict[str, Any]:
    """The names of what is there, by service."""
    return {
        "queues": sorted(client(emulator, "sqs").list_queues()["QueueUrls"]),
        "topics": [topic["TopicArn"] for topic in client(emulator, "sns").list_topics()["Topics"]],
        "buckets": [bucket["Name"] for bucket in client(emulator, "s3").list_buckets()["Buckets"]],
        "tables": client(emulator, "dynamodb").list_tables()["TableNames"],
        "mappings": len(client(emulator, "lambda").list_event_source_mappings()["EventSourceMappings"]),
        "pools": len(client(emulator, "cognito-idp").list_user_pools(MaxResults=9)["UserPools"]),
    }


def pid_of(emulator: Emulator) -> int:
    return int(Lock(emulator.state_dir / "lock").holder()["pid"])


class SlowEmulator(Emulator):
    """Takes longer to restore than from one save to the next."""

    module = "tests.local.slow_aws"


@pytest.mark.prove
def test_a_slow_start_erases_nothing(stopped: Emulator) -> None:
    with stopped:
        before = contents(stopped)
    with SlowEmulator(stopped.port, stopped.state_dir) as slow:
        assert contents(slow) == before
    with stopped:
        assert contents(stopped) == before
    assert all(before.values())


@pytest.mark.prove
def test_what_is_missing_is_made_anew(stopped: Emulator) -> None:
    """Queues, topics and mappings whose files were lost; the tables with their rows stay."""
    with stopped:
        before = contents(stopped)
    for service in ("sqs", "sns", "lambda"):
        (stopped.state_dir / f"{service}.json").unlink()
        (stopped.state_dir / f"{service}.former.json").unlink(missing_ok=True)
    receiver = Receiver()
    with stopped:
        assert not contents(stopped)["queues"]
        set_up(stopped, receiver)
        assert contents(stopped) == before
        assert there(stopped, "first")
        put(stopped, "second")
        until(lambda: receiver.events)
    receiver.stop()


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "cognito"])
def test_a_damaged_file_is_replaced_by_the_one_before(stopped: Emulator, service: str) -> None:
    path = stopped.state_dir / f"{service}.json"
    shutil.copy(path, path.with_suffix(".former.json"))
    path.write_bytes(path.read_bytes()[:-20])
    with stopped:
        assert f"{service}.json can't be read" in stopped.persistence()["notices"][0]
        assert all(contents(stopped).values())


def test_nothing_starts_on_damaged_data(stopped: Emulator) -> None:
    path = stopped.state_dir / "dynamodb.json"
    damaged = [path, path.with_suffix(".former.json")]
    for each in damaged:
        each.write_bytes(b"\0" * 1000)
    with pytest.raises(EmulatorError, match=r"dynamodb\.json can't be read .* make reset"):
        stopped.start()
    assert [each.read_bytes() for each in damaged] == [b"\0" * 1000] * 2


def test_the_former_generation_is_kept(stopped: Emulator) -> None:
    assert "first" in (stopped.state_dir / "dynamodb.json").read_text()
    former = (stopped.state_dir / "dynamodb.former.json").read_text()
    assert TABLE in former
    assert not list(stopped.state_dir.glob("*.part"))


def refused(write: Callable[[], object]) -> bool:
    """Whether a write is answered with 503."""
    try:
        write()
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    return False


def limit(emulator: Emulator, size: int) -> None:
    """How large a file the embedded AWS may write: to it, a smaller limit is a full disk."""
    resource.prlimit(pid_of(emulator), resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Only Linux limits another process.")
@pytest.mark.prove
def test_a_full_disk_is_told_and_writes_are_refused_until_there_is_room(stopped: Emulator) -> None:
    with stopped:
        s3, sqs = client(stopped, "s3"), client(stopped, "sqs")
        bucket, queue = s3.list_buckets()["Buckets"][0]["Name"], sqs.list_queues()["QueueUrls"][0]
        limit(stopped, NO_ROOM)
        put(stopped, "second")
        # A file in S3 is written while it is asked for, whatever the other data does.
        assert refused(lambda: s3.put_object(Bucket=bucket, Key="large", Body=b"x" * NO_ROOM * 2))
        until(lambda: stopped.persistence()["error"])
        assert refused(lambda: put(stopped, "third"))
        assert refused(lambda: s3.put_object(Bucket=bucket, Key="small", Body=b"x"))
        assert refused(lambda: sqs.send_message(QueueUrl=queue, MessageBody="x"))
        assert there(stopped, "second")
        limit(stopped, resource.RLIM_INFINITY)
        until(lambda: not stopped.persistence()["error"])
        put(stopped, "fourth")
        limit(stopped, NO_ROOM)
        put(stopped, "fifth")
        assert not stopped.stop()
    with stopped:
        assert there(stopped, "second")
        assert not there(stopped, "third")


@pytest.mark.prove
def test_a_kill_loses_little(stopped: Emulator, report: Callable[[str, str], None]) -> None:
    """With some MB of data under load: the writes of a few seconds at most."""
    acknowledged: list[tuple[float, str]] = []
    ends = threading.Event()

    def write() -> None:
        dynamodb = client(stopped, "dynamodb")
        while not ends.is_set():
            name = uuid.uuid4().hex
            try:
                dynamodb.put_item(TableName=TABLE, Item={"email": {"S": name}, "text": {"S": "x" * 1500}})
            except (BotoCoreError, ClientError):
                return
            acknowledged.append((time.monotonic(), name))

    stopped.start()
    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    until(lambda: len(acknowledged) * 1500 > 2_300_000, "enough data", 120)
    time.sleep(10)  # some saves under load
    killed = time.monotonic()
    os.kill(pid_of(stopped), signal.SIGKILL)
    ends.set()
    for writer in writers:
        writer.join()
    stopped.stop()
    with stopped:
        lost = [at for at, name in acknowledged if not there(stopped, name)]
    age = killed - min(lost, default=killed)
    report("written / lost", f"{len(acknowledged)} / {len(lost)}")
    report("age of the oldest that was lost", f"{age:.1f} s")
    assert age < 8
