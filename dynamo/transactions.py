"""Writes that succeed or fail together."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from dynamo.connection import shared
from dynamo.models import Key, VersionedModel, now


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """One TransactWriteItems of at most 100 items, sent when the block ends without an error.

    Its token makes a repeated request harmless for ten minutes, so a lost answer is no false conflict.
    Raises TransactionFailed with a reason for each part, in the order: checks, deletes, puts, updates.
    """
    with TransactWrite(connection=shared(), client_request_token=str(uuid.uuid4())) as block:
        yield block


def create_in(block: TransactWrite, item: VersionedModel) -> None:
    """What `VersionedModel.create` does, as part of a transaction: the item is new, at version 1 unless it has one."""
    item.version = item.version or 1
    item.write_id = uuid.uuid4().hex
    item.created_at = item.created_at or now()
    item.updated_at = item.updated_at or item.created_at
    block.save(item, type(item)._hash_attribute().does_not_exist())


def change_in(
    block: TransactWrite,
    model: type[VersionedModel],
    key: Key,
    actions: Sequence[Action],
    *,
    expect: int | None = None,
    at: datetime | None = None,
) -> None:
    """What `VersionedModel.change` does, as part of a transaction."""
    stamps = model.stamps(uuid.uuid4().hex, at or now())
    block.update(model(*key), [*actions, *stamps], model._all_of(expect, None, exists=True))


def remove_in(
    block: TransactWrite,
    model: type[VersionedModel],
    key: Key,
    *,
    expect: int | None = None,
    condition: Condition | None = None,
) -> None:
    """What `VersionedModel.remove` does, as part of a transaction."""
    block.delete(model(*key), model._all_of(expect, condition, exists=True))
