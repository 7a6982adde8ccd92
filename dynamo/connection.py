"""The one connection every model shares: one transport a process, short time-outs, one tree of errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from pynamodb.connection import Connection

from dynamo import errors
from dynamo.transport import BUSY, Transport

# A hanging request is answered within 5 s, after two tries of 1.5 s; API Gateway itself gives up at 29 s.
CONNECT_TIMEOUT, READ_TIMEOUT, RETRIES = 1.0, 1.5, 1

_BUSY = {*BUSY, "InternalServerError", "ServiceUnavailable"}
_CANCELLED_BY_LOAD = {"ProvisionedThroughputExceeded", "ThrottlingError"}

_listeners: list[Callable[[str, dict[str, Any]], None]] = []


class SharedConnection(Connection):
    """PynamoDB's connection with this package's errors in place of botocore's.

    `transport` sends its requests; without one PynamoDB's botocore client does.
    """

    transport: Transport | None = None

    @property
    def client(self) -> Any:
        """PynamoDB's botocore client."""
        import botocore.client
        import botocore.session  # noqa: F401  # dynamo.import_stubs may have kept them away

        return super().client

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        """An operation's answer, without PynamoDB's signals and its question of what each request cost."""
        for listener in _listeners:
            listener(operation_name, operation_kwargs)
        try:
            return self.send(operation_name, operation_kwargs)
        except ClientError as error:
            raise _translate(error) from error
        except BotoCoreError as error:
            raise errors.Unavailable(str(error)) from error

    def send(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """One request and its answer. Raises ClientError, or BotoCoreError or Unavailable without an answer."""
        if self.transport:
            return self.transport.call(operation, arguments)
        answer: dict[str, Any] = self.client._make_api_call(operation, arguments)
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
    if code == "ItemCollectionSizeLimitExceededException":
        return errors.CollectionFull(message)
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
    if "ItemCollectionSizeLimitExceeded" in codes:
        return errors.CollectionFull(message)
    if any(_says_too_large(reason.get("Message") or "") for reason in reasons):
        return errors.ItemTooLarge(message)
    return errors.TransactionFailed([None if reason["Code"] == "None" else reason["Code"] for reason in reasons])


def _says_too_large(message: str) -> bool:
    return "size" in message.lower() and "exceed" in message.lower()


@cache
def shared() -> SharedConnection:
    """The process's connection. settings.DYNAMO says by which transport, where to, and who signs; see README.md.

    Raises ImproperlyConfigured.
    """
    connection = SharedConnection(
        region=settings.DYNAMO.get("REGION"),
        host=settings.DYNAMO.get("ENDPOINT_URL"),
        connect_timeout_seconds=CONNECT_TIMEOUT,
        read_timeout_seconds=READ_TIMEOUT,
        max_retry_attempts=RETRIES,
        max_pool_connections=50,
    )
    match settings.DYNAMO.get("TRANSPORT", "botocore"):
        case "fast":
            connection.transport = transport_to(settings.DYNAMO["ENDPOINT_URL"])
        case "botocore":
            pass
        case other:
            raise ImproperlyConfigured(f'DYNAMO["TRANSPORT"] is "fast" or "botocore", not {other!r}.')
    return connection


def open_connection() -> None:
    """Connect before the first request needs it: the TLS handshake runs while Lambda gives full CPU."""
    if transport := shared().transport:
        transport.open()


def transport_to(url: str) -> Transport:
    """The own transport to an endpoint."""
    sign = import_string(settings.DYNAMO["SIGN"])
    return Transport(url, sign, connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT, retries=RETRIES)


@contextmanager
def listening(listener: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
    """Call `listener(operation, arguments)` before every DynamoDB request made inside the block, in any thread."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
