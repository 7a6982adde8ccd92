"""Asking for an erasure or an export, and beginning it."""

import json
from collections.abc import Mapping

from config import env
from config.aws import client
from dynamo.models import table
from mydata.models import Erasure, Export, State

LINK_SECONDS = 600


def request_erasure(*, owner: str, email: str | None) -> Erasure:
    """Have the account and all of its data deleted. Raises botocore's errors: then ask again."""
    row = Erasure.keep(owner, email)
    _send("erasures", {"owner": owner})
    return row


def request_export(*, owner: str) -> Export:
    """Have all data packed; what is under way stays the one. Raises DynamoError, botocore's errors: then ask again."""
    row = Export.ask(owner)
    if row.state == State.WAITING:  # its message may be what failed before
        _send("exports", {"owner": owner, "run": row.run})
    return row


def download_link(row: Export) -> str:
    """An address of the ZIP for its owner, good for LINK_SECONDS. No request to AWS."""
    name = f"mydata-{row.requested_at:%Y-%m-%d}.zip"
    return client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": env.text("UPLOADS_BUCKET"),
            "Key": export_key(row.owner, row.run),
            "ResponseContentDisposition": f'attachment; filename="{name}"',
        },
        ExpiresIn=LINK_SECONDS,
    )


def export_key(owner: str, run: str) -> str:
    """Where an export lies: in a folder of its owner that their own credentials don't reach."""
    return f"exports/{owner}/{run}.zip"


def begin(machine: str, *, name: str, state: Mapping[str, object]) -> None:
    """Begin an execution of the machine a variable names, once for a name. Raises botocore's errors."""
    machines = client("stepfunctions")
    try:
        machines.start_execution(stateMachineArn=env.text(machine), name=name, input=json.dumps(state))
    except machines.exceptions.ExecutionAlreadyExists:
        return


def _send(queue: str, message: Mapping[str, object]) -> None:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=table(queue))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))
