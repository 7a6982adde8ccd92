"""Beginning a run, and going on with it: a message each."""

import json
from typing import Literal

from config.aws import client
from dynamo.models import now, table

QUEUE = "housekeeping"
Job = Literal["nightly", "weekly"]


def begin(job: str) -> str:
    """Have a run begin now; its name. Raises botocore's errors."""
    run = f"{now():%Y-%m-%dT%H:%M:%SZ}-{job}"
    send(run, job)
    return run


def send(run: str, job: str) -> None:
    """Have a run begin or go on. Raises botocore's errors."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=table(QUEUE))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"run": run, "job": job}))
