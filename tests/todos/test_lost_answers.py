"""An answer of DynamoDB that gets lost after the write is neither an error nor a second write."""

import uuid
from typing import Any

import pytest

from dynamo import connection
from tests.media.uploading import ask, jpeg
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of, read

WRITES = {"PutItem", "UpdateItem", "TransactWriteItems"}


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every write is carried out twice, as when its first answer is lost and the request is sent again."""
    shared, done = connection.shared(), []
    send = shared.send

    def twice(operation: str, arguments: dict[str, Any]) -> Any:
        if operation in WRITES:
            send(operation, arguments)
            done.append(operation)
        try:
            return send(operation, arguments)
        except Exception as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1  # type: ignore[attr-defined]
            raise

    monkeypatch.setattr(shared, "send", twice)
    return done


def test_a_create_is_one_todo(alice: Persona, lost: list[str]) -> None:
    todo = make(alice)
    assert alice.api.get(ROOT).json() == [todo]
    assert lost == ["PutItem"]


@pytest.mark.parametrize("headers", [{}, {"HTTP_IF_NONE_MATCH": "*"}], ids=str)
def test_a_create_by_put_is_201(alice: Persona, lost: list[str], headers: dict[str, Any]) -> None:
    answer = alice.api.put(f"{ROOT}{uuid.uuid4()}/", {"title": "x"}, **headers)
    assert answer.status_code == 201
    assert lost == ["UpdateItem"]
    assert alice.api.get(ROOT).json() == [answer.json()]


@pytest.mark.parametrize("change", [{"title": "new"}, {"completed": True}, {"order": 5}], ids=str)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_by_if_match_is_200(
    alice: Persona, method: str, change: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    todo = make(alice)
    lost: list[str] = request.getfixturevalue("lost")
    answer = getattr(alice.api, method)(path_of(todo), {"title": "x", **change}, HTTP_IF_MATCH='"v1"')
    assert (answer.status_code, answer["ETag"]) == (200, '"v2"')
    assert lost == ["UpdateItem"]
    assert read(alice, todo) == answer.json()


@pytest.mark.parametrize("headers", [{}, {"HTTP_IF_MATCH": '"v1"'}], ids=str)
def test_a_deletion_is_204(alice: Persona, headers: dict[str, Any], request: pytest.FixtureRequest) -> None:
    todo = make(alice)
    request.getfixturevalue("lost")
    assert alice.api.delete(path_of(todo), **headers).status_code == 204
    assert alice.api.get(ROOT).json() == []


def test_clearing_is_204(alice: Persona, request: pytest.FixtureRequest) -> None:
    make(alice)
    request.getfixturevalue("lost")
    assert alice.api.delete(ROOT).status_code == 204


@pytest.mark.parametrize("method", ["put", "patch"])
def test_attaching_is_one_change(alice: Persona, method: str, request: pytest.FixtureRequest) -> None:
    upload, todo = ask(alice, jpeg())["id"], make(alice)
    lost: list[str] = request.getfixturevalue("lost")
    body = {"title": "x", "attachments": [upload]}
    answer = getattr(alice.api, method)(path_of(todo), body, HTTP_IF_MATCH='"v1"')
    assert (answer.status_code, answer["ETag"]) == (200, '"v2"')
    assert lost[-1] == "TransactWriteItems"
    assert read(alice, todo) == answer.json()
