"""Events in: erasures that are asked for, and the tasks of their state machine."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from mydata.service import SERVICE
from mydata.services import begin
from serverless.events import Batch, BatchResponse, Context, Event, Record, need


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message of the queue `erasures`."""

    owner: str
    message_id: str


def handle(event: Event, context: Context | None) -> Any:
    """What the function `mydata-erase` is called with: messages, or a task of the state machine."""
    if "Records" in event:
        return begin_erasures(event, context)
    return import_string(SERVICE.tasks[event["task"]])(event["input"], context)


def begin_erasures(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `erasures`: an execution begins for each."""
    return Batch(event, context, _read).each(_begin).response()


def _begin(asked: Asked) -> None:
    begin(owner=asked.owner, message_id=asked.message_id)


def _read(record: Record) -> Asked:
    said = json.loads(record["body"])
    return Asked(owner=need(said, "owner", str), message_id=need(record, "messageId", str))
