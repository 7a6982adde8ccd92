"""Events as Lambda delivers them, read once into typed objects and handled record by record.

    def record_uploads(event: Event, context: Context | None) -> BatchResponse:
        return Batch(event, context, read_news).each(record_news).response()

A handler may be given any record twice and in any order: what it does has to end right all the same.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, Self, TypedDict, TypeVar
from urllib.parse import unquote_plus

from config.aws import send_message

log = logging.getLogger(__name__)

E = TypeVar("E")
T = TypeVar("T")

# Both are JSON of AWS, whose form depends on the source: they are `Any` until they are read.
Event = dict[str, Any]
Record = dict[str, Any]
# A row in DynamoDB's notation.
Image = Mapping[str, Mapping[str, Any]]

# With less time left than this, in milliseconds, a record is not begun, or Lambda would end the function within it.
RESERVE = 15_000
NAMED = 20  # of the records that failed together, in the log: a batch of Kinesis may have thousands


class Context(Protocol):
    """What a handler asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda ends the function."""


class ItemFailure(TypedDict):
    """One record that is to come again."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """What Lambda takes from a handler: `ReportBatchItemFailures` has to be set for its event source."""

    batchItemFailures: list[ItemFailure]


class Poison(Exception):
    """A record that no retry can handle. The message says what is wrong with it."""


class TryAgain(Exception):
    """Nothing is wrong with the record: a later try may succeed."""


# --- The batch loop ---------------------------------------------------------------------------------------------------


class Batch(Generic[E]):
    """The records of one invocation. A record that fails keeps no other one from being handled.

    `read` makes an event of a record; whatever it raises says that the record is poison. A queue sets poison aside by
    itself after its tries. In a stream it would hold up all that follows, so it goes to the queue `failures` at
    once. `passing` are errors that need no traceback, beside those of AWS.
    """

    def __init__(
        self,
        event: Event,
        context: Context | None,
        read: Callable[[Record], E],
        *,
        failures: str = "",
        passing: tuple[type[Exception], ...] = (),
    ) -> None:
        self._context, self._failures = context, failures
        self._passing: tuple[type[Exception], ...] = (TryAgain, *passing)
        self._failed: list[Record] = []
        self._read: list[tuple[Record, E]] = []
        for record in event["Records"]:
            self._attempt([record], partial(self._take, record, read))

    def _take(self, record: Record, read: Callable[[Record], E]) -> None:
        try:
            self._read.append((record, read(record)))
        except Exception as error:  # the record is all that reading depends on
            raise Poison(f"it can't be read: {error!r}") from error

    def each(self, handle: Callable[[E], object]) -> Self:
        """Handle every event by itself, those too that failed in an earlier step."""
        for record, event in self._read:
            self._attempt([record], partial(handle, event))
        return self

    def together(self, handle: Callable[[Sequence[E]], object]) -> Self:
        """Handle all events at once. If it fails, every one of them comes again."""
        if self._read:
            records, events = zip(*self._read, strict=True)
            self._attempt(records, partial(handle, events))
        return self

    def response(self) -> BatchResponse:
        """The records that failed in any step."""
        names = dict.fromkeys(identifier(record) for record in self._failed)
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}

    def _attempt(self, records: Sequence[Record], action: Callable[[], object]) -> None:
        names = ", ".join(map(identifier, records[:NAMED])) + (", ..." if len(records) > NAMED else "")
        try:
            self._check_time()
            action()
        except Poison as poison:
            log.error("record %s can't be handled: %s", names, poison)  # noqa: TRY400  # its reason says it all
            self._failed += [record for record in records if not self._set_aside(record, str(poison))]
        except Exception as error:
            if isinstance(error, self._passing) or _is_of_aws(error):
                log.warning("record %s is to be tried again: %s: %s", names, type(error).__name__, error)
            else:
                log.exception("record %s failed", names)
            self._failed += records

    def _check_time(self) -> None:
        if self._context and self._context.get_remaining_time_in_millis() < RESERVE:
            raise TryAgain("no time is left")

    def _set_aside(self, record: Record, reason: str) -> bool:
        """Whether the record lies in the failure queue now, as a whole: the stream forgets it within a day."""
        if not self._failures:
            return False
        try:
            send_message(self._failures, {"reason": reason, "Records": [record]})
        except Exception:
            log.exception("record %s could not be put into %s", identifier(record), self._failures)
            return False
        return True


def identifier(record: Record) -> str:
    """What `batchItemFailures` calls a record: a message's id, or a stream record's sequence number."""
    number = record.get("dynamodb", {}).get("SequenceNumber") or record.get("kinesis", {}).get("sequenceNumber")
    return str(record.get("messageId") or number or "")


def _is_of_aws(error: Exception) -> bool:
    from botocore.exceptions import BotoCoreError, ClientError

    return isinstance(error, BotoCoreError | ClientError)


# --- What records say -------------------------------------------------------------------------------------------------


class RowChange(NamedTuple):
    """A change of a table's row, from its stream: `old` or `new` is None where there was no row.

    `expired` means that DynamoDB removed it because its time had passed ("DynamoDB Streams and Time to Live").
    """

    old: Image | None
    new: Image | None
    expired: bool


def read_change(record: Record) -> RowChange:
    """A record of a table's stream, which has to carry both images."""
    change, identity = record["dynamodb"], record.get("userIdentity") or {}
    return RowChange(
        old=change.get("OldImage"),
        new=change.get("NewImage"),
        expired=identity.get("principalId") == "dynamodb.amazonaws.com",
    )


class StoredObject(NamedTuple):
    """An object that came to S3, or was deleted there; `sequencer`, S3's own, is the event's place among its key's."""

    bucket: str
    key: str
    sequencer: str
    version: str | None
    is_removed: bool


def read_objects(record: Record) -> list[StoredObject]:
    """A queue's message with a notification of S3. S3 sends a test event, of no object, when it is set up."""
    notification = json.loads(record["body"])
    if notification.get("Event") == "s3:TestEvent":
        return []
    return [_read_object(one) for one in notification["Records"]]


def _read_object(one: Record) -> StoredObject:
    kind, thing = one["eventName"].partition(":")[0], one["s3"]["object"]
    if kind not in {"ObjectCreated", "ObjectRemoved"}:
        raise Poison(f"an event {one['eventName']!r}")
    return StoredObject(
        bucket=need(one["s3"]["bucket"], "name", str),
        key=unquote_plus(need(thing, "key", str)),
        sequencer=need(thing, "sequencer", str),
        version=thing.get("versionId"),
        is_removed=kind == "ObjectRemoved",
    )


def read_notification(record: Record) -> dict[str, object]:
    """The JSON object that came through SNS and a queue. Raises Poison."""
    found = json.loads(json.loads(record["body"])["Message"])
    if not isinstance(found, dict):
        raise Poison("a message that is no JSON object")
    return found


def need(data: Mapping[str, object], name: str, kind: type[T]) -> T:
    """A value of this type. Raises Poison."""
    value = data.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool) or value == "":
        raise Poison(f"{name} is {value!r}")
    return value


def want(data: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    """The same, or None where it is null or missing."""
    return None if data.get(name) is None else need(data, name, kind)
