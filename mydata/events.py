"""Events in: erasures, exports and imports that are asked for, and the tasks of their state machines."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.module_loading import import_string

from mydata.service import SERVICE
from mydata.services import begin
from serverless.events import Batch, BatchResponse, Context, Event, Record, need, want


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message of one of the queues: `run` is an export's or import's, `again` says that it failed before."""

    owner: str
    message_id: str
    run: str = ""
    again: bool = False


def handle(event: Event, context: Context | None) -> Any:
    """What the workers are called with: messages of their queue, or a task of their state machine."""
    if "Records" not in event:
        return import_string(SERVICE.tasks[event["task"]])(event["input"], context)
    queue = event["Records"][0]["eventSourceARN"].rpartition("-")[2]
    return {"erasures": begin_erasures, "exports": begin_exports, "imports": begin_imports}[queue](event, context)


def begin_erasures(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `erasures`: an execution begins for each."""
    return Batch(event, context, _read).each(_begin_erasure).response()


def begin_exports(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `exports`: an execution begins for each run, another for one that is sent again."""
    return Batch(event, context, _read_run).each(partial(_begin_run, "EXPORT_MACHINE")).response()


def begin_imports(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `imports`, likewise."""
    return Batch(event, context, _read_run).each(partial(_begin_run, "IMPORT_MACHINE")).response()


def _begin_erasure(asked: Asked) -> None:
    begin("ERASURE_MACHINE", name=asked.message_id, state={"owner": asked.owner})


def _begin_run(machine: str, asked: Asked) -> None:
    name = asked.message_id if asked.again else asked.run
    begin(machine, name=name, state={"owner": asked.owner, "run": asked.run})


def _read(record: Record) -> Asked:
    said = json.loads(record["body"])
    return Asked(owner=need(said, "owner", str), message_id=need(record, "messageId", str))


def _read_run(record: Record) -> Asked:
    said = json.loads(record["body"])
    return Asked(
        owner=need(said, "owner", str),
        message_id=need(record, "messageId", str),
        run=need(said, "run", str),
        again=bool(want(said, "again", bool)),
    )
