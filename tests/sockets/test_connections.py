"""Connections begin, rest and end."""

from datetime import timedelta

import pytest
from django.conf import settings

from config.aws import connections_client
from dynamo.models import now
from live import models
from live.events import answer_socket
from live.models import Connection
from tests.personas import Persona
from tests.sockets.connecting import connect, hears_change, ids
from tests.todos.making import make
from tests.waiting import until


def ended(connection_id: str) -> dict[str, object]:
    """What API Gateway says of a connection that ended."""
    return {"requestContext": {"connectionId": connection_id, "eventType": "DISCONNECT", "routeKey": "$disconnect"}}


def test_one_that_ends_is_forgotten(alice: Persona) -> None:
    with connect(alice):
        with connect(alice):
            assert len(ids(alice)) == 2
        until(lambda: len(ids(alice)) == 1, "the end")
    until(lambda: not ids(alice), "the end")


def test_its_end_may_be_said_twice_or_of_none(alice: Persona) -> None:
    Connection.new(owner=alice.sub, connection_id=f"x-{alice.sub}")
    for _ in range(2):
        assert answer_socket(ended(f"x-{alice.sub}"), None) == {"statusCode": 200}
    assert not ids(alice)


def test_it_is_kept_for_as_long_as_it_may_last(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    Connection.new(owner=alice.sub, connection_id="a")
    (row,) = Connection.of(alice.sub)
    assert timedelta(hours=2) < row.expires - now() < timedelta(hours=3)
    monkeypatch.setattr(models, "CONNECTION_AGE", timedelta(seconds=-5))
    Connection.new(owner=alice.sub, connection_id="b")
    assert ids(alice) == {"a"}


def test_a_keep_alive_calls_no_function_and_has_no_answer(alice: Persona) -> None:
    with connect(alice) as socket:
        socket.send('{"action":"ping"}')
        socket.send("no JSON")
        assert not hears_change(socket, 0.5)
        (connection_id,) = ids(alice)
        assert connections_client(settings.LIVE_API).get_connection(ConnectionId=connection_id)
        make(alice)
        assert hears_change(socket)
