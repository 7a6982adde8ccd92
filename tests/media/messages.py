"""A queue that hears what media tells the other services."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from config.aws import client
from tests.waiting import until


class Listener:
    """All messages since it began to listen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[dict[str, Any]] = []

    def about(self, upload_id: str) -> list[dict[str, Any]]:
        """The messages about one upload so far."""
        answer = client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self.heard.append(json.loads(json.loads(message["Body"])["Message"]))
            client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [message for message in self.heard if message["id"] == upload_id]

    def wait(self, upload_id: str, kind: str, count: int = 1) -> dict[str, Any]:
        """The message of this kind about one upload, the last of so many."""

        def check() -> list[dict[str, Any]]:
            found = [message for message in self.about(upload_id) if message["type"] == kind]
            return found if len(found) >= count else []

        return until(check, f"{count} {kind}")[-1]


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen to the topic as the services do, by a queue."""
    sqs, sns = client("sqs"), client("sns")
    url = sqs.create_queue(QueueName=f"listener-{uuid.uuid4().hex}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(
        TopicArn=settings.MEDIA_TOPIC_ARN, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
    )
    try:
        yield Listener(url)
    finally:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=url)
