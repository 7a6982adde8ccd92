"""Counts how often posts are read, by CloudFront's real-time logs, which come through a Kinesis stream.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html

A log entry has no address and no cookie. Its user agent says whether a person reads; it is not kept, nor is the query
that comes with the path. Entries of a shard are counted in the order of their sequence numbers, each once: the
transaction that adds them says up to where the shard is counted, so records that come again, in whatever batches, are
known.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import unquote

from pynamodb.expressions.update import Action

from blog.models.reads import KEPT, PROGRESS_KEPT, Progress, Reads, month_of
from config import env
from dynamo.errors import Contended, DynamoError, TransactionFailed
from dynamo.models import now
from dynamo.transactions import transaction
from serverless.events import Batch, BatchResponse, Context, Event, Poison, Record, TryAgain

# What infra/edge.yaml has CloudFront write, in the order CloudFront writes them.
FIELDS = ("timestamp", "sc-status", "cs-method", "cs-uri-stem", "cs-user-agent")
ROWS = 99  # of reads in one transaction, beside the shard's own
TRIES = 5
_POST = re.compile(r"/posts/((?=[a-z0-9-]{1,80}/)[a-z0-9]+(?:-[a-z0-9]+)*)/")
_READ = {"200", "304"}
_BROWSER = re.compile(r"Mozilla/|Opera/")
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|https?://|preview|headless|lighthouse|monitor|fetch|scan|archive|facebook|feed",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request: where its record is in the stream, and the post that a person read; None for any other request."""

    shard: str
    number: int
    day: date
    slug: str | None


@dataclass
class Part:
    """What one transaction adds: for each row the numbers of its days."""

    last: int = 0
    rows: dict[tuple[str, str], Counter[date]] = field(default_factory=dict)


def count_reads(event: Event, context: Context | None) -> BatchResponse:
    """Records of the stream `reads`. One that can't be read goes to the queue `reads-failures`."""
    batch = Batch(event, context, _entry, failures="reads-failures", passing=(DynamoError,))
    return batch.together(_count).response()


def is_robot(user_agent: str) -> bool:
    """Whether no person is behind it, as far as it says. Browsers call themselves `Mozilla/` or `Opera/`."""
    return not _BROWSER.match(user_agent) or bool(_ROBOT.search(user_agent))


def _entry(record: Record) -> Entry:
    shard, _, number = str(record["eventID"]).rpartition(":")
    try:
        return _read(shard, int(number), base64.b64decode(record["kinesis"]["data"], validate=True).decode())
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        # Its shard goes on without it. Sent on its way again, it is counted as the one record of a shard of its own.
        if not shard.endswith(f"/{number}"):
            record["eventID"] = f"{shard}/{number}:{number}"
        raise Poison(f"no log entry: {error}") from error


def _read(shard: str, number: int, line: str) -> Entry:
    at, status, method, path, user_agent = line.rstrip("\n").split("\t")
    post = _POST.fullmatch(path.partition("?")[0])  # in real-time logs the path has the query, too
    reads = post and status in _READ and method == "GET" and not is_robot(unquote(user_agent))
    return Entry(shard, number, datetime.fromtimestamp(float(at), UTC).date(), post[1] if post and reads else None)


def _count(entries: Sequence[Entry]) -> None:
    for shard in {entry.shard for entry in entries}:
        _count_shard(shard, sorted((one for one in entries if one.shard == shard), key=lambda one: one.number))


def _count_shard(shard: str, entries: Sequence[Entry]) -> None:
    """Raises TryAgain while another function counts the shard, too, as one that was taken for dead may do."""
    for _ in range(TRIES):
        last = Progress.of(shard)
        try:
            for part in _parts(entry for entry in entries if entry.number > last):
                _add(shard, last, part)
                last = part.last
        except (TransactionFailed, Contended):
            continue
        return
    raise TryAgain(f"another function counts {shard}")


def _parts(entries: Iterator[Entry]) -> Iterator[Part]:
    """Cut where a transaction is full."""
    part, weight = Part(), 100 // (env.integer("READS_PERCENT", 0) or 100)
    for entry in entries:
        if entry.slug is None:
            continue
        row = entry.slug, month_of(entry.day)
        if row not in part.rows and len(part.rows) == ROWS:
            yield part
            part = Part()
        part.rows.setdefault(row, Counter())[entry.day] += weight
        part.last = entry.number
    if part.rows:
        yield part


def _add(shard: str, last: int, part: Part) -> None:
    """Raises TransactionFailed if `last` is not what the shard is counted up to."""
    as_before = Progress.last == str(last) if last else Progress.slug.does_not_exist()
    with transaction() as block:
        for (slug, month), days in part.rows.items():
            numbers = [getattr(Reads, f"d{day.day:02}").add(number) for day, number in days.items()]
            actions = [Reads.total.add(days.total()), Reads.expires.set(now() + KEPT), *numbers]
            block.update(Reads(slug, month), actions)
        progress: list[Action] = [Progress.last.set(str(part.last)), Progress.expires.set(now() + PROGRESS_KEPT)]
        block.update(Progress(f"#{shard}", "#"), progress, as_before)
