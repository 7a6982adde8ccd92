"""What a request costs among few rows of others and among many: `python -m benchmarks.growth ROWS` says it as JSON.

The product's handler on an embedded AWS, whose tables are the template's without their streams: it would keep every
record of them in memory. How long the embedded AWS searches is its own affair, and shown apart: it sorts a whole
partition for each Query, which is why the posts, all in one, are fewer.
"""

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.costs import LABELS, size, units
from benchmarks.fixtures import TABLE_PREFIX, Context, listed_post, private_key, request, todo, token, whole_post
from benchmarks.servers import free_port
from benchmarks.workers import PROJECT_DIR
from infra.lint import load
from infra.local.emulator import CREDENTIALS, Emulator

FEW, ROWS_OF_ONE, MOST_POSTS = 10, 10, 1_000
READS = ("list", "get", "posts", "post")
TIMES = 50
# What others' rows need to stand in every index.
INDEXED = ("order", "open_order", "due_order", "created_at", "updated_at")
TABLE_KEYS = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "BillingMode")

Row = dict[str, Any]


def main() -> None:
    """Measure among FEW rows of others, then among as many as asked for."""
    many = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, Emulator(free_port(), Path(folder), persist=False) as aws:
        os.environ |= {**CREDENTIALS, "AWS_ENDPOINT_URL": aws.endpoint_url}
        product = Product()
        product.make_tables()
        product.put("todos", (todo(number) for number in range(25)))
        product.put("todos", [{**todo(3), "id": {"S": str(uuid.uuid4())}}])
        product.put("posts", (whole_post(number) for number in range(25)))
        measured: list[Row] = []
        before = 0
        for count in (FEW, many):
            product.put("todos", others_todos(count - before))
            product.put("posts", others_posts(before, min(count, MOST_POSTS)))
            measured.append({operation: product.measure(operation) for operation in READS})
            before = count
    print(json.dumps(list(rows(many, *measured))))


class Product:
    """The product's handler, whose requests to DynamoDB are looked at on their way."""

    def __init__(self) -> None:
        from benchmarks.stacks.product import handler
        from dynamo.connection import shared

        transport = shared().transport
        assert transport is not None, "Growth is measured with the own transport."
        del transport.send  # the stub: here there is a network
        self._handler, self._call, self._seen = handler, transport.call, list[tuple[float, float]]()
        transport.call = self._looked_at  # type: ignore[method-assign]
        self._token = token(private_key())

    def _looked_at(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        begun = time.perf_counter()
        answer = self._call(operation, arguments)
        took = time.perf_counter() - begun
        items = answer.get("Items") or [answer["Item"]]
        share = 1 if arguments.get("ConsistentRead") else 2
        self._seen.append((took, units(sum(map(size, items)), 4096) / share))
        return answer

    def measure(self, operation: str) -> Row:
        """One page: what it asks and answers each time, and the times."""
        event, context, cpu = request(operation, self._token), Context(), []
        for _ in range(TIMES):
            self._seen.clear()
            begun = time.process_time_ns()
            answer = self._handler(event, context)
            cpu.append((time.process_time_ns() - begun) / 1000)
            assert answer["statusCode"] == 200, answer
        waits, read = zip(*self._seen, strict=True)
        return {
            "same": (len(self._seen), sum(read), len(answer["body"].encode())),
            "cpu": median(cpu[TIMES // 5 :]),
            "wait": sum(waits) * 1000,
        }

    def make_tables(self) -> None:
        """Those of the to-dos and of the posts."""
        resources = load(PROJECT_DIR / "infra" / "data.yaml")["Resources"]
        for name in ("Todos", "Posts"):
            properties = resources[f"{name}Table"]["Properties"]
            kept = {key: properties[key] for key in TABLE_KEYS if key in properties}
            self._call("CreateTable", {"TableName": f"{TABLE_PREFIX}{name.lower()}", **kept})

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows, 25 at a time."""
        some: list[Row] = []
        for row in rows:
            some.append({"PutRequest": {"Item": row}})
            if len(some) == 25:
                self._write(table, some)
                some = []
        self._write(table, some)

    def _write(self, table: str, puts: list[Row]) -> None:
        if puts:
            answer = self._call("BatchWriteItem", {"RequestItems": {f"{TABLE_PREFIX}{table}": puts}})
            assert not answer.get("UnprocessedItems"), answer


def others_todos(count: int) -> Iterator[Row]:
    """To-dos of as many other users as there are tens of them."""
    template = {name: todo(3)[name] for name in ("title", *INDEXED)}
    for _ in range(count // ROWS_OF_ONE):
        owner = {"S": str(uuid.uuid4())}
        for number in range(ROWS_OF_ONE):
            yield {**template, "owner": owner, "id": {"S": str(uuid.uuid4())}, "order": {"N": str(number)}}


def others_posts(first: int, last: int) -> Iterator[Row]:
    """Older posts."""
    for number in range(first, last):
        slug = f"older-{number}"
        position = {"S": f"2025-01-02T03:04:05.678901Z#{slug}"}
        yield {**listed_post(3), "slug": {"S": slug}, "position": position, "kind": {"S": "dated"}}


def rows(count: int, few: Row, many: Row) -> Iterator[list[str]]:
    """A row for each request; what differs is said twice."""
    posts = min(count, MOST_POSTS)
    yield [
        f"request, among {FEW:,} rows of others → {count:,} to-dos of {count // ROWS_OF_ONE:,} users, {posts:,} posts",
        "DynamoDB requests, read units, bytes", "µs of CPU in the handler", "ms in the embedded AWS",
    ]  # fmt: skip
    for operation in READS:
        was, now = few[operation], many[operation]
        same = "{}, {:g}, {:,}".format(*now["same"])
        if was["same"] != now["same"]:
            same = "{}, {:g}, {:,} → ".format(*was["same"]) + same
        yield [
            LABELS[operation],
            same,
            f"{was['cpu']:.0f} → {now['cpu']:.0f}",
            f"{was['wait']:.0f} → {now['wait']:.0f}",
        ]


if __name__ == "__main__":
    main()
