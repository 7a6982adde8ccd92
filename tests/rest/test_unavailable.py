"""DynamoDB hangs or is down: a quick 503 with Retry-After, and recovery without a restart."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.cache.backends import locmem
from rest_framework.test import APIClient

from dynamo import connection
from infra.failover import functions
from rest import health
from tests.personas import Persona


@pytest.fixture(params=["fast", "botocore"])
def transport(request: pytest.FixtureRequest) -> str:
    """By which transport: each has time-outs of its own."""
    name: str = request.param
    return name


@contextmanager
def trouble(kind: str, transport: str) -> Iterator[None]:
    """DynamoDB's address accepts connections and never answers ("hangs"), or refuses them ("down")."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if kind == "down":
        listener.close()
    with pytest.MonkeyPatch.context() as patch, listener:
        shared = connection.shared()
        patch.setattr(shared, "_client", None)
        patch.setattr(shared, "host", url)
        patch.setattr(shared, "transport", connection.transport_to(url) if transport == "fast" else None)
        yield


@pytest.mark.parametrize("kind", ["hangs", "down"])
def test_it_answers_503_in_time_and_recovers(alice: Persona, kind: str, transport: str) -> None:
    with trouble(kind, transport):
        answer = alice.api.get("/api/todos/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"
    assert alice.api.get("/api/todos/").status_code == 200


@pytest.mark.parametrize("kind", ["hangs", "down"])
def test_the_deep_health_check_answers_within_a_second(api: APIClient, kind: str) -> None:
    with trouble(kind, "fast"):
        answer = api.get("/api/health/deep/")
        assert health.DEADLINE <= 1
        assert answer.status_code == 503
        assert api.get("/api/health/").status_code == 200
    health.forget()
    assert api.get("/api/health/deep/").json() == {"status": "ok"}


def test_the_deep_health_check_is_remembered(api: APIClient) -> None:
    sent: list[str] = []

    def record(operation: str, arguments: dict[str, Any]) -> None:
        if arguments.get("Key") == {"key": {"S": "health"}}:  # it asks from a thread of its own
            sent.append(operation)

    with connection.listening(record):
        for _ in range(5):
            assert api.get("/api/health/deep/").status_code == 200
    assert sent == ["GetItem", "UpdateItem"]


def test_one_failure_is_told_once_to_the_watch_of_a_home_region(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three in a row move the site, so each has to be another one."""
    with trouble("down", "fast"):
        assert api.get("/api/health/deep/").status_code == 503
        assert api.get("/api/health/deep/").status_code == 503
    later = time.time() + functions.EVERY - health.DEADLINE  # a failure may be known so long after it was asked for
    monkeypatch.setattr(locmem, "time", SimpleNamespace(time=lambda: later))
    assert api.get("/api/health/deep/").status_code == 200


def test_who_has_filled_their_part_of_the_table_hears_so(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault on our side would call an operator, and take back a deployment, as often as somebody likes."""
    send = connection.SharedConnection.send

    def full(self: connection.SharedConnection, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation != "PutItem":
            return send(self, operation, arguments)
        error = {"Code": "ItemCollectionSizeLimitExceededException", "Message": "Collection size exceeded."}
        raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)  # type: ignore[typeddict-item]

    monkeypatch.setattr(connection.SharedConnection, "send", full)
    answer = alice.api.post("/api/todos/", {"title": "One more"})
    assert answer.status_code == 413
    assert "10 GB" in answer.json()["detail"]
