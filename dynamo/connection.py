"""The one connection every model shares: one botocore client a process, short time-outs, one tree of errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from dynamo import errors

# A request that hangs must be answered within 5 s (API Gateway itself gives up at 29 s): two tries of 1.5 s.
CONNECT_TIMEOUT, READ_TIMEOUT, RETRIES = 1.0, 1.5, 1

_BUSY = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionInProgressException",
}
_CANCELLED_BY_LOAD = {"ProvisionedThroughputExceeded", "ThrottlingError"}

_listeners: list[Callable[[str, dict[str, Any]], None]] = []


class SharedConnection(Connection):
    """PynamoDB's connection with this package's errors in place of botocore's."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        for listener in _listeners:
            listener(operation_name, operation_kwargs)
        try:
            answer: dict[str, Any] = self.client._make_api_call(operation_name, operation_kwargs)
        except ClientError as error:
            raise _translate(error) from error
        except BotoCoreError as error:
            raise errors.Unavailable(str(error)) from error
        return answer


def _translate(error: ClientError) -> Exception:
    response: Any = error.response
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    if code == "ConditionalCheckFailedException":
        retried = response["ResponseMetadata"].get("RetryAttempts", 0) > 0
        return errors.ConditionFailed(response.get("Item"), retried=retried)
    if code == "TransactionCanceledException":
        return _why_cancelled(response.get("CancellationReasons", []), message)
    if code == "ValidationException" and _says_too_large(message):
        return errors.ItemTooLarge(message)
    if code == "TransactionConflictException":
        return errors.Contended(message)
    if code in _BUSY or response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
        return errors.Unavailable(message)
    return error


def _why_cancelled(reasons: list[dict[str, Any]], message: str) -> errors.DynamoError:
    codes = {reason["Code"] for reason in reasons}
    if codes & _CANCELLED_BY_LOAD:
        return errors.Unavailable(message)
    if "TransactionConflict" in codes:
        return errors.Contended(message)
    if any(_says_too_large(reason.get("Message") or "") for reason in reasons):
        return errors.ItemTooLarge(message)
    return errors.TransactionFailed([None if reason["Code"] == "None" else reason["Code"] for reason in reasons])


def _says_too_large(message: str) -> bool:
    return "size" in message.lower() and "exceed" in message.lower()


@cache
def shared() -> SharedConnection:
    """The process's connection. Region and endpoint come from the environment, as for any AWS SDK."""
    return SharedConnection(
        connect_timeout_seconds=CONNECT_TIMEOUT,
        read_timeout_seconds=READ_TIMEOUT,
        max_retry_attempts=RETRIES,
        max_pool_connections=50,
    )


@contextmanager
def listening(listener: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
    """Call `listener(operation, arguments)` before every DynamoDB request made inside the block, in any thread."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
