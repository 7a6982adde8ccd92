"""Recorded news of uploads, told of the uploads of a test."""

import json
import uuid
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent / "events"


def record(kind: str, owner: str, upload_id: str, /, **changes: Any) -> dict[str, Any]:
    """The SQS record that came when an upload became `kind`: ready, failed or deleted."""
    event = json.loads((EVENTS / f"{kind}.json").read_text())
    found: dict[str, Any] = event["Records"][0]
    envelope = json.loads(found["body"])
    message = {**json.loads(envelope["Message"]), "owner": owner, "id": upload_id, **changes}
    envelope["Message"] = json.dumps({name: value for name, value in message.items() if value is not ...})
    return {**found, "body": json.dumps(envelope), "messageId": str(uuid.uuid4())}


def tell(*records: dict[str, Any]) -> list[str]:
    """Hand the records to the Lambda entry as one batch; the ids of those that failed."""
    from config.lambda_handler import handler

    answer = handler({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
