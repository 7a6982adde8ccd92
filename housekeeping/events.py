"""Events in: the clock's messages, and those of runs that go on."""

import json
from dataclasses import dataclass

from dynamo.errors import DynamoError
from housekeeping import runs
from serverless.events import Batch, BatchResponse, Context, Event, Poison, Record, need


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message of the queue `housekeeping`."""

    run: str
    job: str


def keep_house(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `housekeeping`: a run begins, or goes on."""
    batch = Batch(event, context, _read, passing=(DynamoError,))
    return batch.each(lambda asked: runs.keep_house(asked.run, asked.job, context)).response()


def _read(record: Record) -> Asked:
    said = json.loads(record["body"])
    job = need(said, "job", str)
    if job not in runs.STEPS:
        raise Poison(f"there is no job {job!r}")
    return Asked(run=need(said, "run", str), job=job)
