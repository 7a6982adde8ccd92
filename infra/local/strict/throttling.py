"""Throttling at a settable rate: a table or a queue answers a part of the requests as one that is asked too often.

The rates are a JSON object, from the name of a table or queue to a share from 0 to 1: at the start that of the
environment variable STRICT_THROTTLING, later what was last posted to PATH.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import dynamodb, sqs

from infra.local.asgi import Page
from infra.local.strict.places import Call, around, json_of, refused

PATH = "/_ministack/strict/throttling"
VARIABLE = "STRICT_THROTTLING"
# What is asked of a table's or queue's content is throttled; what changes the table or queue itself is not.
_ERRORS = {
    "DynamoDB_20120810.": (
        ("Get", "Put", "Update", "Delete", "Query", "Scan", "Batch", "Transact"),
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    ),
    "AmazonSQS.": (("Send", "Receive", "DeleteMessage", "ChangeMessage"), "com.amazonaws.sqs#RequestThrottled"),
}
_TABLE_ITSELF = ("UpdateTable", "DeleteTable", "UpdateTimeToLive", "UpdateContinuousBackups", "DeleteBackup")


def install(text: str) -> Page:
    """Throttle at the rates that a text says, if it says any; the page that sets others. Raises ValueError."""
    rates = parse(text or "{}")

    def page(body: bytes) -> tuple[int, bytes]:
        try:
            found = parse(body.decode())
        except ValueError as error:
            return 400, json.dumps({"message": str(error)}).encode()
        rates.clear()
        rates.update(found)
        return 200, json.dumps(rates).encode()

    for module in (dynamodb, sqs):

        @around(module, "handle_request")
        async def handle_request(
            handle: Call, method: str, path: str, headers: Mapping[str, str], body: bytes, query: object
        ) -> Any:
            error = _error(headers.get("x-amz-target", "")) if rates else ""
            if error and any(random.random() < rates.get(name, 0.0) for name in set(names(json_of(body)))):  # noqa: S311
                return refused(error, "The rate of requests is too high.")
            return await handle(method, path, headers, body, query)

    return page


def parse(text: str) -> dict[str, float]:
    """The rates. Raises ValueError."""
    rates = json.loads(text)
    if not isinstance(rates, dict) or not all(
        isinstance(rate, int | float) and 0 <= rate <= 1 for rate in rates.values()
    ):
        raise ValueError("rates are a JSON object from names of tables and queues to numbers from 0 to 1")
    return rates


def names(asked: object) -> Iterator[str]:
    """The tables and queues a request is about."""
    for part in asked if isinstance(asked, list) else []:
        yield from names(part)
    for key, value in asked.items() if isinstance(asked, dict) else []:
        if key == "TableName" or key == "QueueUrl":
            yield str(value).rpartition("/")[2]
        elif key == "RequestItems":
            yield from value
        elif key in {"TransactItems", "Put", "Get", "Update", "Delete", "ConditionCheck"}:
            yield from names(value)


def _error(target: str) -> str:
    """The error of a throttled request; empty where it is not one for the content of a table or queue."""
    for prefix, (operations, error) in _ERRORS.items():
        operation = target.removeprefix(prefix)
        if operation != target and operation.startswith(operations) and operation not in _TABLE_ITSELF:
            return error
    return ""
