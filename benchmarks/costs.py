"""What a request of each kind asks of DynamoDB and sends back, in units and in money.

Prices: us-east-1, on demand, in dollars per million, from the price lists of 2026.
"""

from math import ceil
from typing import Any

from benchmarks.fixtures import listed_post, todo, whole_post

READ_UNIT, WRITE_UNIT, GIGABYTE_OUT = 0.125, 0.625, 0.09
LABELS = {"list": "25 to-dos", "create": "create", "get": "get", "posts": "25 posts", "post": "a post"}
TODO_INDEXES = 5


def costs(facts: dict[str, Any]) -> list[list[str]]:
    """A row for each operation; `facts` are what the product's process has said of them."""
    reads = {
        "list": units(25 * size(todo(3)), 4096),
        "get": units(size(todo(3)), 4096),
        "posts": units(25 * size(listed_post(3)), 4096) / 2,
        "post": units(size(whole_post(3)), 4096) / 2,
    }
    # A new row is written to its table and to each index it is in.
    writes = {"create": units(size(todo(3)), 1024) * (1 + TODO_INDEXES)}
    rows = [["request", "DynamoDB", "read units", "write units", "bytes", "$ per million: DynamoDB", "sent"]]
    for operation, label in LABELS.items():
        read, write, sent = reads.get(operation, 0), writes.get(operation, 0), facts[operation]["bytes"]
        money = f"{read * READ_UNIT + write * WRITE_UNIT:.2f}"
        asked = ", ".join(facts[operation]["requests"])
        rows.append([label, asked, f"{read:g}", f"{write:g}", str(sent), money, f"{sent / 1000 * GIGABYTE_OUT:.2f}"])
    return rows


def units(size_in_bytes: int, step: int) -> float:
    """How many steps of so many bytes begin."""
    return ceil(size_in_bytes / step)


def size(value: Any) -> int:
    """Bytes of an item as DynamoDB counts them: names and values, 3 for each list or map and 1 for each element."""
    if "L" in value:
        return 3 + sum(1 + size(each) for each in value["L"])
    if "M" in value:
        return 3 + sum(1 + len(name) + size(each) for name, each in value["M"].items())
    if len(value) == 1 and isinstance(next(iter(value.values())), str | bool):
        ((kind, held),) = value.items()
        return (
            1
            if kind == "BOOL"
            else ceil(len(held) / 2) + 1
            if kind == "N"
            else len(held) * 3 // 4
            if kind == "B"
            else len(held)
        )
    return sum(len(name) + size(each) for name, each in value.items())
