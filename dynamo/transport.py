"""DynamoDB's protocol without an SDK: one signed POST of JSON to a kept connection.

botocore parses slowly what orjson parses at once. Its retries within a quota, checksums, binary
values and errors are here, too.
settings.DYNAMO["TRANSPORT"] = "botocore" puts it back.
"""

import base64
import json
import os
import random
import re
import select
import ssl
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from botocore.exceptions import ClientError
from botocore.retries.quota import RetryQuota

from dynamo.errors import Unavailable

# (X-Amz-Target, body, seconds that DynamoDB's clock is ahead of ours) -> every header of the signed request.
Sign = Callable[[str, bytes, float], Mapping[str, str]]

VERSION = "DynamoDB_20120810"
MAX_IDLE = 50

# botocore's standard mode: what a repetition costs out of 500, and the ceiling of the first delay, in seconds.
QUOTA, COST, COST_OF_TIMEOUT = 500, 5, 10
DELAY, DELAY_IF_BUSY = 0.025, 1.0
BUSY = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
}
TRANSIENT = {"InternalServerError", "ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"}
TRANSIENT_STATUS = {500, 502, 503, 504}
# Errors that a signature gets, among other reasons, if its time is more than five minutes from DynamoDB's.
SKEWED = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
MAX_SKEW = 240.0
# In a string these quotes would be escaped: only a binary value, or an attribute of that name, has them. The letter
# comes first, as expressions look for one faster than for a quote, of which there are many.
_BINARY = re.compile(rb'B(?<="B)S?":')


class Response(NamedTuple):
    """What came back: the HTTP status, x-amz-crc32 and Date as they were sent, the body."""

    status: int
    checksum: str | None
    date: str | None
    content: bytes


class FailedAttempt(NamedTuple):
    """Why an attempt has no answer: DynamoDB's refusal, or what broke on the way."""

    refusal: dict[str, Any] | None
    reason: str
    repeatable: bool = True
    cost: int = COST
    longest_delay: float = DELAY

    @property
    def code(self) -> str:
        """DynamoDB's word for it; empty where it said nothing."""
        return self.refusal["Error"]["Code"] if self.refusal else ""

    def error(self, operation: str, retries: int) -> Exception:
        """As botocore would raise it, so that PynamoDB and dynamo.connection know it."""
        if self.refusal is None:
            return Unavailable(self.reason)
        self.refusal["ResponseMetadata"]["RetryAttempts"] = retries
        return ClientError(self.refusal, operation)  # type: ignore[arg-type]  # a response, as far as anyone reads it


class Transport:
    """Requests to one endpoint. Threads may share it, and connections do not survive a fork."""

    def __init__(self, url: str, sign: Sign, *, connect_timeout: float, read_timeout: float, retries: int) -> None:
        """`url` is the endpoint's, http or https; time-outs are in seconds, for each attempt."""
        parts = urlsplit(url)
        self._host, self._path = parts.netloc, parts.path or "/"
        self._is_encrypted = parts.scheme == "https"
        self._sign, self._retries = sign, retries
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._idle: deque[HTTPConnection] = deque()
        # How often a process may repeat requests before it has to see one succeed: during an outage, hardly ever.
        self._quota = RetryQuota(QUOTA)
        self._clock_ahead = 0.0
        os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        """Drop connections, which a copy of this process may have as well, and what DynamoDB said of the time."""
        self._idle.clear()
        self._clock_ahead = 0.0

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation, binary values as bytes. Raises ClientError as botocore does, or Unavailable."""
        body, attempt, spent = encode(arguments), 0, 0
        while True:
            outcome = self._attempt(operation, body)
            if not isinstance(outcome, FailedAttempt):
                self._quota.release(spent or 1)
                return outcome
            spent = outcome.cost
            if attempt >= self._retries or not outcome.repeatable or not self._quota.acquire(spent):
                raise outcome.error(operation, attempt)
            # Jitter needs no secret.
            time.sleep(random.random() * outcome.longest_delay * 2**attempt)  # noqa: S311
            attempt += 1

    def _attempt(self, operation: str, body: bytes) -> dict[str, Any] | FailedAttempt:
        try:
            status, checksum, date, content = self.exchange(operation, body)
        except TimeoutError as error:
            return FailedAttempt(None, f"DynamoDB did not answer in time: {error}", cost=COST_OF_TIMEOUT)
        except (OSError, HTTPException) as error:
            return FailedAttempt(None, f"DynamoDB could not be reached: {error!r}")
        if checksum is not None and str(zlib.crc32(content)) != checksum:
            return FailedAttempt(None, "DynamoDB's answer was damaged on its way.")
        try:
            return decode(content) if status == 200 else self._refusal(status, content, date)
        except ValueError:
            return FailedAttempt(None, f"DynamoDB's answer ({status}) is not JSON.", status in TRANSIENT_STATUS)

    def _refusal(self, status: int, content: bytes, date: str | None) -> FailedAttempt:
        failure = refusal(status, content)
        return failure._replace(repeatable=True) if failure.code in SKEWED and self._set_clock(date) else failure

    def _set_clock(self, date: str | None) -> bool:
        """Sign by DynamoDB's clock from now on; whether it differs from the one signed by before."""
        if date is None:
            return False
        ahead = parsedate_to_datetime(date).timestamp() - time.time()
        if abs(ahead - self._clock_ahead) < MAX_SKEW:
            return False
        self._clock_ahead = ahead
        return True

    def exchange(self, operation: str, body: bytes) -> Response:
        """Sign and send once. Raises OSError or HTTPException."""
        return self.send(self._sign(f"{VERSION}.{operation}", body, self._clock_ahead), body)

    def send(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Send a signed request over a connection nobody else uses meanwhile."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        # Head and body together: one packet and one TLS record, and no wait of Nagle's for an acknowledgement.
        request = f"POST {self._path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
        connection = self._connection()
        try:
            connection.sock.sendall(request)
            response = HTTPResponse(connection.sock, method="POST")
            response.begin()
            content = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(self._idle) >= MAX_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        found = response.headers
        return Response(response.status, found.get("x-amz-crc32"), found.get("Date"), content)

    def open(self) -> None:
        """Connect before the first request needs it. If that fails, the request will find out."""
        with suppress(OSError):
            self._idle.append(self._new_connection())

    def _connection(self) -> HTTPConnection:
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                connection = self._idle.pop()
                if not is_dropped(connection):
                    return connection
                connection.close()
        return self._new_connection()

    def _new_connection(self) -> HTTPConnection:
        connection = (
            HTTPSConnection(self._host, timeout=self._connect_timeout, context=_trust())
            if self._is_encrypted
            else HTTPConnection(self._host, timeout=self._connect_timeout)
        )
        connection.connect()
        connection.sock.settimeout(self._read_timeout)
        return connection


@cache
def _trust() -> ssl.SSLContext:
    """The TLS settings, made once: reading the list of certificate authorities is slow."""
    return ssl.create_default_context()


def is_dropped(connection: HTTPConnection) -> bool:
    """Whether an idle connection was closed by the other side: nothing else can make it readable."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def refusal(status: int, content: bytes) -> FailedAttempt:
    """An error of DynamoDB's, in the form botocore gives it. Raises ValueError if it is not an error."""
    given = decode(content)
    code = str(given.pop("__type", "")).rpartition("#")[2] or str(status)
    message = given.pop("message", None) or given.pop("Message", None) or ""
    response = {
        **given,
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
    }
    repeatable = code in BUSY or code in TRANSIENT or status in TRANSIENT_STATUS
    return FailedAttempt(response, message, repeatable, longest_delay=DELAY_IF_BUSY if code in BUSY else DELAY)


def encode(arguments: dict[str, Any]) -> bytes:
    """An operation's arguments as JSON; bytes as base64."""
    try:
        return orjson.dumps(arguments, default=_encode_other)
    except orjson.JSONEncodeError:
        # Half of a surrogate pair is no UTF-8: it is escaped as by botocore, so that DynamoDB refuses it.
        return json.dumps(arguments, default=_encode_other).encode()


def _encode_other(value: object) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}.")


def decode(content: bytes) -> dict[str, Any]:
    """An answer's JSON, its binary values as bytes. Raises ValueError."""
    answer = orjson.loads(content or b"{}")
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004  # as what is not JSON
    if _BINARY.search(content):
        _decode_binary(answer)
    return answer


def _decode_binary(value: dict[str, Any] | list[Any]) -> None:
    """Replace base64 by bytes, in place. A value is an object of one member, named by its type."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict):
            if len(each) == 1:
                ((kind, held),) = each.items()
                if isinstance(held, str):  # a text or a number, as most are: nothing to look into
                    if kind == "B":
                        each["B"] = base64.b64decode(held)
                    continue
                if kind == "BS" and isinstance(held, list) and all(isinstance(one, str) for one in held):
                    each["BS"] = [base64.b64decode(one) for one in held]
                    continue
            _decode_binary(each)
        elif isinstance(each, list):
            _decode_binary(each)
