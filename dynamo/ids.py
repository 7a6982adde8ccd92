"""Ids that sort by the time they were made, so that a range of them is in order without an index."""

import os
import time
import uuid


def new_id() -> str:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, then 74 random bits."""
    value = int.from_bytes(int(time.time() * 1000).to_bytes(6) + os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=value))
