"""todos.events.record_uploads: what media says of uploads, as recorded, twice, out of order and spoilt."""

import uuid
from typing import Any

import pytest

from dynamo.testing import recorded_requests
from tests.media.uploading import ask, jpeg
from tests.personas import Persona
from tests.todos.making import make, path_of, read
from tests.todos.news import record, tell
from todos.attachments import UploadReference
from todos.models import Todo

OLDER, LATER = "0000000000000001" + "0" * 16, "FFFFFFFFFFFFFFFF" + "0" * 16
AT = "2099-01-01T00:00:00Z"


@pytest.fixture
def asked(alice: Persona) -> str:
    """The id of an upload that waits for its file."""
    found: str = ask(alice, jpeg())["id"]
    return found


@pytest.fixture
def todo(alice: Persona, asked: str) -> dict[str, Any]:
    """It shows the upload."""
    return make(alice, attachments=[asked])


def status(alice: Persona, todo: dict[str, Any]) -> tuple[str, int]:
    """The status of its attachment, "" if there is none, and its version."""
    found = read(alice, todo)
    return "".join(one["status"] for one in found["attachments"]), found["version"]


@pytest.mark.parametrize(("kind", "expected"), [("ready", "ready"), ("failed", "failed"), ("deleted", "")])
def test_a_recorded_event_changes_the_todo_once(
    alice: Persona, asked: str, todo: dict[str, Any], kind: str, expected: str
) -> None:
    message = record(kind, alice.sub, asked, at=AT)
    assert tell(message) == []
    assert status(alice, todo) == (expected, 2)
    assert tell(message, message) == []
    assert status(alice, todo) == (expected, 2)


@pytest.mark.parametrize("late", ["ready", "failed"])
def test_the_newer_content_wins_in_either_order(alice: Persona, asked: str, todo: dict[str, Any], late: str) -> None:
    old = record("failed", alice.sub, asked, sequencer=OLDER, at=AT)
    new = record("ready", alice.sub, asked, sequencer=LATER, at=AT)
    assert tell(*((new, old) if late == "failed" else (old, new))) == []
    assert status(alice, todo)[0] == "ready"


def test_old_news_says_nothing_against_what_media_said_when_asked(
    alice: Persona, asked: str, todo: dict[str, Any]
) -> None:
    """The upload was replaced before it was attached; the first content's news comes a second time."""
    assert tell(record("failed", alice.sub, asked, at="2020-01-01T00:00:00Z")) == []
    assert status(alice, todo) == ("waiting", 1)


def test_news_of_an_upload_that_no_todo_shows_is_one_request(alice: Persona) -> None:
    with recorded_requests() as sent:
        assert tell(record("ready", alice.sub, str(uuid.uuid4()))) == []
    assert sent == ["UpdateItem"]


def test_an_upload_that_is_claimed_meanwhile_keeps_its_todos(alice: Persona, asked: str) -> None:
    UploadReference.claim(alice.sub, asked, "a")
    seen = UploadReference.claim(alice.sub, asked, "b")
    again = UploadReference.claim(alice.sub, asked, "b")
    seen.drop({"b"})
    seen.drop({"a", "b"})
    assert UploadReference.fetch((seen.owner, seen.id)).todos == {"a", "b"}
    again.drop({"b"})
    assert UploadReference.fetch((seen.owner, seen.id)).todos == {"a"}


def test_news_after_the_deletion_brings_nothing_back(alice: Persona, asked: str, todo: dict[str, Any]) -> None:
    assert tell(record("deleted", alice.sub, asked, sequencer=LATER, at=AT)) == []
    assert tell(record("ready", alice.sub, asked, sequencer=LATER, at=AT)) == []
    assert status(alice, todo) == ("", 2)


def test_another_owners_news_changes_nothing(alice: Persona, bob: Persona, asked: str, todo: dict[str, Any]) -> None:
    assert tell(record("deleted", bob.sub, asked, at=AT)) == []
    assert status(alice, todo) == ("waiting", 1)


def test_news_does_not_undo_a_change_made_meanwhile(
    alice: Persona, asked: str, todo: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    find, meanwhile = Todo.find, iter([{"title": "theirs"}, {"completed": True}])

    def reading(owner: str, todo_id: str) -> Any:
        found = find(owner, todo_id)
        if change := next(meanwhile, None):
            alice.api.patch(path_of(todo), change)
        return found

    monkeypatch.setattr(Todo, "find", reading)
    assert tell(record("ready", alice.sub, asked, at=AT)) == []
    monkeypatch.undo()
    found = read(alice, todo)
    assert (found["title"], found["completed"], found["attachments"][0]["status"]) == ("theirs", True, "ready")
    assert found["version"] == 4


def test_a_todo_that_never_rests_fails_the_record_alone(
    alice: Persona, asked: str, todo: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ask(alice, jpeg())["id"]
    calm = make(alice, attachments=[other])
    find = Todo.find

    def reading(owner: str, todo_id: str) -> Any:
        found = find(owner, todo_id)
        if todo_id == todo["id"]:
            alice.api.patch(path_of(todo), {"notes": found.write_id})
        return found

    monkeypatch.setattr(Todo, "find", reading)
    restless = record("ready", alice.sub, asked, at=AT)
    assert tell(restless, record("ready", alice.sub, other, at=AT)) == [restless["messageId"]]
    monkeypatch.undo()
    assert status(alice, calm)[0] == "ready"
    assert status(alice, todo)[0] == "waiting"
    assert tell(restless) == []
    assert status(alice, todo)[0] == "ready"


POISON: list[dict[str, Any]] = [
    *({"type": value} for value in ("upload.painted", ..., ["upload.ready"])),
    *({"owner": value} for value in (..., "", 5)),
    *({"id": value} for value in (..., "../x", 7)),
    *({"sequencer": value} for value in (..., None, 12, "")),
    *({"at": value} for value in ("yesterday", 5)),
    {"size": "large"},
    {"width": []},
    {"name": {}},
]


@pytest.mark.parametrize("spoilt", POISON, ids=str)
def test_poison_fails_alone_and_changes_nothing(
    alice: Persona, asked: str, todo: dict[str, Any], spoilt: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    other = ask(alice, jpeg())["id"]
    healthy = make(alice, attachments=[other])
    poison = record("ready", alice.sub, asked, **{"at": AT, **spoilt})
    assert tell(poison, record("ready", alice.sub, other, at=AT)) == [poison["messageId"]]
    assert status(alice, todo) == ("waiting", 1)
    assert status(alice, healthy)[0] == "ready"
    assert poison["messageId"] in caplog.text


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "{}", '{"Message": "x"}', '{"Message": "[]"}', '{"Message": 5}']
)
def test_a_body_that_is_no_message_fails_alone(alice: Persona, asked: str, todo: dict[str, Any], body: str) -> None:
    poison = {**record("ready", alice.sub, asked), "body": body}
    assert tell(poison, record("ready", alice.sub, asked, at=AT)) == [poison["messageId"]]
    assert status(alice, todo)[0] == "ready"
