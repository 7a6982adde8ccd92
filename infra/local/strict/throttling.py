"""Throttling at a settable rate: a table or a queue answers a part of the requests as one that is asked too often.

The rates are a JSON object, from the name of a table or queue to a share from 0 to 1: at the start that of the
environment variable STRICT_THROTTLING, later what was last posted to PATH.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

import json
import random
from collections.abc import Iterator
from typing import Any

from infra.local.asgi import Asgi, Message, Receive, Send, answer

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


class Throttling:
    """An ASGI layer in front of the embedded AWS."""

    def __init__(self, app: Asgi, rates: str = "") -> None:
        """`rates` is JSON. Raises ValueError when a rate is none."""
        self.app = app
        self.rates = parse(rates or "{}")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on what is not throttled."""
        if (scope.get("method"), scope.get("path")) == ("POST", PATH):
            await self._set(receive, send)
        elif self.rates and (error := _error(scope)):
            body = await _body(receive)
            if any(random.random() < self.rates.get(name, 0.0) for name in set(names(_json(body)))):  # noqa: S311
                await _json_answer(send, 400, {"__type": error, "message": "The rate of requests is too high."})
            else:
                await self.app(scope, _again(body, receive), send)
        else:
            await self.app(scope, receive, send)

    async def _set(self, receive: Receive, send: Send) -> None:
        try:
            self.rates = parse((await _body(receive)).decode())
        except ValueError as error:
            await _json_answer(send, 400, {"message": str(error)})
        else:
            await _json_answer(send, 200, self.rates)


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


def _error(scope: Message) -> str:
    """The error of a throttled request; empty where it is not one for the content of a table or queue."""
    target = dict(scope.get("headers", ())).get(b"x-amz-target", b"").decode("latin-1")
    for prefix, (operations, error) in _ERRORS.items():
        operation = target.removeprefix(prefix)
        if operation != target and operation.startswith(operations) and operation not in _TABLE_ITSELF:
            return error
    return ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once; then what else comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def listen() -> Message:
        return waiting.pop() if waiting else await receive()

    return listen


async def _json_answer(send: Send, status: int, content: object) -> None:
    await answer(send, status, json.dumps(content).encode(), "application/x-amz-json-1.0")
