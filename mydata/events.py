"""Events in: erasures, exports and imports that are asked for, and the tasks of their state machines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from mydata.service import SERVICE
from mydata.services import begin
from serverless.events import Batch, Context, Event, Record, need, want

# Queue -> the variable that names its state machine.
_MACHINES = {"erasures": "ERASURE_MACHINE", "exports": "EXPORT_MACHINE", "imports": "IMPORT_MACHINE"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An execution that is to begin, once for a name: what is sent again after it has failed has another."""

    machine: str
    name: str
    state: Mapping[str, str]


def handle(event: Event, context: Context | None) -> Any:
    """Messages of a queue, for each of which an execution begins, or a task of a state machine."""
    if "Records" in event:
        return Batch(event, context, _read).each(_begin).response()
    return import_string(SERVICE.tasks[event["task"]])(event["input"], context)


def _begin(asked: Asked) -> None:
    begin(asked.machine, name=asked.name, state=asked.state)


def _read(record: Record) -> Asked:
    said, name = json.loads(record["body"]), need(record, "messageId", str)
    machine = _MACHINES[record["eventSourceARN"].rpartition("-")[2]]
    state = {"owner": need(said, "owner", str)}
    if machine != "ERASURE_MACHINE":
        state["run"] = need(said, "run", str)
        name = name if want(said, "again", bool) else state["run"]
    return Asked(machine=machine, name=name, state=state)
