"""Attachments of a to-do: uploads of the same user, from being attached to being ready, replaced or gone."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from dynamo.errors import DoesNotExist
from dynamo.testing import recorded_requests
from rest import client
from tests.bad_bodies import assert_refused
from tests.media.uploading import UPLOADS, ask, jpeg, post, settled, upload
from tests.personas import Persona, sign_up
from tests.todos.making import ROOT, link, make, path_of, read
from tests.todos.news import record, tell
from tests.waiting import until
from todos import attachments
from todos.attachments import UploadReference
from todos.models import Todo


@pytest.fixture(scope="module")
def carol() -> Persona:
    """The owner of `ready`."""
    return sign_up("carol")


@pytest.fixture(scope="module")
def ready(carol: Persona) -> dict[str, Any]:
    """An upload that is ready; no test changes it."""
    return upload(carol, jpeg())


def attachment(persona: Persona, todo: dict[str, Any]) -> dict[str, Any]:
    """The only one of the to-do."""
    (found,) = read(persona, todo)["attachments"]
    assert isinstance(found, dict)
    return found


def row(owner: str, upload_id: str) -> UploadReference | None:
    """The row that knows which to-dos show the upload."""
    try:
        return UploadReference.fetch((owner, f"upload#{upload_id}"))
    except DoesNotExist:
        return None


def test_what_is_ready_is_shown_ready(carol: Persona, ready: dict[str, Any]) -> None:
    todo = make(carol, attachments=[ready["id"]])
    assert todo["version"] == 1
    assert todo["created_at"] == todo["updated_at"]
    assert todo == read(carol, todo)
    assert todo["attachments"] == [
        {
            "id": ready["id"],
            "name": "photo.jpg",
            "content_type": "image/jpeg",
            "size": len(jpeg()),
            "status": "ready",
            "reason": None,
            "width": 1600,
            "height": 1200,
            "url": f"http://testserver{UPLOADS}{ready['id']}/",
        }
    ]
    assert carol.api.get(todo["attachments"][0]["url"]).json()["id"] == ready["id"]
    assert todo in carol.api.get(ROOT).json()


@pytest.mark.parametrize("method", ["post", "put", "put over", "patch"])
def test_every_way_to_write_takes_them(carol: Persona, ready: dict[str, Any], method: str) -> None:
    body = {"title": "x", "order": 7, "completed": True, "attachments": [ready["id"].upper(), ready["id"]]}
    if method == "post":
        answer = carol.api.post(ROOT, body)
    elif method == "put":
        answer = carol.api.put(f"{ROOT}{uuid.uuid4()}/", body)
    else:
        path = path_of(make(carol))
        answer = carol.api.patch(path, body) if method == "patch" else carol.api.put(path, body)
    assert answer.status_code == (201 if method in {"post", "put"} else 200)
    todo = answer.json()
    assert [one["id"] for one in todo["attachments"]] == [ready["id"]]
    assert (todo["title"], todo["order"], todo["completed"]) == ("x", 7, True)
    assert answer["ETag"] == f'"v{todo["version"]}"'
    assert read(carol, todo) == todo
    found = row(carol.sub, ready["id"])
    assert found is not None
    assert todo["id"] in (found.todos or ())


def test_the_rest_of_a_change_behaves_as_without_them(carol: Persona, ready: dict[str, Any]) -> None:
    first = make(carol, list="places", order=1)
    make(carol, list="places", order=2, title="second")
    carol.api.patch(path_of(first), {"order": 3, "attachments": [ready["id"]]})
    places = {"list": "places", "completed": "false"}
    assert [todo["title"] for todo in carol.api.get(ROOT, places).json()] == ["second", "Buy milk"]
    done = carol.api.patch(path_of(first), {"completed": True, "attachments": [ready["id"]]}).json()
    assert done["completed_at"] == done["updated_at"]
    assert [todo["title"] for todo in carol.api.get(ROOT, places).json()] == ["second"]
    carol.api.patch(path_of(first), {"order": 0, "attachments": [ready["id"]]})
    assert [todo["title"] for todo in carol.api.get(ROOT, places).json()] == ["second"]


def test_their_order_is_the_callers_and_known_ones_are_not_asked_about(
    carol: Persona, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ask(carol, jpeg())
    todo = make(carol, attachments=[ready["id"]])
    changed = carol.api.patch(path_of(todo), {"attachments": [other["id"], ready["id"]]}).json()
    assert [one["status"] for one in changed["attachments"]] == ["waiting", "ready"]
    monkeypatch.setattr(client, "get", None)
    changed = carol.api.patch(path_of(todo), {"attachments": [ready["id"], other["id"]]}).json()
    assert [one["id"] for one in changed["attachments"]] == [ready["id"], other["id"]]


@pytest.mark.parametrize("change", [{"attachments": []}, {"title": "x", "order": 1}], ids=["patch", "put"])
def test_dropping_them_takes_one_request(carol: Persona, ready: dict[str, Any], change: dict[str, Any]) -> None:
    todo = make(carol, attachments=[ready["id"]])
    send = carol.api.put if "title" in change else carol.api.patch
    with recorded_requests() as sent:
        assert send(path_of(todo), change).json()["attachments"] == []
    assert sent == ["UpdateItem"]


def test_it_becomes_ready_here_when_it_becomes_ready(alice: Persona) -> None:
    asked = ask(alice, jpeg())
    todo = make(alice, attachments=[asked["id"]])
    assert todo["attachments"][0]["status"] == "waiting"
    since = link(alice.api.get(ROOT, {"since": ""}), "sync")
    post(asked["upload"], jpeg())
    until(lambda: attachment(alice, todo)["status"] == "ready", "the attachment's being ready")
    assert attachment(alice, todo)["width"] == 1600
    now = read(alice, todo)
    assert now["version"] == 2
    assert alice.api.get(path_of(todo), HTTP_IF_NONE_MATCH='"v1"').status_code == 200
    assert alice.api.get(since).json() == [now]


def test_a_failed_one_says_why(alice: Persona) -> None:
    asked = ask(alice, b"no picture")
    todo = make(alice, attachments=[asked["id"]])
    post(asked["upload"], b"no picture")
    until(lambda: attachment(alice, todo)["status"] == "failed", "the attachment's failure")
    assert attachment(alice, todo)["reason"] == settled(alice, asked["id"])["reason"] is not None


def test_a_deleted_upload_leaves_every_todo(alice: Persona) -> None:
    gone, kept = upload(alice, jpeg()), ask(alice, jpeg())
    todos = [make(alice, attachments=[kept["id"], gone["id"]]) for _ in range(2)]
    alice.api.delete(f"{UPLOADS}{gone['id']}/")
    for todo in todos:
        until(lambda todo=todo: len(read(alice, todo)["attachments"]) == 1, "the upload's leaving")  # type: ignore[misc]
        assert attachment(alice, todo)["id"] == kept["id"]
    until(lambda: row(alice.sub, gone["id"]) is None, "the row's leaving")


@pytest.mark.parametrize("whose", ["nobody", "another"])
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_it_takes_only_the_callers_own(
    carol: Persona, alice: Persona, ready: dict[str, Any], whose: str, method: str
) -> None:
    stranger = str(uuid.uuid4()) if whose == "nobody" else ready["id"]
    mine = ask(alice, jpeg())["id"]
    todo = make(alice)
    body = {"title": "new", "attachments": [mine, mine, stranger]}
    path = ROOT if method == "post" else path_of(todo)
    answer = getattr(alice.api, method)(path, body)
    assert_refused(answer, pointer="/attachments/2")
    assert alice.api.get(ROOT).json() == [todo]
    assert row(alice.sub, stranger) is None


@pytest.mark.parametrize(
    ("headers", "status"), [({"HTTP_IF_MATCH": '"v1"'}, 412), ({"HTTP_IF_MATCH": '"v2"'}, 200), ({}, 200)], ids=str
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_if_match_holds_with_attachments(
    carol: Persona, ready: dict[str, Any], headers: dict[str, Any], status: int, method: str
) -> None:
    todo = make(carol)
    theirs = carol.api.patch(path_of(todo), {"title": "theirs"}).json()
    body = {"title": "mine", "attachments": [ready["id"]]}
    answer = getattr(carol.api, method)(path_of(todo), body, **headers)
    assert answer.status_code == status
    assert read(carol, todo) == (theirs if status == 412 else answer.json())


def test_what_is_not_there_stays_so_with_attachments(carol: Persona, ready: dict[str, Any]) -> None:
    path, body = f"{ROOT}{uuid.uuid4()}/", {"title": "x", "attachments": [ready["id"]]}
    assert_refused(carol.api.patch(path, body), 404)
    assert_refused(carol.api.put(path, body, HTTP_IF_MATCH='"v1"'), 412)
    assert_refused(carol.api.put(path, body, HTTP_IF_MATCH="*"), 412)
    assert carol.api.put(path, body, HTTP_IF_NONE_MATCH="*").status_code == 201
    assert_refused(carol.api.put(path, body, HTTP_IF_NONE_MATCH="*"), 412)
    assert carol.api.delete(path).status_code == 204
    assert_refused(carol.api.patch(path, body), 404)
    back = carol.api.put(path, body)
    assert (back.status_code, back.json()["version"]) == (201, 3)
    assert back.json()["created_at"] == back.json()["updated_at"]


@pytest.mark.parametrize("attachments", [True, False])
def test_a_tombstone_past_its_time_is_no_obstacle(carol: Persona, ready: dict[str, Any], attachments: bool) -> None:
    """DynamoDB removes what has expired within days, not at once."""
    todo = make(carol)
    carol.api.delete(path_of(todo))
    Todo.change((carol.sub, todo["id"]), [Todo.expires.set(datetime.now(UTC) - timedelta(days=1))])
    body = {"title": "x", "attachments": [ready["id"]] * attachments}
    assert_refused(carol.api.patch(path_of(todo), body), 404)
    assert carol.api.put(path_of(todo), body).status_code == 201
    assert len(read(carol, todo)["attachments"]) == attachments


def test_news_between_asking_and_writing_is_not_lost(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Media says "waiting"; the upload becomes ready and its news comes; only then is the to-do written."""
    asked, get = ask(alice, jpeg()), client.get
    answers: list[str] = []

    def slowly(*args: str) -> dict[str, Any]:
        said = get(*args)
        answers.append(said["status"])
        if len(answers) == 1:
            post(asked["upload"], jpeg())
            settled(alice, asked["id"])
            until(lambda: getattr(row(alice.sub, asked["id"]), "version", None) != 1, "the news")
        return said

    monkeypatch.setattr(client, "get", slowly)
    todo = make(alice, attachments=[asked["id"]])
    assert answers == ["waiting", "ready"]
    assert todo["attachments"][0]["status"] == "ready"


def test_another_writers_change_in_between_is_kept(
    carol: Persona, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    todo, get = make(carol), client.get

    def once(*args: str) -> dict[str, Any]:
        if read(carol, todo)["notes"] == "":
            carol.api.patch(path_of(todo), {"notes": "theirs"})
        return get(*args)

    monkeypatch.setattr(client, "get", once)
    changed = carol.api.patch(path_of(todo), {"attachments": [ready["id"]]}).json()
    assert (changed["notes"], len(changed["attachments"]), changed["version"]) == ("theirs", 1, 3)


def test_it_gives_up_on_a_todo_that_is_changed_all_the_while(
    carol: Persona, ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    todo, get = make(carol), client.get

    def changing(*args: str) -> dict[str, Any]:
        carol.api.patch(path_of(todo), {"notes": "theirs"})
        return get(*args)

    monkeypatch.setattr(client, "get", changing)
    assert_refused(carol.api.patch(path_of(todo), {"attachments": [ready["id"]]}), 503)
    assert read(carol, todo)["attachments"] == []


def test_an_upload_is_shown_by_so_many_todos_at_most(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_TODOS_OF_UPLOAD", 2)
    asked = ask(alice, jpeg())
    for _ in range(2):
        make(alice, attachments=[asked["id"]])
    assert_refused(alice.api.post(ROOT, {"title": "x", "attachments": [asked["id"]]}), pointer="/attachments/0")


def test_a_media_that_does_not_answer_is_503_and_changes_nothing(carol: Persona, ready: dict[str, Any]) -> None:
    todo = make(carol)
    with override_settings(SERVICE_URLS={**settings.SERVICE_URLS, "media": "http://127.0.0.1:9"}):
        answer = carol.api.patch(path_of(todo), {"title": "x", "attachments": [ready["id"]]})
    assert_refused(answer, 503)
    assert answer["Retry-After"]
    assert read(carol, todo) == todo


def test_names_of_todos_that_show_it_no_more_go_with_the_next_news(alice: Persona) -> None:
    asked = ask(alice, jpeg())
    shows, dropped, deleted = (make(alice, attachments=[asked["id"]]) for _ in range(3))
    alice.api.patch(path_of(dropped), {"attachments": []})
    alice.api.delete(path_of(deleted))
    assert tell(record("ready", alice.sub, asked["id"], at=None)) == []
    found = row(alice.sub, asked["id"])
    assert found is not None
    assert found.todos == {shows["id"]}


def test_out_of_the_bin_it_shows_what_media_says_by_then(alice: Persona) -> None:
    early, gone = ask(alice, jpeg()), upload(alice, jpeg())
    todo = make(alice, attachments=[early["id"], gone["id"]])
    alice.api.delete(path_of(todo))
    alice.api.delete(f"{UPLOADS}{gone['id']}/")
    back = alice.api.post(f"{path_of(todo)}restore/").json()
    assert [shown["id"] for shown in back["attachments"]] == [early["id"]]
    assert (back["created_at"], back["order"]) == (todo["created_at"], todo["order"])
    assert tell(record("ready", alice.sub, early["id"], at=None)) == []
    assert attachment(alice, todo)["status"] == "ready"


def test_a_reference_that_came_back_is_not_the_one_that_was_read(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two to-dos get the same file while its news comes: one asked for it before, the other after."""
    asked, get = ask(alice, jpeg()), client.get
    others: list[Any] = []

    def is_gone() -> bool:
        try:
            UploadReference.fetch((alice.sub, f"upload#{asked['id']}"))
        except DoesNotExist:
            return True
        return False

    def slowly(*args: str) -> dict[str, Any]:
        said = get(*args)
        if not others:
            others.append(None)
            post(asked["upload"], jpeg())
            settled(alice, asked["id"])
            until(is_gone, "the news, which finds that nobody shows it")
            others[0] = make(alice, title="other", attachments=[asked["id"]])
        return said

    monkeypatch.setattr(client, "get", slowly)
    todo = make(alice, attachments=[asked["id"]])
    monkeypatch.undo()
    assert others[0]["attachments"][0]["status"] == "ready"
    assert [shown["status"] for shown in read(alice, todo)["attachments"]] == ["ready"]
    assert todo["id"] in UploadReference.fetch((alice.sub, f"upload#{asked['id']}")).todos


def test_many_todos_get_one_file_at_once(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever this one has asked for the file, yet another has."""
    asked, get = ask(alice, jpeg()), client.get

    def among_others(*args: str) -> dict[str, Any]:
        UploadReference.claim(alice.sub, asked["id"], str(uuid.uuid4()))
        return get(*args)

    monkeypatch.setattr(client, "get", among_others)
    assert make(alice, attachments=[asked["id"]])["attachments"][0]["id"] == asked["id"]
