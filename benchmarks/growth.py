"""What a request costs among few rows of others and among many: `python -m benchmarks.growth ROWS` says it as JSON.

The product's handler on an embedded AWS, whose tables are the template's without their streams: it would keep every
record of them in memory. CPU is measured with DynamoDB's answer given again, as in the other tables: waiting leaves the
CPU's caches cold. How long the embedded AWS searches is its own affair, and shown apart: it sorts a whole partition for
each Query, which is why the posts, all in one, are fewer.
"""

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
TIMES = 250
# What others' rows need to stand in every index.
INDEXED = ("order", "open_order", "due_order", "created_at", "updated_at")
TABLE_KEYS = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "BillingMode")

Row = dict[str, Any]
Answered = tuple[int, str | None, bytes]


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
    print(json.dumps(list(rows(*measured))))


@dataclass(frozen=True)
class Exchange:
    """A request to DynamoDB and its answer."""

    body: bytes
    answered: Answered
    seconds: float

    def read_units(self) -> float:
        """What DynamoDB would count for it."""
        sent, answer = json.loads(self.body), json.loads(self.answered[2])
        read = units(sum(map(size, answer.get("Items") or [answer["Item"]])), 4096)
        return read if sent.get("ConsistentRead") else read / 2


class Product:
    """The product's handler on the embedded AWS."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.utils.module_loading import import_string

        from benchmarks.stacks.product import handler  # makes the environment the settings read
        from dynamo.connection import shared
        from dynamo.transport import Transport

        transport = shared().transport
        assert transport is not None, "Growth is measured with the own transport."
        del transport.send  # the stub: here there is a network
        self._handler, self._over_network = handler, transport.send
        # A busy embedded AWS takes longer to write a million rows than a request would wait.
        url, sign = settings.DYNAMO["ENDPOINT_URL"], import_string(settings.DYNAMO["SIGN"])
        self._call = Transport(url, sign, connect_timeout=5, read_timeout=60, retries=1).call
        transport.send = self._send  # type: ignore[method-assign]  # to see what goes by
        self._seen: list[Exchange] = []
        self._replayed: Answered | None = None
        self._token = token(private_key())

    def _send(self, headers: Mapping[str, str], body: bytes) -> Answered:
        if self._replayed:
            return self._replayed
        begun = time.perf_counter()
        answered = self._over_network(headers, body)
        self._seen.append(Exchange(body, answered, time.perf_counter() - begun))
        return answered

    def measure(self, operation: str) -> Row:
        """One page: what it asks and answers, how long that took; and CPU, its DynamoDB answer given again."""
        event, context, cpu = request(operation, self._token), Context(), []
        self._replayed = None
        self._seen.clear()
        answer = self._handler(event, context)
        assert answer["statusCode"] == 200, answer
        self._replayed = self._seen[-1].answered
        for _ in range(TIMES):
            begun = time.process_time_ns()
            self._handler(event, context)
            cpu.append((time.process_time_ns() - begun) / 1000)
        self._replayed = None
        return {
            "same": (len(self._seen), sum(each.read_units() for each in self._seen), len(answer["body"].encode())),
            "cpu": median(cpu[TIMES // 5 :]),
            "wait": sum(each.seconds for each in self._seen) * 1000,
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


def title(count: int) -> str:
    """What the figures are of."""
    among = f"{count:,} to-dos of {count // ROWS_OF_ONE:,} users, {min(count, MOST_POSTS):,} posts"
    return f"The same page among {FEW} rows of others → among {among}"


def rows(few: Row, many: Row) -> Iterator[list[str]]:
    """A row for each request; what differs is said twice."""
    yield ["request", "DynamoDB requests, read units, bytes", "µs of CPU in the handler", "ms of the embedded AWS"]
    for operation in READS:
        was, now = few[operation], many[operation]
        same = ["{}, {:g}, {:,}".format(*each["same"]) for each in (was, now)]
        cpu, wait = (f"{was[name]:.0f} → {now[name]:.0f}" for name in ("cpu", "wait"))
        yield [LABELS[operation], same[0] if same[0] == same[1] else " → ".join(same), cpu, wait]


if __name__ == "__main__":
    main()
