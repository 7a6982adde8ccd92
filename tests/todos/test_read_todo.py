"""GET /api/todos/<id>/"""

import pytest
from rest_framework.test import APIClient

from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of

NOBODYS = "019a9d11-7f0e-7a31-8c44-2b5d6e7f8091"


def test_it_reads_with_one_request(alice: Persona) -> None:
    todo = make(alice)
    with recorded_requests() as sent:
        answer = alice.api.get(path_of(todo))
    assert sent == ["GetItem"]
    assert answer.json() == todo
    assert answer["ETag"] == '"v1"'
    assert "no-store" in answer["Cache-Control"]


def test_it_answers_304_to_the_same_version(alice: Persona) -> None:
    todo = make(alice)
    assert alice.api.get(path_of(todo), HTTP_IF_NONE_MATCH='"v1"').status_code == 304
    assert alice.api.get(path_of(todo), HTTP_IF_NONE_MATCH='W/"v1"').status_code == 304
    alice.api.patch(path_of(todo), {"title": "new"})
    answer = alice.api.get(path_of(todo), HTTP_IF_NONE_MATCH='"v1"')
    assert (answer.status_code, answer["ETag"]) == (200, '"v2"')


def test_it_takes_the_id_in_upper_case(alice: Persona) -> None:
    todo = make(alice)
    assert alice.api.get(f"{ROOT}{todo['id'].upper()}/").json() == todo


def test_it_shows_nobody_elses(alice: Persona, bob: Persona) -> None:
    assert_refused(bob.api.get(path_of(make(alice))), 404)


@pytest.mark.parametrize("name", [NOBODYS, "x", "1", f"upload%23{NOBODYS}", "%00"])
def test_it_is_404_for_what_is_not_there(alice: Persona, name: str) -> None:
    assert_refused(alice.api.get(f"{ROOT}{name}/"), 404)


def test_it_is_404_for_what_was_deleted(alice: Persona) -> None:
    todo = make(alice)
    alice.api.delete(path_of(todo))
    assert_refused(alice.api.get(path_of(todo)), 404)


def test_it_needs_a_token(api: APIClient, alice: Persona) -> None:
    assert_refused(api.get(path_of(make(alice))), 401)
