"""A copy of a user's data: whole, theirs alone, and packed whatever fails on the way."""

import csv
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from config.aws import client
from dynamo.models import now
from infra.local import mailbox
from mydata import archive, examples, exports, services
from mydata.models import Export, State
from mydata.services import export_key
from reminders.models import Subscription
from tests.failure_queues import taker
from tests.media.uploading import jpeg, settled, upload
from tests.personas import Persona
from tests.todos.making import make, path_of
from tests.waiting import until
from todos import exports as todo_exports

PATH = "/api/mydata/export/"
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "mydata.schema.json").read_text())
LIST = "00000000-0000-4000-8000-000000000001"


class Late:
    """The context of an invocation that has no time left."""

    def get_remaining_time_in_millis(self) -> int:
        return 0


def ask(persona: Persona) -> Any:
    answer = persona.api.post(PATH)
    assert answer.status_code == 202, answer.content
    return answer.json()


def ready(persona: Persona) -> Any:
    """The export when it has ended."""

    def ended() -> Any:
        said = persona.api.get(PATH).json()
        return said if said["state"] in {"ready", "failed"} else None

    said = until(ended, "the end of the export", 90)
    assert said["state"] == "ready"
    return said


def unpack(said: Any) -> zipfile.ZipFile:
    answer = requests.get(said["url"], timeout=10)
    assert answer.status_code == 200
    assert len(answer.content) == said["size"]
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert packed.testzip() is None
    return packed


def run(persona: Persona, context: Any = None) -> int:
    """The state machine's tasks, done here; how often `pack` was."""
    row = Export.ask(persona.sub)
    task, turns = exports.Task(owner=persona.sub, run=row.run), 0
    while (task := exports.pack(task, context))["next"] == "Pack":
        turns += 1
    assert task["next"] == "Announce"
    exports.announce(task, context)
    return turns + 1


def test_all_of_it_is_there_whatever_fails(alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = upload(alice, jpeg())["id"]
    settled(alice, picture)
    alice.api.put(f"/api/todos/lists/{LIST}/", {"name": "Home", "color": "green"})
    body = {
        "title": "=Täglich, gießen; \\o/", "notes": "one\ntwo", "due": "2090-01-31T09:00:00Z", "remind": 30,
        "repeat": "FREQ=DAILY;FROM=DONE", "priority": 3, "tags": ["a,b", "c"], "list": LIST, "attachments": [picture],
    }  # fmt: skip
    todo = alice.api.post("/api/todos/", body).json()
    gone = alice.api.post("/api/todos/", {"title": "Gone"}).json()
    alice.api.delete(f"/api/todos/{gone['id']}/")
    alice.api.put("/api/reminders/settings/", {"zone": "Europe/Berlin", "mail": True})
    Subscription.keep(alice.sub, endpoint="https://push.example.com/alice", p256dh="key", auth="secret")
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/../a:b//n.txt", Body=b"mine")
    bob.api.post("/api/todos/", {"title": "Bob's"})
    failed: list[str] = []
    for name in ("pack", "announce"):
        monkeypatch.setattr(exports, name, _dying(name, getattr(exports, name), failed))
    assert set(ask(alice)) == set(examples.EXPORT)
    said = ready(alice)
    until(lambda: sorted(set(failed)) == ["announce", "pack"], "both deaths")
    assert (said["progress"], said["left_out"]) == (100, 0)
    packed = unpack(said)
    data = json.loads(packed.read("data.json"))
    jsonschema.validate(data, SCHEMA)
    assert data["account"]["email"] == alice.email
    assert data["lists"] == [{"id": LIST, "name": "Home", "color": "green", "order": 1}]
    shown = {**todo, "attachments": [picture]}
    for name in (*body, "id", "completed", "order"):
        assert data["todos"][0][name] == shown[name], name
    assert data["todos"][0]["version"] >= todo["version"]  # news of the picture may have come meanwhile
    assert [each["id"] for each in data["bin"]] == [gone["id"]]
    assert data["reminder_settings"][0]["zone"] == "Europe/Berlin"
    assert [each["endpoint"] for each in data["reminder_browsers"]] == ["https://push.example.com/alice"]
    assert "secret" not in str(data["reminder_browsers"])
    files = {each["id"]: each["path"] for each in data["uploads"]}
    assert (
        packed.read(files[picture])
        == client("s3")
        .get_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/{files[picture].removeprefix('files/')}")[
            "Body"
        ]
        .read()
    )
    assert packed.read("files/_/a_b/_/n.txt") == b"mine"
    assert "Bob" not in str(data)
    rows = list(csv.DictReader(io.StringIO(packed.read("todos.csv").decode("utf-8-sig"))))
    assert (rows[0]["title"], rows[0]["list"], rows[0]["tags"]) == (f"'{body['title']}", "Home", "a,b, c")
    assert b"SUMMARY:=T\xc3\xa4glich\\, gie\xc3\x9fen\\; \\\\o/\r\n" in packed.read("todos.ics")
    mails = until(lambda: [mail for mail in mailbox.mails() if alice.email in mail.to], "the mail")
    assert [mail.subject for mail in mails] == ["Your data is ready"]
    assert "/todos/\n" in mails[0].text
    assert "X-Amz" not in mails[0].text


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("users/ann/one/photo.jpg", "files/one/photo.jpg"),
        ("users/ann/a:b\\..//what?.txt", "files/a_b/_/_/what_.txt"),
        ('users/ann/<"1|2*3">\n\x00.txt', "files/__1_2_3____.txt"),
    ],
)
def test_names_in_it_are_names_on_any_system(key: str, path: str) -> None:
    assert exports.path_of(key) == path


def _dying(name: str, step: Callable[..., Any], failed: list[str]) -> Callable[..., Any]:
    """The step; its first call dies after its work, which the next one does again."""

    def die_once(task: Any, context: Any) -> Any:
        answer = step(task, context)
        if name not in failed:
            failed.append(name)
            raise ConnectionError(name)
        return answer

    return die_once


def test_one_is_under_way_at_a_time(alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alice.api.get(PATH).json()["state"] == "none"
    row = Export.ask(alice.sub)
    row.set(state=State.RUNNING, done=50, total=100)
    again = ask(alice)
    assert (again["state"], again["progress"], again["url"]) == ("running", 49, None)
    assert Export.ask(alice.sub).run == row.run
    assert bob.api.get(PATH).json()["state"] == "none"
    row.set(expires=now() - timedelta(seconds=1))  # what never ended holds nobody up for good
    assert Export.ask(alice.sub).run != row.run


def test_it_is_the_owners_alone(alice: Persona, bob: Persona) -> None:
    run(alice)
    said = ready(alice)
    assert alice.sub in said["url"]
    assert bob.api.get(PATH).json()["state"] == "none"
    assert run(bob) == 1
    assert alice.sub not in bob.api.get(PATH).json()["url"]


def test_it_goes_on_when_time_is_short(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PART_BYTES", 5 * 1024 * 1024)
    sizes = {f"{number}.bin": 3_000_000 + number for number in range(4)}
    for name, size in sizes.items():
        client("s3").put_object(
            Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/{name}", Body=name.encode() * (size // len(name))
        )
    alice.api.post("/api/todos/", {"title": "One"})
    assert run(alice, Late()) == len(sizes) + 3
    packed = unpack(ready(alice))
    assert packed.namelist() == [*(f"files/{name}" for name in sizes), "todos.ics", "todos.csv", "data.json"]
    for name in sizes:
        assert packed.read(f"files/{name}").startswith(name.encode() * 2)
    listed = client("s3").list_objects_v2(Bucket=settings.UPLOADS_BUCKET, Prefix=f"exports/{alice.sub}/")
    row = Export.of(alice.sub)
    assert row is not None
    assert [each["Key"] for each in listed["Contents"]] == [export_key(alice.sub, row.run)], "no checkpoint stays"


def test_it_can_be_read_from_its_beginning(alice: Persona) -> None:
    """As Java's ZipInputStream does, which takes the sizes behind an entry for 32 bits."""
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/a.bin", Body=b"x" * 100_000)
    run(alice)
    said = ready(alice)
    content, at = requests.get(said["url"], timeout=10).content, 0
    found: dict[str, bytes] = {}
    while content[at:].startswith(b"PK\x03\x04"):
        name_bytes, more_bytes = struct.unpack_from("<HH", content, at + 26)
        name, at = content[at + 30 : at + 30 + name_bytes].decode(), at + 30 + name_bytes + more_bytes
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        found[name] = inflate.decompress(content[at:])
        size = len(content) - at - len(inflate.unused_data)
        sizes = struct.unpack_from("<4sIII", content, at + size)
        assert sizes == (b"PK\x07\x08", zlib.crc32(found[name]), size, len(found[name]))
        at += size + 16
    packed = unpack(said)
    assert found == {name: packed.read(name) for name in packed.namelist()}


def test_a_lost_upload_begins_anew(alice: Persona) -> None:
    row = Export.ask(alice.sub)
    task = exports.Task(owner=alice.sub, run=row.run)
    assert exports.pack(task, Late())["next"] == "Pack"
    s3, key = client("s3"), export_key(alice.sub, row.run)
    for each in s3.list_multipart_uploads(Bucket=settings.UPLOADS_BUCKET)["Uploads"]:
        if each["Key"] == key:
            s3.abort_multipart_upload(Bucket=settings.UPLOADS_BUCKET, Key=key, UploadId=each["UploadId"])
    with pytest.raises(archive.Lost):
        exports.pack(task, None)
    assert exports.pack(task, None)["next"] == "Announce"


def test_what_can_not_be_packed_is_named(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_FILE_BYTES", 10)
    for name in ("large.txt", "small.txt"):
        client("s3").put_object(
            Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/{name}", Body=b"x" * (11 if name < "m" else 10)
        )
    run(alice)
    said = ready(alice)
    assert said["left_out"] == 1
    data = json.loads(unpack(said).read("data.json"))
    assert data["left_out"] == [{"path": "files/large.txt", "size": 11, "reason": "larger than 0 MB"}]
    jsonschema.validate(data, SCHEMA)


def test_what_no_queue_took_is_not_under_way(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would come to it, and the page would wait for a day."""

    def refuse(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    with monkeypatch.context() as patch:
        patch.setattr(services, "send_message", refuse)
        assert alice.api.post(PATH).status_code == 503
    assert alice.api.get(PATH).json()["state"] == "failed"
    run(alice)
    assert ready(alice)["state"] == "ready"


def test_what_is_wanted_no_more_stops(alice: Persona) -> None:
    row = Export.ask(alice.sub)
    row.set(state=State.FAILED)
    assert Export.ask(alice.sub).run != row.run
    old = exports.Task(owner=alice.sub, run=row.run)
    assert exports.pack(old, None)["next"] == "Stop"
    assert exports.announce(old, None)["next"] == "Stop"
    Export(alice.sub, "export").delete()
    assert not row.set(state=State.READY)
    assert Export.of(alice.sub) is None


def test_what_fails_for_good_goes_on_from_the_failure_queue(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    take = taker("exports-failures")

    def refuse(task: Any, context: Any) -> Any:
        raise ConnectionError("S3 is away")

    with monkeypatch.context() as patch:
        patch.setattr(exports, "pack", refuse)
        asked = Export.ask(alice.sub)
        ask(alice)
        lost = until(take, "the failure", 60)
    assert lost == [{"owner": alice.sub, "run": asked.run, "again": True}]
    assert alice.api.get(PATH).json()["state"] == "failed"
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}exports")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(lost[0]))
    until(lambda: alice.api.get(PATH).json()["state"] == "ready", "the export", 60)


def test_it_has_what_is_moved_meanwhile(alice: Persona) -> None:
    made = [make(alice, title=str(number), order=number) for number in range(205)]
    found = todo_exports.todos(alice.sub)
    titles = [next(found)["title"] for _ in range(10)]
    # Dragged to the top on a phone, when the first page is read already.
    alice.api.patch(path_of(made[-1]), {"order": -1})
    titles += [todo["title"] for todo in found]
    assert sorted(titles, key=int) == [str(number) for number in range(205)]
