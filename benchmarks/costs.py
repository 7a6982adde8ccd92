"""What a request of each kind asks of DynamoDB and sends back, in units and in money.

Prices: us-east-1, on demand, in dollars per million, from the price lists of 2026.
"""

from base64 import b64decode
from collections.abc import Mapping
from math import ceil
from typing import Any

from benchmarks.fixtures import listed_post, todo, whole_post

READ_UNIT, WRITE_UNIT, GIGABYTE_OUT = 0.125, 0.625, 0.09
LABELS = {"list": "25 to-dos", "create": "create", "get": "get", "posts": "25 posts", "post": "a post"}
INDEXES_OF_TODOS = 2


def costs(facts: dict[str, Any]) -> list[list[str]]:
    """A row for each operation; `facts` are what the product's process has said of them."""
    reads = {
        # A page reads one row more than it shows.
        "list": units(26 * size(todo(3)), 4096) / 2,
        "get": units(size(todo(3)), 4096),
        "posts": units(26 * size(listed_post(3)), 4096) / 2,
        "post": units(size(whole_post(3)), 4096) / 2,
    }
    # A new row is written to its table and to each index it is in.
    writes = {"create": units(size(todo(3)), 1024) * (1 + INDEXES_OF_TODOS)}
    rows = [["request", "DynamoDB", "read units", "write units", "bytes", "$ per million: DynamoDB", "sent"]]
    for operation, label in LABELS.items():
        read, write = reads.get(operation, 0), writes.get(operation, 0)
        rows.append(row(label, facts[operation], read, write))
        if unchanged := facts[operation].get("unchanged"):
            rows.append(row(f"{label}, 304", unchanged, read, write))
    return rows


def row(label: str, told: dict[str, Any], read: float, write: float) -> list[str]:
    """What one request costs."""
    money = (read * READ_UNIT + write * WRITE_UNIT, told["bytes"] / 1000 * GIGABYTE_OUT)
    return [
        label,
        ", ".join(told["requests"]),
        f"{read:g}",
        f"{write:g}",
        str(told["bytes"]),
        *map("{:.2f}".format, money),
    ]


def units(size_in_bytes: int, step: int) -> float:
    """How many steps of so many bytes begin."""
    return ceil(size_in_bytes / step)


def size(value: Mapping[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them: names and values, 3 for each list or map and 1 for each element."""
    match value:
        case {"L": list() as held}:
            return 3 + sum(1 + size(each) for each in held)
        case {"M": dict() as held}:
            return 3 + sum(1 + len(name) + size(each) for name, each in held.items())
        case {"BOOL": bool()}:
            return 1
        case {"N": str() as held}:
            return ceil(len(held) / 2) + 1
        case {"B": str() as held}:
            return len(b64decode(held))
        case {"B": bytes() as held}:
            return len(held)
        case {"S": str() as held}:
            return len(held.encode())
    return sum(len(name) + size(each) for name, each in value.items())
