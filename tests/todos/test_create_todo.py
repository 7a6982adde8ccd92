"""POST /api/todos/"""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.personas import Persona
from tests.todos.making import BAD_ELEMENTS, BAD_VALUES, ROOT, make, read, send, titles
from todos.serializers import TodoSerializer


def test_it_makes_a_todo_of_defaults_with_one_write(alice: Persona) -> None:
    with recorded_requests() as sent:
        answer = alice.api.post(ROOT, {"title": "Buy milk"})
    assert answer.status_code == 201
    assert sent == ["Query", "PutItem"]
    todo = answer.json()
    assert answer["Location"] == todo["url"] == f"http://testserver{ROOT}{todo['id']}/"
    assert answer["ETag"] == '"v1"'
    assert uuid.UUID(todo["id"]).version == 7
    defaults = {"title": "Buy milk", "notes": "", "completed": False, "completed_at": None, "due": None, "priority": 0}
    assert {name: todo[name] for name in defaults} == defaults
    assert (todo["list"], todo["tags"], todo["attachments"], todo["version"]) == ("inbox", [], [], 1)
    assert todo["created_at"] == todo["updated_at"]
    assert alice.api.get(answer["Location"]).json() == todo


def test_it_keeps_every_field(alice: Persona) -> None:
    todo = make(
        alice,
        title="  Renew the passport ",
        notes="# Photo\n\n<b>kept as it is</b>\n",
        due="2030-01-31T09:00:00.25+01:00",
        priority=3,
        tags=["Travel", " papers  and stuff ", "travel", "É"],
        order=1500.5,
        list=" errands ",
    )
    assert todo == read(alice, todo)
    assert todo["title"] == "Renew the passport"
    assert todo["notes"] == "# Photo\n\n<b>kept as it is</b>\n"
    assert todo["due"] == "2030-01-31T08:00:00.250Z"
    assert (todo["priority"], todo["order"], todo["list"]) == (3, 1500.5, "errands")
    assert todo["tags"] == ["travel", "papers and stuff", "é"]


def test_it_answers_exactly_the_documented_fields(alice: Persona) -> None:
    assert list(make(alice)) == list(TodoSerializer().fields)


def test_it_can_be_completed_from_the_start(alice: Persona) -> None:
    todo = make(alice, completed=True)
    assert todo["completed"] is True
    assert todo["completed_at"] == todo["created_at"]
    assert alice.api.get(ROOT, {"completed": "false"}).json() == []


def test_it_goes_to_the_end_of_the_list(alice: Persona) -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    first, second = make(alice), make(alice)
    assert before <= first["order"] <= second["order"] <= before + 60_000


@pytest.mark.parametrize("order", [0, -0.0, 1e-300, 2**53 - 1, -(2**53 - 1), 0.1, -1e-99, 3.0])
def test_it_takes_any_order_it_can_hold(alice: Persona, order: float) -> None:
    todo = make(alice, order=order)
    assert todo["order"] == pytest.approx(order, abs=1e-100)
    assert read(alice, todo)["order"] == todo["order"]
    assert [found["id"] for found in alice.api.get(ROOT).json()] == [todo["id"]]


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00.000Z", "0999-12-31T23:59:59.000z", "9999-12-31T23:59:59.999Z"])
def test_it_takes_the_first_and_the_last_moment(alice: Persona, due: str) -> None:
    todo = make(alice, due=due)
    assert todo["due"] == due.upper()
    assert [found["id"] for found in alice.api.get(ROOT, {"due_after": due}).json()] == [todo["id"]]


def test_it_takes_the_largest_todo(alice: Persona) -> None:
    largest: dict[str, Any] = {
        "title": "🦆" * 500,
        "notes": "🦆" * 10_000,
        "list": "🦆" * 100,
        "tags": [f"{number:02}" + "🦆" * 48 for number in range(20)],
    }
    todo = make(alice, **largest)
    assert {name: read(alice, todo)[name] for name in largest} == largest


def test_it_needs_a_title(alice: Persona) -> None:
    assert_refused(alice.api.post(ROOT, {}), pointer="/title")


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=lambda value: str(value)[:20])
def test_it_refuses_a_bad_value(alice: Persona, field: str, value: Any) -> None:
    assert_refused(alice.api.post(ROOT, {"title": "x", field: value}), pointer=f"/{field}")
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize(("pointer", "value"), BAD_ELEMENTS, ids=lambda value: str(value)[:20])
def test_it_points_at_the_bad_element(alice: Persona, pointer: str, value: Any) -> None:
    assert_refused(alice.api.post(ROOT, {"title": "x", pointer.split("/", 1)[0]: value}), pointer=f"/{pointer}")
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize(
    "field", ["id", "url", "owner", "version", "created_at", "completed_at", "open_order", "a/b~c"]
)
def test_it_refuses_a_field_that_is_not_the_callers(alice: Persona, field: str) -> None:
    pointer = "/" + field.replace("~", "~0").replace("/", "~1")
    assert_refused(alice.api.post(ROOT, {"title": "x", field: "y"}), pointer=pointer)
    assert alice.api.get(ROOT).json() == []


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_bad_body(alice: Persona, body: bytes, content_type: str, status: int) -> None:
    assert_refused(send(alice, "POST", ROOT, body, content_type), status)
    assert alice.api.get(ROOT).json() == []


def test_it_needs_a_token(api: APIClient) -> None:
    answer = api.post(ROOT, {"title": "x"})
    assert_refused(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("moved", [1e14, 4e15 + 0.5, 2**53 - 1, -5])
def test_a_new_one_goes_to_the_end_wherever_others_were_moved(alice: Persona, moved: float) -> None:
    make(alice, title="moved", order=moved)
    assert make(alice, title="new")["order"] >= moved
    put = alice.api.put(f"{ROOT}{uuid.uuid4()}/", {"title": "put"}).json()
    assert put["order"] >= moved
    if moved < 2**53 - 2:
        assert titles(alice.api.get(ROOT)) == ["moved", "new", "put"]
