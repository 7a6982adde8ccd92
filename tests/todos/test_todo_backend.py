"""The public Todo-Backend contract, with a bearer token: what its test page asks of any implementation."""

from typing import Any
from urllib.parse import urlsplit

from tests.personas import Persona

ROOT = "/api/todos/"


def make(alice: Persona, **fields: Any) -> dict[str, Any]:
    answer = alice.api.post(ROOT, {"title": "blah", **fields})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def follow(alice: Persona, todo: dict[str, Any]) -> dict[str, Any]:
    """GET the to-do's own url."""
    found: dict[str, Any] = alice.api.get(urlsplit(todo["url"]).path).json()
    return found


def test_the_root_answers_a_get(alice: Persona) -> None:
    assert alice.api.get(ROOT).json() == []


def test_the_root_answers_a_post_with_the_posted_todo(alice: Persona) -> None:
    assert make(alice, title="a todo")["title"] == "a todo"


def test_the_root_answers_a_delete_and_is_empty_then(alice: Persona) -> None:
    make(alice)
    make(alice)
    assert alice.api.delete(ROOT).status_code == 204
    assert alice.api.get(ROOT).json() == []


def test_it_allows_any_origin_with_every_method(alice: Persona) -> None:
    for method in ("GET", "POST", "DELETE", "PATCH"):
        preflight = alice.api.options(
            ROOT,
            HTTP_ORIGIN="https://todobackend.com",
            HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
            HTTP_ACCESS_CONTROL_REQUEST_HEADERS="content-type, authorization",
        )
        assert preflight["Access-Control-Allow-Origin"] == "*"
        assert method in preflight["Access-Control-Allow-Methods"]


def test_a_new_todo_is_in_the_list(alice: Persona) -> None:
    make(alice, title="walk the dog")
    assert [todo["title"] for todo in alice.api.get(ROOT).json()] == ["walk the dog"]


def test_a_new_todo_is_not_completed(alice: Persona) -> None:
    make(alice)
    assert alice.api.get(ROOT).json()[0]["completed"] is False


def test_each_new_todo_has_an_absolute_url_that_leads_to_it(alice: Persona) -> None:
    made = make(alice, title="my todo")
    assert urlsplit(made["url"]).scheme in {"http", "https"}
    assert urlsplit(made["url"]).netloc
    assert alice.api.get(ROOT).json()[0]["url"] == made["url"]
    assert follow(alice, made)["title"] == "my todo"
    assert follow(alice, made)["url"] == made["url"]


def test_title_and_completed_change_by_patch_and_stay_changed(alice: Persona) -> None:
    made = make(alice, title="initial title")
    changed = alice.api.patch(made["url"], {"title": "bathe the cat", "completed": True}).json()
    assert (changed["title"], changed["completed"]) == ("bathe the cat", True)
    assert follow(alice, made)["completed"] is True
    assert alice.api.get(ROOT).json()[0]["title"] == "bathe the cat"


def test_a_todo_can_be_deleted(alice: Persona) -> None:
    made = make(alice)
    assert alice.api.delete(made["url"]).status_code == 204
    assert alice.api.get(ROOT).json() == []


def test_order_is_set_changed_and_kept(alice: Persona) -> None:
    made = make(alice, order=523)
    assert made["order"] == 523
    assert alice.api.patch(made["url"], {"order": 95}).json()["order"] == 95
    assert follow(alice, made)["order"] == 95
