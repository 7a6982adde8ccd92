"""Writes that succeed or fail together."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.transactions import TransactWrite

from dynamo.connection import shared


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """One TransactWriteItems of at most 100 items, sent when the block ends without an error.

    Its token makes a repeated request harmless for ten minutes, so a lost answer is no false conflict.
    Raises TransactionFailed with a reason for each part, in the order: checks, deletes, puts, updates.
    """
    with TransactWrite(connection=shared(), client_request_token=str(uuid.uuid4())) as block:
        yield block
