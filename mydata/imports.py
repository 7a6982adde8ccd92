"""The tasks of the state machine `import`, each of which may be done twice or end half way.

A file is looked at as a whole before anything is made of it. Then its to-dos are made batch by batch, and after each
the row says how many had their turn: the next invocation goes on there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from config import env
from config.aws import client
from dynamo.models import now
from mydata.exports import Task
from mydata.models import Import, State
from mydata.services import import_key
from mydata.uploaded import Refused, read
from serverless.errors import InvalidValue
from serverless.events import Context

# What must be left of an invocation to begin another batch, in milliseconds.
RESERVE = 30_000


def load(task: Task, context: Context | None) -> Task:
    """Make as much of the file as time allows. Raises DynamoError and botocore's errors."""
    row = Import.of(task["owner"], task["run"])
    if row is None or row.state in {State.READY, State.REFUSED}:
        return {**task, "next": "Stop"}
    make = next(import_string(service.imports) for service in settings.DECLARATIONS if service.imports)
    try:
        kind, text = read(env.text("UPLOADS_BUCKET"), import_key(row.owner, row.run))
        for batch in make(row.owner, row.run, kind, text, int(row.at)):
            if not _count(row, batch):
                return {**task, "next": "Stop"}
            if context and context.get_remaining_time_in_millis() < RESERVE:
                return {**task, "next": "Load"}
    except (Refused, InvalidValue) as refusal:
        _end(row, State.REFUSED, reason=str(refusal))
    else:
        _end(row, State.READY)
    return {**task, "next": "Stop"}


def fail(task: Task, context: Context | None) -> Task:
    """It could not be done: its user may try again, which makes nothing twice. Raises DynamoError."""
    row = Import.of(task["owner"], task["run"])
    if row is not None and row.state not in {State.READY, State.REFUSED}:
        row.set(state=State.FAILED)
    return task


def _count(row: Import, batch: Sequence[Any]) -> bool:
    """Add a batch's outcomes; False if another import has its place."""
    counts = Counter(outcome.result for outcome in batch)
    lines = orjson.loads(row.lines)
    lines += [asdict(outcome) for outcome in batch if outcome.result == "refused" or outcome.reason]
    row.at, row.lines = int(row.at) + len(batch), orjson.dumps(lines[: Import.MAX_LINES]).decode()
    for name in ("made", "there", "refused"):
        setattr(row, name, int(getattr(row, name)) + counts[name])
    names = ("at", "lines", "made", "there", "refused")
    return row.set(state=State.RUNNING, **{name: getattr(row, name) for name in names})


def _end(row: Import, state: State, reason: str | None = None) -> None:
    """The row says what came of it; the file goes."""
    at = now()
    said = {"reason": reason} if reason else {}
    row.set(state=state, finished_at=at, expires=at + Import.READY_FOR, **said)
    client("s3").delete_object(Bucket=env.text("UPLOADS_BUCKET"), Key=import_key(row.owner, row.run))
