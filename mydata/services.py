"""Asking for an erasure, and beginning it."""

import json

from config import env
from config.aws import client
from dynamo.models import table
from mydata.models import Erasure

QUEUE = "erasures"


def request_erasure(*, owner: str, email: str | None) -> Erasure:
    """Have the account and all of its data deleted. Raises botocore's errors: then ask again."""
    row = Erasure.keep(owner, email)
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=table(QUEUE))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"owner": owner}))
    return row


def begin(*, owner: str, message_id: str) -> None:
    """Begin an execution for a message, once however often it comes. Raises botocore's errors."""
    machines = client("stepfunctions")
    try:
        machines.start_execution(
            stateMachineArn=env.text("ERASURE_MACHINE"), name=message_id, input=json.dumps({"owner": owner})
        )
    except machines.exceptions.ExecutionAlreadyExists:
        return
