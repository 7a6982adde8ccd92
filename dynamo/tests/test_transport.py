"""The own transport: kept connections, safe repetitions, time-outs, damaged answers, binary values."""

import json
import os
import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from dynamo import transport as module
from dynamo.connection import CONNECT_TIMEOUT, READ_TIMEOUT, RETRIES, shared, transport_to
from dynamo.errors import ConditionFailed, Unavailable
from dynamo.tests.broken_server import CLOSE_AFTER, DROP, SILENCE, BrokenServer, answer, broken_server, refusal
from dynamo.transport import QUOTA, Transport, decode, encode

ITEM = b'{"Item":{"id":{"S":"1"}}}'
FOUND = {"Item": {"id": {"S": "1"}}}


def sign(target: str, body: bytes, clock_ahead: float) -> Mapping[str, str]:
    return {"Host": "localhost", "X-Amz-Target": target, "X-Ahead": f"{clock_ahead:.0f}"}


def transport(server: BrokenServer, *, read_timeout: float = 0.2) -> Transport:
    return Transport(server.url, sign, connect_timeout=CONNECT_TIMEOUT, read_timeout=read_timeout, retries=RETRIES)


def test_it_keeps_its_connection() -> None:
    with broken_server(answer(ITEM), answer(ITEM)) as server:
        ours = transport(server)
        assert [ours.call("GetItem", {"Key": {}}) for _ in range(2)] == [FOUND, FOUND]
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'\r\n\r\n{"Key":{}}')


def test_a_connection_made_beforehand_is_used() -> None:
    with broken_server(answer(ITEM)) as server:
        ours = transport(server)
        ours.open()
        assert not server.requests
        assert ours.call("GetItem", {}) == FOUND
    assert server.connections == 1


def test_it_notices_that_an_idle_connection_was_closed() -> None:
    with broken_server(CLOSE_AFTER + answer(ITEM), answer(ITEM)) as server:
        ours = transport(server)
        assert ours.call("GetItem", {}) == FOUND
        deadline = time.monotonic() + 5
        while not module.is_dropped(ours._idle[-1]):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert ours.call("GetItem", {}) == FOUND
    # The second request was sent once: nothing could have been carried out twice.
    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    "first",
    [
        DROP,
        SILENCE,
        answer(ITEM, checksum=1),
        answer(b"<html>", 502),
        refusal("InternalServerError", 500),
        refusal("ReplicatedWriteConflictException"),
    ],
    ids=["dropped", "silent", "damaged", "gateway", "internal", "replicated"],
)
def test_it_repeats_what_broke_on_the_way(first: bytes) -> None:
    with broken_server(first, answer(ITEM)) as server:
        assert transport(server).call("GetItem", {}) == FOUND
    assert len(server.requests) == 2


def test_it_repeats_what_was_throttled_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(random, "random", lambda: 0.3)
    monkeypatch.setattr(time, "sleep", pauses.append)
    with broken_server(refusal("ThrottlingException"), answer(ITEM)) as server:
        assert transport(server).call("GetItem", {}) == FOUND
    assert pauses == [0.3]


def dated(response: bytes, seconds: int) -> bytes:
    """The same response by a clock that is so many seconds ahead."""
    date = formatdate(time.time() + seconds, usegmt=True)
    return response.replace(b"\r\n", f"\r\nDate: {date}\r\n".encode(), 1)


def aheads(server: BrokenServer) -> list[int]:
    """What each request was signed with, in minutes."""
    return [round(int(request.split(b"X-Ahead: ")[1].split(b"\r\n")[0]) / 60) for request in server.requests]


@pytest.mark.parametrize("code", sorted(module.SKEWED))
def test_it_signs_by_dynamodbs_clock_once_ours_is_known_to_be_wrong(code: str) -> None:
    with broken_server(dated(refusal(code), 1800), answer(ITEM), answer(ITEM)) as server:
        ours = transport(server)
        assert [ours.call("GetItem", {}) for _ in range(2)] == [FOUND, FOUND]
    assert aheads(server) == [0, 30, 30]


@pytest.mark.parametrize("response", [dated(refusal("InvalidSignatureException"), 30), refusal("RequestExpired")])
def test_a_signature_that_is_wrong_for_another_reason_is_not_repeated(response: bytes) -> None:
    with broken_server(response) as server, pytest.raises(ClientError):
        transport(server).call("GetItem", {})
    assert aheads(server) == [0]


@pytest.mark.parametrize("script", [[DROP] * 2, [SILENCE] * 2, [answer(b"<html>", 502)] * 2, [answer(b"[]")]], ids=str)
def test_it_says_that_dynamodb_is_unavailable(script: list[bytes]) -> None:
    with broken_server(*script) as server, pytest.raises(Unavailable):
        transport(server).call("GetItem", {})
    assert not server.script


def test_it_says_so_where_nothing_listens() -> None:
    nowhere = Transport("http://127.0.0.1:9", sign, connect_timeout=0.2, read_timeout=0.2, retries=1)
    with pytest.raises(Unavailable):
        nowhere.call("GetItem", {})
    nowhere.open()
    assert not nowhere._idle


def test_a_hung_server_is_given_up_in_time() -> None:
    assert (CONNECT_TIMEOUT + READ_TIMEOUT) * (RETRIES + 1) + module.DELAY_IF_BUSY <= 6
    with broken_server(SILENCE, SILENCE) as server, pytest.raises(Unavailable):
        transport(server, read_timeout=0.1).call("PutItem", {})
    assert len(server.requests) == 2


@pytest.mark.parametrize(("script", "retried"), [([], False), ([DROP], True)])
def test_it_tells_whether_a_refused_write_was_repeated(script: list[bytes], retried: bool) -> None:
    answers = [*script, refusal("ConditionalCheckFailedException")]
    with broken_server(*answers) as server, pytest.raises(ClientError) as refused:
        transport(server).call("PutItem", {})
    assert refused.value.response["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "told so"}
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == int(retried)


def test_it_does_not_repeat_what_is_refused_for_good() -> None:
    with broken_server(refusal("ValidationException")) as server, pytest.raises(ClientError):
        transport(server).call("PutItem", {})
    assert len(server.requests) == 1


def test_an_outage_is_not_made_worse_by_repetitions() -> None:
    wanted = QUOTA // module.COST + 20
    with broken_server(*[DROP] * (2 * wanted), answer(ITEM), DROP, answer(ITEM)) as server:
        ours = transport(server, read_timeout=5)  # a slow machine is no time-out here
        for _ in range(wanted):
            with pytest.raises(Unavailable):
                ours.call("GetItem", {})
        assert len(server.requests) == wanted + QUOTA // module.COST
        del server.script[:-3]
        assert ours.call("GetItem", {}) == FOUND


def test_threads_share_no_connection_at_a_time() -> None:
    contents = [b'{"Item":{"id":{"S":"%d"}}}' % number for number in range(50)]
    with broken_server(*map(answer, contents)) as server:
        ours = transport(server, read_timeout=5)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: ours.call("GetItem", {})["Item"]["id"]["S"], contents))
    assert sorted(map(int, found)) == list(range(50))
    assert server.connections <= 8


def test_it_closes_what_it_does_not_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IDLE", 1)
    with broken_server(answer(ITEM)) as server:
        ours = transport(server)
        ours.open()
        another = ours._new_connection()
        monkeypatch.setattr(ours, "_connection", lambda: another)
        assert ours.call("GetItem", {}) == FOUND
    assert another.sock is None
    assert len(ours._idle) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns where there are threads
def test_a_child_process_makes_connections_of_its_own() -> None:
    with broken_server(answer(ITEM)) as server:
        ours = transport(server)
        ours.call("GetItem", {})
        child = os.fork()
        if child == 0:
            os._exit(len(ours._idle))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(ours._idle) == 1


def test_binary_values_are_bytes() -> None:
    content = {"B": {"S": "x"}, "raw": {"B": b"\0\xff"}, "set": {"BS": [b"a", b"b"]}, "map": {"M": {"B": {"B": b"in"}}}}
    encoded = encode({"Item": content})
    assert b'"AP8="' in encoded
    assert decode(encoded) == {"Item": content}
    text = {"Item": {"text": {"S": '"B":"AP8="'}}}
    assert decode(encode(text)) == text


def test_it_leaves_broken_text_to_dynamodb() -> None:
    assert json.loads(encode({"S": "\ud800"})) == {"S": "\ud800"}


def test_the_embedded_aws_understands_it() -> None:
    """Whatever DynamoDB can hold comes back as it went, and its refusals have a code."""
    name, ours = f"{settings.DYNAMO['TABLE_PREFIX']}sample-articles", transport_to(settings.DYNAMO["ENDPOINT_URL"])
    item: dict[str, Any] = {
        "slug": {"S": f"transport-{time.time_ns()}"}, "raw": {"B": b"\0\xff"}, "raws": {"BS": [b"a", b"b"]},
        "none": {"NULL": True}, "list": {"L": [{"BOOL": False}, {"N": "1.5"}]}, "words": {"SS": ["ä", "ö"]},
    }  # fmt: skip
    ours.call("PutItem", {"TableName": name, "Item": item})
    found = ours.call("GetItem", {"TableName": name, "Key": {"slug": item["slug"]}, "ConsistentRead": True})
    assert found["Item"] == item
    with pytest.raises(ConditionFailed) as refused:
        shared().dispatch(
            "PutItem",
            {
                "TableName": name, "Item": item, "ConditionExpression": "attribute_not_exists(slug)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )  # fmt: skip
    assert refused.value.item == item
    ours.call("DeleteItem", {"TableName": name, "Key": {"slug": item["slug"]}})
