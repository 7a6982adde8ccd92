"""To-dos of a file: made once, reported, and nothing of a file that is none."""

import io
import json
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from config.aws import client
from mydata import examples, imports, services
from mydata.exports import Task
from mydata.models import Export, Import, State
from mydata.services import export_key, import_key
from tests.failure_queues import taker
from tests.mydata.test_export import Late, run
from tests.personas import Persona
from tests.waiting import until
from todos import imports as todo_imports
from todos.ical_reading import MAX_LINE, components

PATH = "/api/mydata/import/"
LIST = "00000000-0000-4000-8000-000000000001"


def calendar(*todos: str) -> bytes:
    """A file of these VTODOs, each as its lines."""
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", *(f"BEGIN:VTODO\r\n{todo}\r\nEND:VTODO" for todo in todos)]
    return "\r\n".join([*parts, "END:VCALENDAR", ""]).encode()


def bring(persona: Persona, content: bytes) -> Any:
    """Import the file as a client does: the report."""
    asked = persona.api.post(PATH)
    assert asked.status_code == 201, asked.content
    assert set(asked.json()) == set(examples.IMPORT_ASKED)
    form = asked.json()["upload"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=20)
    assert sent.status_code in {200, 204}, sent.text
    started = persona.api.post(f"{PATH}start/")
    assert started.status_code == 202, started.content
    return ended(persona)


def ended(persona: Persona) -> Any:
    def said() -> Any:
        found = persona.api.get(PATH).json()
        return found if found["state"] in {"ready", "refused", "failed"} else None

    return until(said, "the end of the import", 90)


def load(persona: Persona, content: bytes, context: Any = None) -> Import:
    """The state machine's task, done here."""
    row = Import.ask(persona.sub)
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=import_key(persona.sub, row.run), Body=content)
    task = Task(owner=persona.sub, run=row.run)
    while (task := imports.load(task, context))["next"] == "Load":
        pass
    found = Import.of(persona.sub)
    assert found is not None
    return found


def counts(said: Any) -> tuple[str, int, int, int]:
    return said["state"], said["made"], said["there"], said["refused"]


def test_a_calendar_is_imported_once(alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    content = calendar(
        "UID:one@example.org\r\nSUMMARY:Water\\, please\r\nDUE;TZID=Europe/Berlin:20300131T090000\r\nPRIORITY:1",
        "UID:two\r\nSUMMARY:Done\r\nSTATUS:COMPLETED\r\nCOMPLETED:20200102T030405Z\r\nX-NONE;A=\"b:c\":d",
        "UID:three\r\nDESCRIPTION:no title",
        "UID:one@example.org\r\nSUMMARY:Again",
    )  # fmt: skip
    died: list[bool] = []
    step = imports.load

    def die_once(task: Any, context: Any) -> Any:
        answer = step(task, context)
        if not died:
            died.append(True)
            raise ConnectionError("load")
        return answer

    monkeypatch.setattr(imports, "load", die_once)
    said = bring(alice, content)
    until(lambda: died, "the death")
    assert counts(said) == ("ready", 2, 0, 2)
    assert set(said) == set(examples.IMPORT)
    assert [(each["line"], each["result"]) for each in said["lines"]] == [(16, "refused"), (20, "refused")]
    assert "title" in said["lines"][0]["reason"]
    assert said["lines"][1]["reason"] == "Line 3 has the same UID."
    todos = {todo["title"]: todo for todo in alice.api.get("/api/todos/?consistent=true").json()}
    assert set(todos) == {"Water, please", "Done"}
    assert todos["Water, please"]["due"] == "2030-01-31T08:00:00.000Z"
    assert todos["Water, please"]["priority"] == 3
    assert todos["Done"]["completed_at"] == "2020-01-02T03:04:05.000Z"
    assert counts(bring(alice, content)) == ("ready", 0, 2, 2)
    assert len(alice.api.get("/api/todos/?consistent=true").json()) == 2
    assert bob.api.get(PATH).json()["state"] == "none"
    assert bob.api.get("/api/todos/?consistent=true").json() == []
    listed = client("s3").list_objects_v2(Bucket=settings.UPLOADS_BUCKET, Prefix=f"imports/{alice.sub}/")
    assert "Contents" not in listed, "the file goes when it is done"


def test_an_export_comes_back(alice: Persona, bob: Persona) -> None:
    alice.api.put(f"/api/todos/lists/{LIST}/", {"name": "Home", "color": "green"})
    body = {
        "title": "Täglich", "notes": "n", "due": "2090-01-31T09:00:00.000Z", "remind": 30, "tags": ["a"],
        "repeat": "FREQ=DAILY;FROM=DONE", "priority": 2, "list": LIST,
    }  # fmt: skip
    kept, changed, gone = (alice.api.post("/api/todos/", {**body, "title": str(number)}).json() for number in range(3))
    run(alice)
    row = Export.of(alice.sub)
    assert row is not None
    packed = client("s3").get_object(Bucket=settings.UPLOADS_BUCKET, Key=export_key(alice.sub, row.run))["Body"].read()
    alice.api.patch(f"/api/todos/{changed['id']}/", {"title": "newer"})
    alice.api.delete(f"/api/todos/{gone['id']}/")
    said = load(alice, packed)
    assert (said.state, said.made, said.there, said.refused, said.lines) == (State.READY, 1, 2, 0, "[]")
    now = {todo["id"]: todo for todo in alice.api.get("/api/todos/?consistent=true").json()}
    assert now[changed["id"]]["title"] == "newer"
    assert now[kept["id"]] == kept
    assert {name: now[gone["id"]][name] for name in (*body, "created_at")} == {
        name: gone[name] for name in (*body, "created_at")
    }
    data = zipfile.ZipFile(io.BytesIO(packed)).read("data.json")
    assert load(bob, data).made == 3
    assert [each["name"] for each in bob.api.get("/api/todos/lists/").json()] == ["Home"]
    ics = zipfile.ZipFile(io.BytesIO(packed)).read("todos.ics")
    assert (load(bob, ics).made, load(bob, ics).there) == (0, 3), "the calendar has the same to-dos"
    moved = {todo["id"]: todo for todo in bob.api.get("/api/todos/?consistent=true").json()}
    for name in (*body, "created_at"):
        assert moved[gone["id"]][name] == gone[name], name


def test_it_goes_on_when_time_is_short(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todo_imports, "BATCH", 2)
    content = calendar(*(f"UID:{number}\r\nSUMMARY:To-do {number}" for number in range(5)))
    said = load(alice, content, Late())
    assert (said.state, said.made, said.there, int(said.at)) == (State.READY, 5, 0, 5)
    titles = [todo["title"] for todo in alice.api.get("/api/todos/?consistent=true").json()]
    assert titles == [f"To-do {number}" for number in range(5)], "in the file's order"


def test_what_a_task_made_that_died_counts_as_made(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Import.ask(alice.sub)
    content = calendar("UID:1\r\nSUMMARY:One")
    [*todo_imports.load(alice.sub, row.run, "ical", content, 0)]
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=import_key(alice.sub, row.run), Body=content)
    imports.load(Task(owner=alice.sub, run=row.run), None)
    found = Import.of(alice.sub)
    assert found is not None
    assert (found.made, found.there) == (1, 0)


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("files/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def spoilt() -> bytes:
    """A list of entries that is right, and a packed entry that is not."""
    content = bytearray(packed(DATA))
    at = zipfile.sizeFileHeader + len(DATA[0])  # type: ignore[attr-defined]
    content[at : at + 4] = b"\xff" * 4
    return bytes(content)


GOOD = json.dumps({"format": "mydata", "version": 1, "todos": [{"id": LIST, "title": "x"}]}).encode()
DATA = ("data.json", GOOD)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no ZIP": (lambda: b"PK but no more", "is damaged"),
    "cut off": (lambda: packed(DATA, ("files/a", b"x" * 5000))[:-30], "is damaged"),
    "spoilt": (spoilt, "is damaged"),
    "no data": (lambda: packed(("files/data.json", GOOD)), "has no data.json"),
    "a bomb": (lambda: packed(("data.json", b"{" + b" " * 33_000_000)), "data.json is larger than 32 MB"),
    "nested": (lambda: packed(("data.json", packed(DATA))), "is no JSON"),
    "a path": (lambda: packed(DATA, ("../../etc/passwd", b"x")), "leads out of its folder"),
    "a root": (lambda: packed(DATA, ("/etc/passwd", b"x")), "leads out of its folder"),
    "a drive": (lambda: packed(DATA, ("C:evil", b"x")), "leads out of its folder"),
    "a link": (lambda: packed(DATA, (link(), b"/etc/passwd")), "has a link"),
    "100,000 entries": (lambda: packed(DATA, *((f"files/{n}", b"") for n in range(100_000))), "more than 20000 files"),
    "many entries": (lambda: packed(DATA, *((f"files/{n}", b"") for n in range(21_000))), "more than 20000 files"),
    "LZMA": (lambda: packed(DATA, method=zipfile.ZIP_LZMA), "packed in a way"),
    "other JSON": (lambda: b'{"format": "else"}', "no data.json of an export"),
    "broken JSON": (lambda: b'{"format": ', "is no JSON"),
    "a later version": (lambda: GOOD.replace(b'"version": 1', b'"version": 2'), "later version"),
    "no to-do": (calendar, "no to-do"),
    "too many": (lambda: calendar(*["SUMMARY:x"] * 10_001), "at most 10000"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "neither a ZIP"),
    "deep": (lambda: b'{"todos":' + b"[" * 100_000, "is no JSON"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_changes_nothing(alice: Persona, name: str) -> None:
    make, reason = HOSTILE[name]
    said = load(alice, make())
    assert said.state == State.REFUSED
    assert reason in said.reason
    assert alice.api.get("/api/todos/?consistent=true").json() == []
    assert alice.api.get(PATH).json()["reason"] == said.reason


def test_two_of_data_json_are_refused(alice: Persona) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed(DATA, DATA)
    assert "two of data.json" in load(alice, content).reason


@pytest.mark.parametrize("comment", [b"", b"x" * 65_535], ids=["bare", "with a comment"])
def test_a_list_of_entries_that_lies_is_not_read(alice: Persona, comment: bytes) -> None:
    """Its end says two entries, and where an end of ZIP64 is that says more."""
    content = bytearray(packed(DATA, *((f"files/{n}", b"") for n in range(70_000))))
    at = content.rfind(b"PK\x05\x06")
    content[at + 8 : at + 12] = (2).to_bytes(2, "little") * 2
    content[at + 12 : at + 16] = (100).to_bytes(4, "little")
    content[at + 20 :] = len(comment).to_bytes(2, "little") + comment
    assert "more than 20000 files" in load(alice, bytes(content)).reason


def test_one_is_under_way_at_a_time(alice: Persona) -> None:
    assert alice.api.post(f"{PATH}start/").status_code == 409
    row = Import.ask(alice.sub)
    assert Import.ask(alice.sub).run != row.run, "no file has come for the former"
    assert not row.set(state=State.RUNNING)
    current = Import.of(alice.sub)
    assert current is not None
    current.set(state=State.RUNNING)
    answer = alice.api.post(PATH).json()
    assert (answer["state"], answer["upload"]) == ("running", None)
    old = Task(owner=alice.sub, run=row.run)
    assert imports.load(old, None)["next"] == "Stop"


def test_a_start_without_a_file_is_refused(alice: Persona) -> None:
    alice.api.post(PATH)
    alice.api.post(f"{PATH}start/")
    said = ended(alice)
    assert (said["state"], said["reason"]) == ("refused", "No file has been uploaded.")


def test_a_form_takes_no_larger_file(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mydata.services.MAX_FILE_BYTES", 10)
    form = alice.api.post(PATH).json()["upload"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": b"x" * 11}, timeout=20)
    assert sent.status_code == 400


def test_a_calendar_is_read_at_once(alice: Persona) -> None:
    """Not in thousands of requests, one after the other, which would take minutes of its function's time."""
    asked: list[str] = []
    events, name = client("s3").meta.events, "before-call.s3.GetObject"
    events.register(name, lambda **said: asked.append(said["params"]["headers"]["Range"]), unique_id="asked")
    try:
        said = load(alice, calendar(f"SUMMARY:One\r\nX-LONG:{'x' * 300_000}"))
    finally:
        events.unregister(name, unique_id="asked")
    assert said.made == 1
    assert len(asked) == 2, "its first letters, then all of it"


def test_a_row_that_is_none_is_refused_alone(alice: Persona) -> None:
    rows: list[Any] = [{"id": LIST, "title": "Fine", "attachments": [LIST], "else": 1}, 7, {"title": "x"}]
    rows += [{"id": LIST, "title": ""}, {"id": LIST.replace("1", "2"), "title": "x", "due": "soon"}]
    rows += [{"id": LIST.replace("1", "3"), "title": "x", "tags": [[]] * 100_000}]
    said = load(alice, json.dumps({"format": "mydata", "version": 1, "todos": rows, "lists": [3, {"id": 7}]}).encode())
    assert (said.made, said.refused) == (1, 5)
    lines = json.loads(said.lines)
    assert [each["line"] for each in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[0]["reason"] == "Its files are not imported."
    assert lines[4]["reason"].startswith("due: ")
    assert lines[5]["reason"].startswith("tags: ")
    assert len(lines[5]["reason"]) < 100, "no tag is judged of a list that is too long"


def test_a_calendar_of_one_endless_line_is_imported_as_far_as_it_says_something(alice: Persona) -> None:
    """Its report would not fit into a row, and its parts not into the function's memory."""
    rule = f"SUMMARY:x\r\nDTSTART:20300131T090000Z\r\nRRULE:FREQ=DAILY;TZID={'A' * 1_000_000}"
    said = load(alice, calendar(rule))
    assert (said.state, said.made) == (State.READY, 1)
    assert len(said.lines) < 500
    (todo,) = components(calendar("CATEGORIES:" + "," * 1_000_000).decode())
    assert len(todo.categories) <= MAX_LINE


def test_a_list_that_the_api_would_not_take_is_left_out(alice: Persona) -> None:
    """A list called inbox could be neither renamed nor deleted. A moment that is none refuses no file."""
    names: list[Any] = ["inbox", "..", " a", "", {"a": 1}, "home"]
    lists = [{"id": name, "name": "Here", "color": None, "order": 1} for name in names]
    rows = [{"id": LIST, "title": "x", "created_at": "0001-01-01T00:00:00+14:00"}]
    content = json.dumps({"format": "mydata", "version": 1, "todos": rows, "lists": lists}).encode()
    assert load(alice, content).made == 1
    assert [each["id"] for each in alice.api.get("/api/todos/lists/").json()] == ["home"]


def test_what_fails_for_good_goes_on_from_the_failure_queue(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    take = taker("imports-failures")

    def refuse(task: Any, context: Any) -> Any:
        raise ConnectionError("S3 is away")

    with monkeypatch.context() as patch:
        patch.setattr(imports, "load", refuse)
        assert bring(alice, calendar("UID:1\r\nSUMMARY:One"))["state"] == "failed"
        lost = until(take, "the failure", 60)
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}imports")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(lost[0]))
    until(lambda: alice.api.get(PATH).json()["state"] == "ready", "the import", 60)
    assert alice.api.get(PATH).json()["made"] == 1


def test_what_no_queue_took_is_not_under_way(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would come to it, and no other file could be imported for a day."""

    def refuse(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    alice.api.post(PATH)
    with monkeypatch.context() as patch:
        patch.setattr(services, "send_message", refuse)
        assert alice.api.post(f"{PATH}start/").status_code == 503
    assert bring(alice, calendar("UID:a\r\nSUMMARY:x"))["made"] == 1


def test_a_second_start_does_not_take_an_import_back_that_has_ended(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "send_message", lambda *_: None)
    row = Import.ask(alice.sub)
    key = import_key(alice.sub, row.run)
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=key, Body=calendar("UID:a\r\nSUMMARY:x"))
    of, raced = Import.of, list[None]()

    def slowly(owner: str, run: str = "") -> Import | None:
        found = of(owner, run)
        if not raced:  # the other request of a double click is faster, and so is its import
            raced.append(None)
            services.start_import(owner=owner)
            imports.load(Task(owner=owner, run=row.run), None)
        return found

    monkeypatch.setattr(Import, "of", slowly)
    assert services.start_import(owner=alice.sub).state == State.READY
    monkeypatch.undo()
    found = Import.of(alice.sub)
    assert found is not None
    assert found.state == State.READY
    assert Import.ask(alice.sub).state == State.ASKED  # another file can be imported
