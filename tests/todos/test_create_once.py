"""A POST with an Idempotency-Key makes one to-do, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.personas import Persona

ROOT = "/api/todos/"


def send(persona: Persona, key: str, **body: Any) -> Any:
    return persona.api.post(ROOT, {"title": "Buy milk", **body}, HTTP_IDEMPOTENCY_KEY=key)


def test_a_repeated_request_makes_nothing_twice(alice: Persona) -> None:
    key = str(uuid4())
    first, again = send(alice, key, tags=["a"]), send(alice, key, tags=["a"])
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json(), first["ETag"], first["Location"]) == (again.json(), again["ETag"], again["Location"])
    assert [todo["id"] for todo in alice.api.get(ROOT).json()].count(first.json()["id"]) == 1


def test_a_replay_answers_the_row_as_it_is_now(alice: Persona) -> None:
    key = str(uuid4())
    path = send(alice, key)["Location"]
    alice.api.patch(path, {"title": "Buy oat milk", "completed": True})
    again = send(alice, key)
    assert (again.status_code, again.json()["title"], again["ETag"]) == (200, "Buy oat milk", '"v2"')


def test_other_content_is_refused(alice: Persona) -> None:
    key = str(uuid4())
    made = send(alice, key)
    answer = send(alice, key, priority=1)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert alice.api.get(made["Location"]).json() == made.json()


def test_what_was_deleted_does_not_come_back(alice: Persona) -> None:
    key = str(uuid4())
    alice.api.delete(send(alice, key)["Location"])
    assert send(alice, key).status_code == 410


def test_the_same_key_of_another_is_another(alice: Persona, bob: Persona) -> None:
    key = str(uuid4())
    assert send(alice, key).json()["id"] != send(bob, key).json()["id"]


@pytest.mark.parametrize("key", ["", "short", "a" * 256, "key with space", "schlüssel-1"])
def test_a_key_nobody_can_use_is_named(key: str, alice: Persona) -> None:
    answer = send(alice, key)
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (400, "Idempotency-Key")


def test_of_many_at_once_one_makes_it(alice: Persona) -> None:
    key = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(alice, key), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
