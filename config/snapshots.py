"""Lambda's SnapStart: one initialised process becomes a snapshot, and many are restored from it, hours later.

What these may not share is made anew in each: what is random from a state (`os.urandom`, and with it `secrets` and
`uuid4`, has none here), connections, and credentials, which end. A verified token's times are checked whenever it is
used, and the day's signing key is derived again when the day or the credentials are others.
"""

import os
import random
import ssl
from contextlib import suppress
from importlib import import_module

from config import aws
from dynamo.connection import open_connection, shared


def register() -> None:
    """Have the runtime call these: its library is there from python3.12 on, and nowhere else."""
    hooks = import_module("snapshot_restore_py")
    hooks.register_before_snapshot(before_snapshot)
    hooks.register_after_restore(after_restore)


def before_snapshot() -> None:
    """Import what looks for credentials, which SnapStart gives by HTTP, and leave no connection open."""
    from botocore.exceptions import BotoCoreError

    with suppress(BotoCoreError):
        aws.credentials()
    forget()


def after_restore() -> None:
    """Become another than all others of the snapshot. Lambda allows ten seconds."""
    forget()
    random.seed()
    ssl.RAND_add(os.urandom(32), 32)
    open_connection()


def forget() -> None:
    """Drop connections, what DynamoDB said of the time, and credentials."""
    aws.forget()
    if transport := shared().transport:
        transport.renew()
