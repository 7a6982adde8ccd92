"""Counting in DynamoDB, so that a limit holds across processes: one UpdateItem a count."""

import time
from datetime import UTC, datetime

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from dynamo.models import Model, table


class Counter(Model):
    """How often something happened in one window of time; rows leave by TTL."""

    class Meta:
        table_name = table("counters")

    key = UnicodeAttribute(hash_key=True)
    events = NumberAttribute(default=0)
    expires = TTLAttribute()


def count(name: str, window: int, number: int = 1) -> tuple[int, int]:
    """Count one event named `name`, or another number; returns (events in this window, seconds until it ends).

    Windows are fixed: they begin at multiples of `window` seconds. Raises Unavailable.
    """
    now = int(time.time())
    end = now - now % window + window
    answer = Counter.write(
        "UpdateItem",
        (f"{name}:{end}",),
        # An hour's grace: a clock that is behind must not see its own row expire.
        actions=[Counter.events.add(number), Counter.expires.set(datetime.fromtimestamp(end + 3600, UTC))],
        return_values="UPDATED_NEW",
    )
    return int(answer["Attributes"]["events"]["N"]), end - now
