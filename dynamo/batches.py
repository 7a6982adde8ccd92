"""Many items by their keys, in as few requests as DynamoDB allows."""

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from dynamo.connection import shared
from dynamo.errors import Unavailable
from dynamo.models import Key, Model
from dynamo.writing import Raw

# DynamoDB's limit on keys in one BatchGetItem; how often what it left unread, as it does under load, is asked for
# again, and the ceiling of the first pause before that, in seconds.
BATCH, BATCH_TRIES, PAUSE = 100, 4, 0.05


def fetch_many(model: type[Model], keys: Sequence[Key]) -> list[Any]:
    """The items of these keys that are there, each once, read consistently, in no order. Raises Unavailable."""
    keys = list(dict.fromkeys(keys))  # DynamoDB refuses a batch that names one twice
    if len(keys) == 1:
        only = model.fetch_or_none(keys[0])
        return [] if only is None else [only]
    found = map(model.from_raw_data, fetch_raw_many(model.Meta.table_name, [model.raw_key(key) for key in keys]))
    return [item for item in found if not item.is_expired()]


def fetch_raw_many(table: str, keys: Sequence[Raw], wanted: Sequence[str] = ()) -> Iterator[Raw]:
    """The same in DynamoDB's notation, of a table by its full name: the items, or `wanted` attributes of each."""
    names = {f"#a{number}": name for number, name in enumerate(wanted)}
    more = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
    for start in range(0, len(keys), BATCH):
        yield from _batch(table, {"Keys": keys[start : start + BATCH], "ConsistentRead": True, **more})


def _batch(table: str, wanted: dict[str, Any]) -> Iterator[Raw]:
    asked = {table: wanted}
    for attempt in range(BATCH_TRIES):
        if attempt:
            time.sleep(random.random() * PAUSE * 2 ** (attempt - 1))  # noqa: S311  # jitter needs no secret
        answer = shared().dispatch("BatchGetItem", {"RequestItems": asked})
        yield from answer["Responses"].get(table, [])
        asked = answer.get("UnprocessedKeys") or {}
        if not asked:
            return
    raise Unavailable("DynamoDB left keys of a batch unread.")
