"""Events reach the Lambda entry; what fails comes again, and in the end lies in a failure queue, to be sent again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.aws import client
from infra.local import events, overview
from tests.waiting import until

PREFIX = settings.DYNAMO["TABLE_PREFIX"]
URL = "/_local/events/"
HEADERS = {"X-Amzn-Lambda-Function-Name": "events", "X-Amzn-Lambda-Deadline-Ms": "99999999999999"}
Handler = Callable[[dict[str, Any], Any], Any]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Puts a handler in the place of the Lambda entry's."""
    import config.lambda_handler

    return lambda handler: monkeypatch.setattr(config.lambda_handler, "handler", handler)


def post(body: Any, **options: Any) -> Any:
    """Post an event as the embedded AWS does."""
    return Client().post(URL, body, content_type="application/json", **{"headers": HEADERS, **options})


def send(queue: str, body: str) -> str:
    """Send a message to a queue of the project; its id."""
    return client("sqs").send_message(QueueUrl=events.queue_url(PREFIX + queue), MessageBody=body)["MessageId"]


def held(queue: str) -> list[overview.Message]:
    """The messages in a queue of the project."""
    return next(each.messages for each in overview.queues() if each.name == PREFIX + queue)


def subscribe(email: str) -> None:
    """Make a stream record."""
    import boto3

    boto3.client("dynamodb", region_name="us-east-1").put_item(
        TableName=f"{PREFIX}subscribers", Item={"email": {"S": email}}
    )


def test_it_answers_with_the_handlers_result(handle: Callable[[Handler], None]) -> None:
    handle(lambda event, context: {"seen": event["Records"], "left": context.get_remaining_time_in_millis() > 1000})
    response = post({"Records": [{"messageId": "1"}]})
    assert response.status_code == 200
    assert response.json() == {"seen": [{"messageId": "1"}], "left": True}


def test_it_answers_500_and_logs_when_the_handler_fails(
    handle: Callable[[Handler], None], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any, context: Any) -> None:
        raise LookupError("nobody there")

    handle(fail)
    response = post({"Records": []})
    assert response.status_code == 500
    assert response.json() == {"errorMessage": "nobody there", "errorType": "LookupError"}
    assert "nobody there" in caplog.text


@pytest.mark.parametrize("body", ["", "[]", "{", "null", b"\xff"])
def test_it_refuses_what_is_no_event(body: Any) -> None:
    assert post(body).status_code == 400


@pytest.mark.parametrize("options", [{"headers": {}}, {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "2001:db8::7"}])
def test_it_refuses_whoever_is_not_the_embedded_aws(handle: Callable[[Handler], None], options: Any) -> None:
    delivered: list[Any] = []
    handle(lambda event, _: delivered.append(event))
    assert post({"Records": []}, **options).status_code == 403
    assert delivered == []


def test_it_takes_posts_alone() -> None:
    assert Client().get(URL).status_code == 405


def test_a_message_of_a_queue_comes_again_soon(handle: Callable[[Handler], None]) -> None:
    tries: list[str] = []

    def fail_once(event: Any, context: Any) -> Any:
        found = [record["body"] for record in event["Records"] if record["eventSourceARN"].endswith("todos-media")]
        tries.extend(found)
        if found and len(tries) == 1:
            raise RuntimeError("not yet")
        return {"batchItemFailures": []}

    handle(fail_once)
    send("todos-media", "hello")
    until(lambda: tries == ["hello", "hello"])
    until(lambda: held("todos-media") == [])


def test_a_record_of_a_stream_that_fails_alone_is_tried_until_it_succeeds(handle: Callable[[Handler], None]) -> None:
    tries: list[str] = []

    def fail_twice(event: Any, context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        tries.append(event["Records"][0]["dynamodb"]["Keys"]["email"]["S"])
        return {"batchItemFailures": [{"itemIdentifier": numbers[0]}] if len(tries) < 3 else []}

    handle(fail_twice)
    subscribe("thrice@example.com")
    until(lambda: len(tries) == 3)
    assert set(tries) == {"thrice@example.com"}


def test_a_record_of_a_stream_nobody_can_handle_lands_in_the_failure_queue_and_can_be_sent_again(
    handle: Callable[[Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "STREAM_ATTEMPTS", 2)
    working, handled = False, list[str]()

    def work(event: Any, context: Any) -> None:
        if not working:
            raise RuntimeError("broken")
        handled.extend(record["dynamodb"]["Keys"]["email"]["S"] for record in event["Records"])

    handle(work)
    subscribe("poison@example.com")
    (message,) = until(lambda: held("welcome-failures"))
    assert json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] == 1

    with pytest.raises(overview.TryAgainError, match="failed again"):
        overview.try_again(f"{PREFIX}welcome-failures", message.id)
    assert [each.id for each in held("welcome-failures")] == [message.id]

    working = True
    overview.try_again(f"{PREFIX}welcome-failures", message.id)
    assert handled == ["poison@example.com"]
    assert held("welcome-failures") == []


def test_a_failed_message_is_sent_again_by_the_pages_button(handle: Callable[[Handler], None]) -> None:
    came: list[str] = []

    def take(event: Any, context: Any) -> None:
        came.extend(record["body"] for record in event["Records"] if record["eventSourceARN"].endswith("blog-media"))

    handle(take)
    other, failed = send("blog-media-failures", "other"), send("blog-media-failures", '{"picture": 1}')
    page = Client().get("/_local/").content.decode()
    assert "&quot;picture&quot;: 1" in page
    url = f"/_local/failures/{PREFIX}blog-media-failures/{failed}/"
    assert url in page

    response = Client().post(url, follow=True)
    assert "Sent on its way again." in response.content.decode()
    until(lambda: came == ['{"picture": 1}'])
    left = {message.id for message in held("blog-media-failures")}
    assert other in left
    assert failed not in left


def test_the_button_refuses_what_is_not_there_and_who_is_not_here() -> None:
    url = f"/_local/failures/{PREFIX}blog-media-failures/none/"
    assert "not in the queue" in Client().post(url, follow=True).content.decode()
    assert (
        "no failure queue" in Client().post(f"/_local/failures/{PREFIX}blog-media/none/", follow=True).content.decode()
    )
    assert Client().post(url, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_batch_larger_than_any_request_of_the_api_is_taken() -> None:
    event = {"Records": [{"eventSourceARN": "arn:aws:sqs:us-east-1:0:nobody", "body": "x" * 3_000_000}]}
    answer = Client().post(
        "/_local/events/",
        event,
        content_type="application/json",
        headers={"X-Amzn-Lambda-Function-Name": "events"},
    )
    assert answer.status_code == 500
    assert "no handler" in answer.json()["errorMessage"]
