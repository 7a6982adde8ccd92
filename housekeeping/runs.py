"""A run goes from step to step, as far as time allows, and leaves word where it goes on.

A step is asked again and again with the position it left; what it is asked for twice, it does twice without harm. Of
two workers that have the same message one writes first, and the other leaves it at that.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings

from dynamo.connection import shared
from dynamo.errors import AlreadyExists, DoesNotExist, VersionConflict
from dynamo.models import now, table
from housekeeping import files, texts, weekly
from housekeeping.models import DONE, RUN_KEPT, RUNNING, Run
from housekeeping.services import send
from housekeeping.turns import RESERVE, Position, Turn
from serverless.events import Context

log = logging.getLogger(__name__)

# Tables that no service owns: infra/data.yaml makes them.
SHARED = ("counters", "sessions", "changes")


def look_at_sizes(position: Position, context: Context | None) -> Turn:
    """Rows and bytes of each table, counted every six hours. One request for each. Raises DynamoError."""
    tables = {}
    for name in sorted({*SHARED, *(each for service in settings.DECLARATIONS for each in service.tables)}):
        described = shared().dispatch("DescribeTable", {"TableName": table(name)})["Table"]
        tables[name] = [int(described.get("ItemCount", 0)), int(described.get("TableSizeBytes", 0))]
    return Turn(numbers={"tables": tables})


Step = Callable[[Position, Context | None], Turn]
STEPS: Mapping[str, Sequence[Step]] = {
    "nightly": (texts.look, files.look, files.look_for_unfinished, look_at_sizes),
    "weekly": (weekly.tell,),
}
# Together no more than a row of DynamoDB takes: so many findings, and so many bytes of each of their texts in JSON.
MOST_FOUND, MOST_BYTES = 400, 300


def keep_house(run: str, job: str, context: Context | None) -> None:
    """Go on with a run, or begin it. Raises DynamoError and botocore's errors: then it goes on where it was."""
    with suppress(AlreadyExists):
        Run(run, job=job, expires=now() + RUN_KEPT).create()
    with suppress(VersionConflict, DoesNotExist):
        row = Run.fetch((run,))
        while row.status == RUNNING:
            row = _turn(row, context)
            if context and context.get_remaining_time_in_millis() < RESERVE and row.status == RUNNING:
                send(run, job)
                return


def _turn(row: Run, context: Context | None) -> Run:
    left: list[Any] = json.loads(row.left) if row.left else [[number, None] for number in range(len(STEPS[row.job]))]
    (step, position), *behind = left
    try:
        turn = STEPS[row.job][step](position, context)
    except Exception:
        # When the message comes again, those behind it go first: they need not wait for it.
        later = Run.left.set(json.dumps([*behind, [step, position]]))
        Run.change((row.id,), [later], expect=int(row.version))
        raise
    left = [[step, turn.position], *behind] if turn.position is not None else behind
    found = [*json.loads(row.found), *([_cut(text) for text in each] for each in turn.found)][:MOST_FOUND]
    actions = [
        Run.left.set(json.dumps(left)),
        Run.numbers.set(json.dumps(_sum(json.loads(row.numbers), turn.numbers))),
        Run.found.set(json.dumps(found, ensure_ascii=False)),
    ]
    if not left:
        actions += [Run.status.set(DONE), Run.ended_at.set(now())]
        log.info("%s has ended and found %d", row.id, len(found))
    return Run.change((row.id,), actions, expect=int(row.version))


def _cut(text: str) -> str:
    """A text as far as it is kept: an address in a post may be as long as the post."""
    kept = text[:MOST_BYTES]
    while len(json.dumps(kept, ensure_ascii=False).encode()) > MOST_BYTES:
        kept = kept[: len(kept) * 9 // 10]
    return text if kept == text else f"{kept}…"


def _sum(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Counts add up; what is no count is replaced."""
    added = {key: value + before.get(key, 0) if isinstance(value, int) else value for key, value in more.items()}
    return {**before, **added}
