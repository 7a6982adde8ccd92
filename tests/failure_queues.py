"""What lies in a failure queue."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings

from config.aws import client


def taker(queue: str) -> Callable[[], list[Any]]:
    """Takes the messages of a queue, at most ten at a time; what lay there before is forgotten."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}{queue}")["QueueUrl"]

    def take() -> list[Any]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    take()
    return take
