"""Recorded events, told of the uploads and subscribers of a test."""

import json
import uuid
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent / "events"


def recorded(name: str) -> dict[str, Any]:
    """The only record of an event that came."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())["Records"][0]
    return found


def upload_news(kind: str, owner: str, upload: str, **changes: Any) -> dict[str, Any]:
    """The SQS record that came when an upload became `kind`: ready, failed or deleted."""
    found = recorded(kind)
    envelope = json.loads(found["body"])
    envelope["Message"] = json.dumps({**json.loads(envelope["Message"]), "owner": owner, "id": upload, **changes})
    return {**found, "body": json.dumps(envelope), "messageId": str(uuid.uuid4())}


def subscription(email: str, number: int = 1) -> dict[str, Any]:
    """The stream record that came when somebody subscribed."""
    found = recorded("subscribed")
    key = {"email": {"S": email}}
    image = {**found["dynamodb"]["NewImage"], **key, "address": {"S": email}}
    return {**found, "dynamodb": {**found["dynamodb"], "Keys": key, "NewImage": image, "SequenceNumber": str(number)}}


def tell(*records: dict[str, Any]) -> list[str]:
    """Hand the records to the Lambda entry as one batch; the ids of those that failed."""
    from config.lambda_handler import handler

    answer = handler({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
