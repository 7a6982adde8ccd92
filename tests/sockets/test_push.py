"""Who has a connection hears once of a batch of changes, of their own alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from config.aws import connections_client
from dynamo.models import now
from live import services
from live.events import push_changes
from live.models import Connection
from live.services import new_ticket, open_connection
from tests.failure_queues import taker
from tests.personas import Persona
from tests.sockets.connecting import connect, hears_change, ids, rests
from tests.todos.making import make, path_of
from tests.waiting import until


def record(owner: str, number: int = 1) -> dict[str, Any]:
    """A record of the stream of to-dos."""
    return {
        "eventID": f"{owner}-{number}",
        "eventName": "MODIFY",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/serverless-django-local-todos/stream/2026",
        "dynamodb": {
            "Keys": {"owner": {"S": owner}, "id": {"S": f"todo-{number}"}},
            "SequenceNumber": str(number),
            "NewImage": {},
        },
    }


def test_each_kind_of_change_is_heard(alice: Persona) -> None:
    with connect(alice) as socket:
        todo = make(alice)
        assert hears_change(socket)
        rests(socket)
        alice.api.patch(path_of(todo), {"title": "Another"})
        assert hears_change(socket)
        rests(socket)
        alice.api.delete(path_of(todo))
        assert hears_change(socket)


def test_all_devices_hear_and_nobody_else(alice: Persona, bob: Persona) -> None:
    with connect(alice) as desk, connect(alice) as phone, connect(bob) as his:
        make(alice)
        assert hears_change(desk)
        assert hears_change(phone)
        assert not hears_change(his, 0.7)


def test_an_owner_hears_once_of_a_batch(alice: Persona, bob: Persona) -> None:
    with connect(alice) as hers, connect(bob) as his:
        batch = [record(owner, number) for number in range(5) for owner in (alice.sub, bob.sub)]
        assert push_changes({"Records": batch}, None) == {"batchItemFailures": []}
        for socket in (hers, his):
            assert hears_change(socket)
            assert not hears_change(socket, 0.3)


def test_a_record_may_come_twice(alice: Persona) -> None:
    with connect(alice) as socket:
        for _ in range(2):
            assert push_changes({"Records": [record(alice.sub)]}, None) == {"batchItemFailures": []}
            assert hears_change(socket)


def test_one_that_is_gone_is_forgotten_and_the_others_hear(alice: Persona) -> None:
    with connect(alice) as socket:
        for gone in ("gone-1", "zz-gone-2"):
            Connection(alice.sub, gone, expires=now() + timedelta(hours=1)).save()
        make(alice)
        assert hears_change(socket)
        until(lambda: not ids(alice) & {"gone-1", "zz-gone-2"}, "forgetting")
        assert len(ids(alice)) == 1


def test_one_that_is_being_opened_is_kept(alice: Persona) -> None:
    """Before the function has let it in, API Gateway says of a connection what it says of one that ended."""
    assert open_connection(ticket=new_ticket(owner=alice.sub), connection_id="opening")
    assert push_changes({"Records": [record(alice.sub)]}, None) == {"batchItemFailures": []}
    assert ids(alice) == {"opening"}


class Failing:
    """Connections that can't be posted to."""

    class exceptions:  # noqa: N801  # as a client of boto3 has them
        class GoneException(Exception):
            """Never raised."""

        LimitExceededException = GoneException

    def post_to_connection(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "ForbiddenException"}}, "PostToConnection")


def test_what_fails_is_tried_again_and_keeps_nobody_else_waiting(
    alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(alice), connect(bob) as his:
        turns: Iterator[Any] = iter([Failing(), connections_client(settings.LIVE_API)])
        monkeypatch.setattr(services, "connections_client", lambda _: next(turns))
        answer = push_changes({"Records": [record(alice.sub, 1), record(bob.sub, 2)]}, None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
        assert hears_change(his)
        assert ids(alice)


def test_what_fails_of_an_owner_is_tried_once_in_a_batch(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import is hundreds of records, and all who are behind them in the stream wait."""
    Connection.new(owner=alice.sub, connection_id="stuck")
    tried: list[str] = []

    class Posting(Failing):
        def post_to_connection(self, **sent: object) -> None:
            tried.append(str(sent["ConnectionId"]))
            super().post_to_connection()

    monkeypatch.setattr(services, "connections_client", lambda _: Posting())
    answer = push_changes({"Records": [record(alice.sub, number) for number in range(1, 6)]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert tried == ["stuck"]


def test_poison_is_put_aside() -> None:
    take = taker("live-failures")
    poison = {**record("x"), "dynamodb": {"SequenceNumber": "7"}}
    assert push_changes({"Records": [poison]}, None) == {"batchItemFailures": []}
    assert [body["Records"] for body in take()] == [[poison]]


def test_a_device_that_takes_nothing_is_closed_and_keeps_nobody_waiting(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All who are behind it in the stream would wait, minutes for each change, and an operator would be called."""
    with connect(alice) as stuck:
        (its_id,) = ids(alice)
        with connect(alice) as desk:
            real = connections_client(settings.LIVE_API)

            class Posting:
                exceptions, delete_connection = real.exceptions, real.delete_connection

                def post_to_connection(self, **sent: str) -> object:
                    if sent["ConnectionId"] == its_id:
                        error = {"Error": {"Code": "LimitExceededException"}}
                        raise real.exceptions.LimitExceededException(error, "PostToConnection")
                    return real.post_to_connection(ConnectionId=sent["ConnectionId"], Data=sent["Data"])

            monkeypatch.setattr(services, "connections_client", lambda _: Posting())
            assert push_changes({"Records": [record(alice.sub)]}, None) == {"batchItemFailures": []}
            assert hears_change(desk)
            assert its_id not in ids(alice)
            with pytest.raises(ConnectionClosed):
                stuck.recv(timeout=30)


def test_thousands_of_one_owner_keep_nobody_waiting(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of many owners wait for one another: of somebody's connections the newest are told."""
    for number in range(60):
        Connection(alice.sub, f"{number:02}", expires=now() + timedelta(minutes=100 - number)).save()
    told: list[str] = []

    class Posting(Failing):
        def post_to_connection(self, **sent: object) -> None:
            told.append(str(sent["ConnectionId"]))

    monkeypatch.setattr(services, "connections_client", lambda _: Posting())
    assert push_changes({"Records": [record(alice.sub)]}, None) == {"batchItemFailures": []}
    assert told == [f"{number:02}" for number in range(50)]
