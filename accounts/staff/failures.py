"""Events no retry could handle: what waits in the failure queues, and sending it on its way again. For admins alone.

A message is sent on before it is taken out, so none is lost; should we end in between it comes twice, which every
handler expects. What came from a queue goes back there. Of a stream the message has the record
itself, if it could not be read, or only says where the records are, for 24 hours: they are handed to the handler while
the admin waits.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.module_loading import import_string

from config.aws import client, queue_url
from dynamo.transport import encode

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SUFFIX = "-failures"
# How many messages are shown or sent on at once; how long they are ours meanwhile, in seconds.
AT_ONCE, HELD = 100, 120
BATCH = 10  # SQS's own
# For how many seconds another message is sent on: a request ends before API Gateway does.
TURN_SECONDS = 10
# A page of a stream is a megabyte at most, and may be empty; a batch of Lambda is six.
PAGES = 20
MAX_BODY = 4000


class NotSentOn(Exception):
    """Why a message stays where it is."""


@dataclass(frozen=True)
class FailedMessage:
    """One message in a failure queue."""

    id: str
    at: datetime
    body: str


@dataclass(frozen=True)
class FailureQueue:
    """A failure queue; `waiting` is about how many messages it holds, None where it can't be asked."""

    name: str
    waiting: int | None = None

    @property
    def title(self) -> str:
        """What failed."""
        return self.name.removesuffix(SUFFIX)


def queues() -> list[FailureQueue]:
    """All of them. Two requests to SQS for each."""
    names = list(settings.FAILURE_QUEUES)
    client("sqs")  # made before the threads share it
    # One after the other, a slow SQS would take longer than a request may.
    with ThreadPoolExecutor(len(names)) as threads:
        return [FailureQueue(*each) for each in zip(names, threads.map(_waiting, names), strict=True)]


def _waiting(name: str) -> int | None:
    try:
        answer = client("sqs").get_queue_attributes(
            QueueUrl=queue_url(name),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
    except (ClientError, BotoCoreError):
        return None
    return sum(int(number) for number in answer["Attributes"].values())


def look(name: str) -> list[FailedMessage]:
    """The messages of a queue, the oldest first, as far as SQS shows them now. Raises botocore's errors."""
    found = [
        FailedMessage(
            message["MessageId"],
            datetime.fromtimestamp(int(message.get("Attributes", {}).get("SentTimestamp", "0")) / 1000, UTC),
            _readable(message["Body"])[:MAX_BODY],
        )
        for message in _take(name)
    ]
    return sorted(found, key=lambda failure: failure.at)


def send_on(name: str, only: str | None = None) -> tuple[int, list[str]]:
    """Send the messages of a queue, or `only` one of them, on their way again: how many, and why others stayed.

    Raises botocore's errors.
    """
    done, problems, end = 0, [], time.monotonic() + TURN_SECONDS
    for message in _take(name):
        if time.monotonic() > end:
            problems.append("It takes long: send the others on in a moment.")
            break
        if only is not None and message["MessageId"] != only:
            continue
        try:
            if source := settings.FAILURE_QUEUES[name]:
                client("sqs").send_message(QueueUrl=queue_url(source), MessageBody=message["Body"])
            else:
                _replay(message["Body"])
        except (NotSentOn, ClientError, BotoCoreError) as error:
            problems.append(str(error))
            continue
        client("sqs").delete_message(QueueUrl=queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        done += 1
        if only is not None:
            break
    return done, list(dict.fromkeys(problems))


def _take(name: str) -> Iterator["MessageTypeDef"]:
    """Messages, held while they are dealt with; those that are left are there again at once.

    What comes meanwhile is left: a handler may put aside again what it was handed, and so without an end.
    """
    taken: list[MessageTypeDef] = []
    begun = int(time.time() * 1000)
    try:
        while len(taken) < AT_ONCE:
            answer = client("sqs").receive_message(
                QueueUrl=queue_url(name),
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=HELD,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            taken += messages
            if not (old := [each for each in messages if int(each["Attributes"]["SentTimestamp"]) <= begun]):
                break
            yield from old
    finally:
        for message in taken:
            # Of one that has been taken out SQS says that it knows no such message.
            with suppress(ClientError):
                client("sqs").change_message_visibility(
                    QueueUrl=queue_url(name), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )


def _batch(body: str) -> dict[str, Any]:
    """Where in a stream the records are, as Lambda's message says. Raises NotSentOn."""
    try:
        batch = json.loads(body)["DDBStreamBatchInfo"]
        int(batch["startSequenceNumber"]), int(batch["endSequenceNumber"])
        return {**batch, "streamArn": str(batch["streamArn"])}
    except (ValueError, TypeError, KeyError):
        raise NotSentOn("This message does not say where in a stream its records are.") from None


def _replay(body: str) -> None:
    """Hand the records of a stream to their handler."""
    records: list[dict[str, Any]] = []
    with suppress(ValueError, TypeError, KeyError):
        records = list(json.loads(body)["Records"])  # those a handler itself put aside
    if not records:
        records = list(_records(_batch(body)))
    if not records:
        raise NotSentOn("The stream no longer holds these records: it keeps them for 24 hours.")
    handle = import_string(settings.EVENT_HANDLER)
    try:
        result = handle({"Records": records}, None)
    except Exception as error:  # whatever a handler raises is a failed event
        raise NotSentOn(f"It failed again: {error}") from error
    if (result or {}).get("batchItemFailures"):
        raise NotSentOn("It failed again; the log says why.")


def _records(batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """No record where the stream has forgotten them. Raises NotSentOn where it gives the first, and not the last."""
    streams, arn = client("dynamodbstreams"), batch["streamArn"]
    first, last = batch["startSequenceNumber"], int(batch["endSequenceNumber"])
    with suppress(streams.exceptions.TrimmedDataAccessException, streams.exceptions.ResourceNotFoundException):
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=_shard(batch), ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
        )["ShardIterator"]
        for _ in range(PAGES):
            answer = streams.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                number = int(record["dynamodb"]["SequenceNumber"])
                if number <= last:
                    # As Lambda gives it, in JSON: boto3 has made datetimes and bytes of times and binary values.
                    yield json.loads(encode({**record, "eventSourceARN": arn}))
                if number >= last:
                    return
            if not (iterator := answer.get("NextShardIterator", "")):
                break
        raise NotSentOn("The stream does not give all of these records now.")


def _shard(batch: dict[str, Any]) -> str:
    """Where the records are; the embedded AWS has one shard and does not name it."""
    if "shardId" in batch:
        return str(batch["shardId"])
    found = client("dynamodbstreams").describe_stream(StreamArn=batch["streamArn"])["StreamDescription"]["Shards"]
    return str(found[0]["ShardId"])


def _readable(body: str) -> str:
    """JSON with a member on each line; a message inside of a message, too."""
    try:
        content = json.loads(body)
        if isinstance(content, dict) and isinstance(content.get("Message"), str):
            with suppress(ValueError):
                content = {**content, "Message": json.loads(content["Message"])}
        return json.dumps(content, indent=2, ensure_ascii=False)
    except ValueError:
        return body
