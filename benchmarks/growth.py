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
from dataclasses import dataclass, field
from itertools import islice
from itertools import product as product_of
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.costs import LABELS, size, units
from benchmarks.fixtures import TABLE_PREFIX, Context, Event, listed_post, private_key, request, todo, token, whole_post
from benchmarks.workers import PROJECT_DIR
from infra.lint import load
from infra.local.emulator import CREDENTIALS, Emulator
from infra.local.processes import free_port

if TYPE_CHECKING:
    from dynamo.transport import Response

FEW, ROWS_OF_ONE, MOST_POSTS = 10, 10, 1_000
READS = ("list", "get", "posts", "post")
TIMES, ROUNDS = 20, 20
# What others' rows need to stand in every index.
INDEXED = ("order", "due_order", "created_at", "updated_at")
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
        levels: list[dict[str, Page]] = []
        before = 0
        for count in (FEW, many):
            product.put("todos", others_todos(count - before))
            product.put("posts", others_posts(before, min(count, MOST_POSTS)))
            levels.append({operation: product.page(operation) for operation in READS})
            before = count
        # In turn, so that what else the machine does hits both alike.
        for _, level, operation in product_of(range(ROUNDS), levels, READS):
            product.answer_again(level[operation])
    print(json.dumps(list(rows(*levels))))


def read_units(body: bytes, answered: "Response") -> float:
    """What DynamoDB would count for a request and its answer."""
    answer = json.loads(answered.content)
    read = units(sum(map(size, answer.get("Items") or [answer["Item"]])), 4096)
    return read if json.loads(body).get("ConsistentRead") else read / 2


@dataclass(frozen=True)
class Page:
    """A request's event, what DynamoDB said; DynamoDB requests, read units and bytes; ms waited, µs of CPU."""

    event: Event
    answered: "Response"
    said: str
    waited: float
    cpu: list[float] = field(default_factory=list)


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
        self._seen: list[tuple[bytes, Response, float]] = []  # and the seconds between
        self._replayed: Response | None = None
        self._token = token(private_key())

    def _send(self, headers: Mapping[str, str], body: bytes) -> "Response":
        if self._replayed:
            return self._replayed
        begun = time.perf_counter()
        answered = self._over_network(headers, body)
        self._seen.append((body, answered, time.perf_counter() - begun))
        return answered

    def page(self, operation: str) -> Page:
        """Ask for a page."""
        event = request(operation, self._token)
        self._replayed = None
        for _ in range(2):  # the first may have to connect
            self._seen.clear()
            answer = self._handler(event, Context())
        assert answer["statusCode"] == 200, answer
        read = sum(read_units(body, answered) for body, answered, _ in self._seen)
        said = f"{len(self._seen)}, {read:g}, {len(answer['body'].encode()):,}"
        return Page(event, self._seen[-1][1], said, sum(seconds for *_, seconds in self._seen) * 1000)

    def answer_again(self, page: Page) -> None:
        """Answer a page some times by what DynamoDB has said."""
        self._replayed = page.answered
        context = Context()
        for _ in range(TIMES):
            begun = time.process_time_ns()
            self._handler(page.event, context)
            page.cpu.append((time.process_time_ns() - begun) / 1000)

    def make_tables(self) -> None:
        """Those of the to-dos and of the posts."""
        for service, name in (("todos", "Todos"), ("blog", "Posts")):
            properties = load(PROJECT_DIR / service / "stack.yaml")["Resources"][f"{name}Table"]["Properties"]
            kept = {key: properties[key] for key in TABLE_KEYS if key in properties}
            self._call("CreateTable", {"TableName": f"{TABLE_PREFIX}{name.lower()}", **kept})

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows, 25 at a time."""
        left = iter(rows)
        while puts := [{"PutRequest": {"Item": row}} for row in islice(left, 25)]:
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


def rows(few: dict[str, Page], many: dict[str, Page]) -> Iterator[list[str]]:
    """A row for each request; what differs is said twice."""
    yield ["request", "DynamoDB requests, read units, bytes", "µs of CPU in the handler", "ms of the embedded AWS"]
    for operation in READS:
        was, now = few[operation], many[operation]
        said = now.said if was.said == now.said else f"{was.said} → {now.said}"
        cpu = f"{median(was.cpu):.0f} → {median(now.cpu):.0f}"
        yield [LABELS[operation], said, cpu, f"{was.waited:.0f} → {now.waited:.0f}"]


if __name__ == "__main__":
    main()
