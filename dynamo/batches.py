"""Many items by their keys, in as few requests as DynamoDB allows."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from dynamo.connection import shared
from dynamo.errors import DoesNotExist, Unavailable
from dynamo.models import Key, Model

# DynamoDB's limit on keys in one BatchGetItem, and how often unprocessed ones are asked for again.
BATCH, BATCH_TRIES = 100, 4


def fetch_many(model: type[Model], keys: Sequence[Key]) -> list[Any]:
    """The items of these keys that are there, read consistently, in no order. Raises Unavailable."""
    if len(keys) == 1:
        try:
            return [model.fetch(keys[0])]
        except DoesNotExist:
            return []
    found = (item for start in range(0, len(keys), BATCH) for item in _batch(model, keys[start : start + BATCH]))
    return [item for item in found if not item.is_expired()]


def _batch(model: type[Model], keys: Sequence[Key]) -> Iterator[Any]:
    connection, wanted = model._get_connection(), [_raw_key(model, key) for key in keys]
    for _ in range(BATCH_TRIES):
        answer = shared().batch_get_item(connection.table_name, cast(Any, wanted), consistent_read=True)
        for raw in answer["Responses"].get(connection.table_name, []):
            yield model.from_raw_data(raw)
        wanted = answer.get("UnprocessedKeys", {}).get(connection.table_name, {}).get("Keys", [])
        if not wanted:
            return
    raise Unavailable("DynamoDB left keys of a batch unread.")


def _raw_key(model: type[Model], key: Key) -> dict[str, Any]:
    attributes = model.get_attributes()
    names = [str(name) for name in (model._hash_keyname, model._range_keyname) if name]
    return {
        attributes[name].attr_name: attributes[name].serialize(value) for name, value in zip(names, key, strict=True)
    }
