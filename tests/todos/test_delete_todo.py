"""DELETE /api/todos/<id>/"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of, read
from todos.models import Todo


def test_it_deletes_with_one_request(alice: Persona) -> None:
    todo, other = make(alice), make(alice)
    with recorded_requests() as sent:
        answer = alice.api.delete(path_of(todo))
    assert (answer.status_code, answer.content, sent) == (204, b"", ["UpdateItem"])
    assert_refused(alice.api.get(path_of(todo)), 404)
    assert alice.api.get(ROOT).json() == [other]
    assert_refused(alice.api.delete(path_of(todo)), 404)


def test_nothing_is_left_but_that_it_was_once_the_bin_is_empty(alice: Persona) -> None:
    todo = make(alice, title="secret", notes="secret", tags=["secret"], list="secret", due="2030-01-01T00:00:00Z")
    alice.api.delete(path_of(todo))
    assert alice.api.delete("/api/todos/bin/").status_code == 204
    row = Todo.fetch_raw((alice.sub, todo["id"]))
    kept = {"owner", "id", "version", "write_id", "updated_at", "deleted_at", "expires"}
    assert set(row) == kept
    expires = datetime.fromtimestamp(int(row["expires"]["N"]), UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize("sort", ["order", "-order", "due", "-due", "created", "-created"])
@pytest.mark.parametrize("completed", [None, "true", "false"])
def test_no_list_shows_it(alice: Persona, sort: str, completed: str | None) -> None:
    alice.api.delete(path_of(make(alice, completed=completed == "true", due="2030-01-01T00:00:00Z")))
    query = {"sort": sort, **({"completed": completed} if completed else {})}
    assert alice.api.get(ROOT, query).json() == []


def test_if_match_holds_back_what_was_changed_meanwhile(alice: Persona) -> None:
    todo = make(alice)
    theirs = alice.api.patch(path_of(todo), {"title": "theirs"}).json()
    assert_refused(alice.api.delete(path_of(todo), HTTP_IF_MATCH='"v1"'), 412)
    assert_refused(alice.api.delete(path_of(todo), HTTP_IF_NONE_MATCH="*"), 412)
    assert read(alice, todo) == theirs
    assert alice.api.delete(path_of(todo), HTTP_IF_MATCH='"v2"').status_code == 204
    assert_refused(alice.api.delete(path_of(todo), HTTP_IF_MATCH='"v2"'), 404)
    assert_refused(alice.api.delete(path_of(todo), HTTP_IF_MATCH='"v3"'), 404)


def test_it_deletes_nobody_elses(alice: Persona, bob: Persona) -> None:
    todo = make(alice)
    assert_refused(bob.api.delete(path_of(todo)), 404)
    assert_refused(bob.api.delete(path_of(todo), HTTP_IF_MATCH='"v1"'), 404)
    assert read(alice, todo) == todo


def test_it_is_404_for_what_is_not_there(alice: Persona) -> None:
    assert_refused(alice.api.delete(f"{ROOT}{uuid.uuid4()}/"), 404)
    assert alice.api.get(ROOT, {"since": ""}).json() == []


def test_it_needs_a_token(api: APIClient, alice: Persona) -> None:
    todo = make(alice)
    assert_refused(api.delete(path_of(todo)), 401)
    assert read(alice, todo) == todo
