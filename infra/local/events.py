"""Events of queues and streams on their way to the Lambda entry, treated as AWS treats them.

The embedded AWS forwards each batch here. What it does not do itself is done here: retries of single stream records, a
failure queue for them, and a short wait before a queue's message comes again where production waits six minutes.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from config import services
from config.aws import client
from serverless.events import identifier

logger = logging.getLogger("infra.local.events")

RETRY_SECONDS = 5
STREAM_ATTEMPTS = 10  # where the services' stacks go by the hours a record may wait

Record = dict[str, Any]
_attempts: Counter[str] = Counter()  # of each stream record, in this process


@dataclass(frozen=True)
class LambdaContext:
    """What a handler may ask of its Lambda context."""

    aws_request_id: str
    function_name: str
    deadline: float  # seconds since the epoch

    def get_remaining_time_in_millis(self) -> int:
        """Until the function would be ended."""
        return max(0, int((self.deadline - time.time()) * 1000))


def context_of(headers: Mapping[str, str]) -> LambdaContext:
    """The context the embedded AWS describes in its request's headers."""
    return LambdaContext(
        aws_request_id=headers.get("X-Amzn-Lambda-Request-Id", ""),
        function_name=headers.get("X-Amzn-Lambda-Function-Name", ""),
        deadline=int(headers.get("X-Amzn-Lambda-Deadline-Ms", "0")) / 1000,
    )


def deliver(event: dict[str, Any], context: LambdaContext) -> tuple[int, Any]:
    """Hand the event to its handler; HTTP status and JSON answer. Any status but 200 means it failed."""
    try:
        result = _handler(context.function_name)(event, context)
    except Exception as error:  # whatever a handler raises is a failed invocation, as on Lambda
        logger.exception("an event's handler failed")
        return _failed(event, error)
    return _settle(event, result)


def _handler(function: str) -> Callable[[dict[str, Any], LambdaContext], Any]:
    """What takes the events of a function: a worker's own handler, else the Lambda entry."""
    worker = services.workers().get(function.removeprefix(settings.DYNAMO["TABLE_PREFIX"]))
    path = worker.handler if worker else "config.lambda_handler.handler"
    handler: Callable[[dict[str, Any], LambdaContext], Any] = import_string(path)
    return handler


def _failed(event: dict[str, Any], error: Exception) -> tuple[int, Any]:
    records = _records(event)
    if _is_stream(records) and _give_up_on(records):
        return 200, None
    _come_again_soon(records)
    return 500, {"errorMessage": str(error), "errorType": type(error).__name__}


def _settle(event: dict[str, Any], result: object) -> tuple[int, Any]:
    """Answer with the handler's result; records it reports as failed are tried again."""
    reported = result.get("batchItemFailures", []) if isinstance(result, dict) else []
    failed_ids = {failure["itemIdentifier"] for failure in reported}
    failed = [record for record in _records(event) if identifier(record) in failed_ids]
    if not failed:
        return 200, result
    logger.warning("%d of %d records failed and are tried again", len(failed), len(_records(event)))
    # The embedded AWS does not read which records of Kinesis failed: all of the batch comes again.
    if failed[0].get("eventSource") == "aws:kinesis" or (_is_stream(failed) and not _give_up_on(failed)):
        return 500, {"errorMessage": "some records failed", "errorType": "BatchItemFailures"}
    _come_again_soon(failed)
    return 200, result


def _give_up_on(records: list[Record]) -> bool:
    """Count one more attempt; whether these stream records had all of theirs and went into the failure queue."""
    _attempts.update(record["eventID"] for record in records)
    if min(_attempts[record["eventID"]] for record in records) < STREAM_ATTEMPTS:
        return False
    source = records[0]["eventSourceARN"]
    table = source.split("/")[1].removeprefix(settings.DYNAMO["TABLE_PREFIX"])
    queue = failure_queues().get(table)
    if queue is None:
        return False
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        batch = {"startSequenceNumber": number, "endSequenceNumber": number, "batchSize": 1, "streamArn": source}
        body = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": batch}
        client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
        del _attempts[record["eventID"]]
    return True


def _come_again_soon(records: list[Record]) -> None:
    for record in records:
        if record.get("eventSource") == "aws:sqs":
            client("sqs").change_message_visibility(
                QueueUrl=queue_url(record["eventSourceARN"].rsplit(":", 1)[1]),
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=RETRY_SECONDS,
            )


def failure_queues() -> dict[str, str]:
    """The failure queue's URL of each table whose stream is consumed."""
    prefix = settings.DYNAMO["TABLE_PREFIX"]
    streams = (each for each in services.sources().values() if each.stream and each.failures)
    return {each.name: queue_url(prefix + each.failures) for each in streams}


def queue_url(name: str) -> str:
    """The URL of the queue of that name."""
    return client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def _records(event: dict[str, Any]) -> list[Record]:
    return list(event.get("Records") or [])


def _is_stream(records: list[Record]) -> bool:
    return bool(records) and records[0].get("eventSource") == "aws:dynamodb"
