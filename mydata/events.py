"""Events in: erasures and exports that are asked for, and the tasks of their state machines."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from mydata.service import SERVICE
from mydata.services import begin
from serverless.events import Batch, BatchResponse, Context, Event, Record, need, want


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message of the queues `erasures` and `exports`: `run` is an export's, `again` says that it failed before."""

    owner: str
    message_id: str
    run: str = ""
    again: bool = False


def handle(event: Event, context: Context | None) -> Any:
    """What the functions `mydata-erase` and `mydata-export` are called with: messages, or a task of a state machine."""
    if "Records" not in event:
        return import_string(SERVICE.tasks[event["task"]])(event["input"], context)
    is_export = event["Records"][0].get("eventSourceARN", "").endswith("exports")
    return (begin_exports if is_export else begin_erasures)(event, context)


def begin_erasures(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `erasures`: an execution begins for each."""
    return Batch(event, context, _read).each(_begin_erasure).response()


def begin_exports(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `exports`: an execution begins for each run, another for one that is sent again."""
    return Batch(event, context, _read_export).each(_begin_export).response()


def _begin_erasure(asked: Asked) -> None:
    begin("ERASURE_MACHINE", name=asked.message_id, state={"owner": asked.owner})


def _begin_export(asked: Asked) -> None:
    name = asked.message_id if asked.again else asked.run
    begin("EXPORT_MACHINE", name=name, state={"owner": asked.owner, "run": asked.run})


def _read(record: Record) -> Asked:
    said = json.loads(record["body"])
    return Asked(owner=need(said, "owner", str), message_id=need(record, "messageId", str))


def _read_export(record: Record) -> Asked:
    said = json.loads(record["body"])
    return Asked(
        owner=need(said, "owner", str),
        message_id=need(record, "messageId", str),
        run=need(said, "run", str),
        again=bool(want(said, "again", bool)),
    )
