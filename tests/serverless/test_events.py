"""The one loop that handles records: what fails, what comes again, and what nothing can read."""

import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless.events import (
    RESERVE,
    Batch,
    Poison,
    Record,
    StoredObject,
    TryAgain,
    need,
    read_change,
    read_notification,
    read_objects,
    want,
)
from tests.failure_queues import taker

QUEUE = "posts-failures"


class Clock:
    """A Lambda context with so many milliseconds left at each look."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0)


def messages(*bodies: Any) -> dict[str, Any]:
    """An event of a queue."""
    return {"Records": [{"messageId": f"m{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)]}


def changes(*bodies: Any) -> dict[str, Any]:
    """An event of a stream."""
    return {"Records": [{"dynamodb": {"SequenceNumber": str(n)}, "body": body} for n, body in enumerate(bodies)]}


def failed(batch: Batch[Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in batch.response()["batchItemFailures"]]


def read(record: Record) -> str:
    """The text of a message."""
    return str(json.loads(record["body"])["text"])


def test_each_record_is_handled_whatever_becomes_of_the_others() -> None:
    seen: list[str] = []

    def handle(text: str) -> None:
        seen.append(text)
        if text == "bad":
            raise RuntimeError

    batch = Batch(messages({"text": "a"}, {"text": "bad"}, {}, {"text": "b"}), None, read)
    assert failed(batch.each(handle)) == ["m2", "m1"]
    assert seen == ["a", "bad", "b"]


def test_the_steps_are_independent_of_each_other() -> None:
    done: list[Any] = []

    def fail(text: str) -> None:
        raise TryAgain

    batch = Batch(messages({"text": "a"}, {"text": "b"}), None, read).each(fail).together(done.append).each(done.append)
    assert done == [("a", "b"), "a", "b"]
    assert failed(batch) == ["m0", "m1"]


def test_what_is_done_together_comes_again_together() -> None:
    def fail(texts: Any) -> None:
        raise OSError

    assert failed(Batch(messages({"text": "a"}, {}, {"text": "b"}), None, read).together(fail)) == ["m1", "m0", "m2"]


def test_thousands_that_fail_together_are_a_short_line_in_the_log(own_log: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise TryAgain("later")

    with own_log.at_level(logging.WARNING):
        assert len(failed(Batch(messages(*[{"text": "a"}] * 5000), None, read).together(fail))) == 5000
    assert [len(one.message) < 200 for one in own_log.records] == [True]


def test_nothing_is_done_together_where_nothing_could_be_read() -> None:
    done: list[Any] = []
    assert failed(Batch(messages({}), None, read).together(done.append)) == ["m0"]
    assert done == []


def test_what_there_is_no_time_for_is_not_begun() -> None:
    done: list[str] = []
    clock = Clock(RESERVE + 40, RESERVE + 40, RESERVE, RESERVE - 1)
    batch = Batch(messages({"text": "a"}, {"text": "b"}), clock, read).each(done.append)
    assert done == ["a"]
    assert failed(batch) == ["m1"]


def test_bugs_are_logged_with_a_traceback_and_passing_trouble_is_not(own_log: pytest.LogCaptureFixture) -> None:
    class Ours(Exception):
        """Passing trouble of a service."""

    troubles = iter(
        [TryAgain("later"), Ours("busy"), ClientError({"Error": {"Code": "Throttled"}}, "Send"), KeyError()]
    )

    def handle(text: str) -> None:
        raise next(troubles)

    batch = Batch(messages(*[{"text": "x"}] * 4), None, read, passing=(Ours,)).each(handle)
    assert failed(batch) == ["m0", "m1", "m2", "m3"]
    assert [(record.levelno, bool(record.exc_info)) for record in own_log.records] == [
        *[(logging.WARNING, False)] * 3, (logging.ERROR, True)
    ]  # fmt: skip
    assert all(f"m{number}" in record.getMessage() for number, record in enumerate(own_log.records))


# --- Poison -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lying() -> Any:
    """Takes what lies in the failure queue."""
    return taker(QUEUE)


def test_a_queue_keeps_its_own_poison() -> None:
    def handle(text: str) -> None:
        raise Poison("never")

    assert failed(Batch(messages({"text": "a"}), None, read).each(handle)) == ["m0"]


def test_poison_of_a_stream_is_set_aside_as_a_whole_and_stops_nothing(lying: Any) -> None:
    event, done = changes('{"text": "a"}', "{}", '{"text": "b"}'), list[str]()
    assert failed(Batch(event, None, read, failures=QUEUE).each(done.append)) == []
    assert done == ["a", "b"]
    (message,) = lying()
    assert message["Records"] == [event["Records"][1]]
    assert "KeyError" in message["reason"]


def test_poison_that_cannot_be_set_aside_comes_again(lying: Any) -> None:
    assert failed(Batch(changes("{}"), None, read, failures="no-such-queue")) == ["0"]
    assert failed(Batch(changes('{"x": "' + "x" * 2_000_000 + '"}'), None, read, failures=QUEUE)) == ["0"]
    assert lying() == []


def test_trouble_of_a_stream_is_not_set_aside(lying: Any) -> None:
    def handle(text: str) -> None:
        raise TryAgain

    assert failed(Batch(changes('{"text": "a"}'), None, read, failures=QUEUE).each(handle)) == ["0"]
    assert lying() == []


# --- Readers ----------------------------------------------------------------------------------------------------------


def s3(kind: str, **thing: Any) -> Record:
    """A message with a notification of S3."""
    found = {"key": "a%2Bb+c.jpg", "sequencer": "0A", **thing}
    return {"body": json.dumps({"Records": [{"eventName": kind, "s3": {"bucket": {"name": "b"}, "object": found}}]})}


def test_objects_that_came_and_went_are_told_apart() -> None:
    (created,) = read_objects(s3("ObjectCreated:Put", versionId="v1"))
    assert created == StoredObject("b", "a+b c.jpg", sequencer="0A", version="v1", is_removed=False)
    (removed,) = read_objects(s3("ObjectRemoved:DeleteMarkerCreated"))
    assert removed == StoredObject("b", "a+b c.jpg", sequencer="0A", version=None, is_removed=True)
    assert read_objects({"body": '{"Event": "s3:TestEvent"}'}) == []
    with pytest.raises(Poison, match="ObjectTagging"):
        read_objects(s3("ObjectTagging:Put"))


def test_a_row_that_expired_is_told_from_one_that_was_deleted() -> None:
    deleted = {"dynamodb": {"OldImage": {"id": {"S": "1"}}}}
    assert not read_change(deleted).expired
    expired = {**deleted, "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    assert read_change(expired).expired
    assert (read_change(expired).old, read_change(expired).new) == ({"id": {"S": "1"}}, None)


def test_a_notification_is_an_object() -> None:
    assert read_notification({"body": json.dumps({"Message": '{"a": 1}'})}) == {"a": 1}
    with pytest.raises(Poison):
        read_notification({"body": json.dumps({"Message": "[]"})})


@pytest.mark.parametrize("value", ["", None, 5, [], True])
def test_a_needed_text_is_one(value: Any) -> None:
    with pytest.raises(Poison, match="name"):
        need({"name": value}, "name", str)


def test_a_boolean_is_no_number() -> None:
    with pytest.raises(Poison):
        need({"size": True}, "size", int)
    assert want({"size": None}, "size", int) is None
    assert want({}, "size", int) is None
