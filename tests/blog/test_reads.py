"""blog.reads.count_reads: each entry of the log once, whatever the batches; robots and what is no read, never."""

import base64
import itertools
import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from blog.models.reads import Progress, Reads, most_read, reads_by_day
from blog.reads import FIELDS, count_reads, is_robot
from config.services import sources, workers
from dynamo.models import now
from dynamo.testing import recorded_requests
from infra.lint import INFRA_DIR, load
from infra.local import reads as local
from tests.failure_queues import taker
from tests.waiting import until

DAY = date(2026, 11, 29)
FIREFOX = "Mozilla/5.0%20(X11;%20Linux%20x86_64;%20rv:140.0)%20Gecko/20100101%20Firefox/140.0"
_numbers = itertools.count(1)


def line(slug: str, *, day: date = DAY, status: int = 200, method: str = "GET", user_agent: str = FIREFOX) -> str:
    """An entry as CloudFront writes it."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    return "\t".join([f"{at:.3f}", str(status), method, f"/posts/{slug}/", user_agent]) + "\n"


def record(shard: str, data: str) -> dict[str, Any]:
    """A record as Lambda hands it on, the next one of its shard."""
    number = str(49_546_986_683_135_544_286_507_457_936_321_625_675_700_192_471_156_785_154 + next(_numbers))
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": number,
            "data": base64.b64encode(data.encode()).decode(),
            "approximateArrivalTimestamp": 1764417600.5,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{number}",
        "eventName": "aws:kinesis:record",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/serverless-django-local-reads",
    }


def tell(records: Sequence[dict[str, Any]]) -> list[str]:
    """Hand copies of the records to the Lambda entry as one batch; the numbers of those that failed."""
    from config.lambda_handler import handler

    answer = handler(json.loads(json.dumps({"Records": list(records)})), None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def read(slugs: Iterable[str], day: date = DAY) -> dict[str, int]:
    """How often each was read on a day."""
    return {slug: days[0] for slug, days in reads_by_day(list(slugs), [day]).items()}


@pytest.fixture
def shard() -> str:
    return f"shardId-{uuid.uuid4()}"


@pytest.fixture
def slug() -> str:
    return f"read-{uuid.uuid4().hex}"


def test_people_are_counted_by_post_and_day(shard: str, slug: str) -> None:
    days = [date(2026, 10, 31), date(2026, 11, 1), DAY, DAY]
    assert tell([record(shard, line(slug, day=day)) for day in days]) == []
    assert reads_by_day([slug], days[:3]) == {slug: [1, 1, 2]}
    assert Reads.fetch((slug, "2026-11")).total == 3


@pytest.mark.parametrize(
    "no_read",
    [
        {"status": 404}, {"status": 301}, {"status": 503}, {"method": "HEAD"}, {"user_agent": "-"},
        {"user_agent": "Mozilla/5.0%20(compatible;%20Googlebot/2.1;%20+http://www.google.com/bot.html)"},
        {"slug": "x/y"}, {"slug": "no_slug"}, {"slug": "a" * 81},
    ],
)  # fmt: skip
def test_what_is_no_read_is_not_counted(shard: str, slug: str, no_read: dict[str, Any]) -> None:
    with recorded_requests() as requests:
        assert tell([record(shard, line(**{"slug": slug, **no_read}))]) == []
    assert requests == ["GetItem"]
    assert tell([record(shard, line(slug, status=304))]) == []
    assert read([slug]) == {slug: 1}


@pytest.mark.parametrize(
    ("user_agent", "robot"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1", False),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", False),
        ("Opera/9.80 (Android; Opera Mini/36.2) Presto/2.12 Version/12.16", False),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/116.0 Safari/537.3", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36", True),
        ("facebookexternalhit/1.1", True), ("curl/8.5.0", True), ("Feedly/1.0", True), ("", True),
    ],
)  # fmt: skip
def test_robots_are_known_by_what_they_say(user_agent: str, robot: bool) -> None:
    assert is_robot(user_agent) is robot


def count_twice(shard: str, slugs: Sequence[str], size: int, most: int, seed: int) -> Counter[str]:
    """Tell `size` records twice, in batches of other borders; how often each post was read indeed."""
    rng = random.Random(seed)
    chosen = rng.choices(slugs, weights=[1 / place for place in range(1, len(slugs) + 1)], k=size)
    records = [record(shard, line(slug)) for slug in chosen]
    for _ in range(2):
        at = 0
        while at < size:
            end = at + rng.randint(1, most)
            assert tell(records[at:end]) == []
            # What Lambda tries again begins anywhere in what came before.
            at = rng.randint(at + 1, end) if rng.random() < 0.3 else end
    return Counter(chosen)


@pytest.mark.parametrize(
    ("size", "posts", "most"),
    [(600, 130, 250), pytest.param(1_000_000, 150, 5000, marks=[pytest.mark.prove, pytest.mark.timeout(1800)])],
)
def test_what_comes_again_counts_once_in_whatever_batches(shard: str, size: int, posts: int, most: int) -> None:
    slugs = [f"volume-{uuid.uuid4().hex}" for _ in range(posts)]
    counted = count_twice(shard, slugs, size, most, size)
    assert read(slugs) == {slug: counted[slug] for slug in slugs}


@pytest.mark.parametrize(("posts", "transactions"), [(99, 1), (100, 2)])
def test_a_transaction_takes_as_many_posts_as_dynamodb_lets_it(shard: str, posts: int, transactions: int) -> None:
    slugs = [f"many-{uuid.uuid4().hex}" for _ in range(posts)]
    with recorded_requests() as requests:
        assert tell([record(shard, line(slug)) for slug in slugs]) == []
    assert requests == ["GetItem", *["TransactWriteItems"] * transactions]
    assert read(slugs) == dict.fromkeys(slugs, 1)


def test_a_function_that_was_taken_for_dead_counts_nothing_twice(shard: str, slug: str) -> None:
    records = [record(shard, line(slug)) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        failed = list(pool.map(lambda _: tell(records), range(4)))
    assert [] in failed
    assert tell(records) == []
    assert read([slug]) == {slug: 40}


def test_shards_are_counted_each_by_its_own_numbers(slug: str) -> None:
    first, second = (f"shardId-{uuid.uuid4()}" for _ in range(2))
    early, late = record(first, line(slug)), record(second, line(slug))
    for one in (late, early, late, early):
        assert tell([one]) == []
    assert read([slug]) == {slug: 2}


@pytest.fixture
def failures() -> Callable[[], list[Any]]:
    """Takes what lies in the failure queue."""
    return taker("reads-failures")


@pytest.mark.parametrize("data", ["", "no entry", "yesterday\t200\tGET\t/posts/x/\t-", "inf\t200\tGET\t/posts/x/\t-"])
def test_what_cant_be_read_is_put_aside(shard: str, slug: str, failures: Callable[[], list[Any]], data: str) -> None:
    before, poison, after = record(shard, line(slug)), record(shard, data), record(shard, line(slug))
    assert tell([before, poison, after]) == []
    assert read([slug]) == {slug: 2}
    [message] = until(failures, "the record")
    assert message["Records"][0]["kinesis"] == poison["kinesis"]
    # Mended, it is counted once, though its shard has gone on.
    mended = message["Records"][0]
    mended["kinesis"]["data"] = base64.b64encode(line(slug).encode()).decode()
    for _ in range(2):
        assert tell([mended]) == []
    assert read([slug]) == {slug: 3}


def test_a_sample_stands_for_all(shard: str, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READS_PERCENT", "5")
    assert tell([record(shard, line(slug)), record(shard, line(slug))]) == []
    assert read([slug]) == {slug: 40}


def test_the_query_comes_with_the_path(shard: str, slug: str) -> None:
    path = f"/posts/{slug}/"
    assert tell([record(shard, line(slug).replace(path, f"{path}?utm_source=mail&a=/b/"))]) == []
    assert read([slug]) == {slug: 1}


def test_reads_and_progress_are_forgotten(shard: str, slug: str) -> None:
    assert tell([record(shard, line(slug))]) == []
    for row in (Reads.fetch((slug, "2026-11")), Progress.fetch((f"#{shard}", "#"))):
        assert row.expires > now()


def test_most_read_of_two_months(shard: str) -> None:
    days = [date(2031, 3, 31), date(2031, 4, 1)]
    often, once, before = (f"{name}-{uuid.uuid4().hex}" for name in ("often", "once", "before"))
    entries = [line(often, day=days[0]), line(often, day=days[1]), line(once, day=days[1])]
    assert tell([record(shard, each) for each in [*entries, line(before, day=date(2031, 3, 2))]]) == []
    assert [slug for slug in most_read(days, 10) if slug in {often, once, before}] == [often, once]


def test_a_local_request_is_logged_as_cloudfront_logs(slug: str) -> None:
    environ = {"PATH_INFO": f"/posts/{slug}/", "REQUEST_METHOD": "GET", "HTTP_USER_AGENT": "Mozilla/5.0 (X11)"}
    environ |= {"QUERY_STRING": "utm_source=mail"}
    answered: list[str] = []
    application = local.ReadsLog(lambda _, start: start("200 OK", []) or [b"page"])
    assert list(application(environ, lambda status, _: answered.append(status))) == [b"page"]
    assert answered == ["200 OK"]
    until(lambda: read([slug], now().date()) == {slug: 1}, "the read")


def test_cloudfront_writes_what_is_read() -> None:
    log = load(INFRA_DIR / "edge.yaml")["Resources"]["ReadsLog"]["Properties"]
    assert tuple(log["Fields"]) == FIELDS
    assert not {"c-ip", "cs-cookie", "cs-uri-query", "cs-referer", "x-forwarded-for"} & set(FIELDS)


def test_the_worker_and_the_site_take_the_same() -> None:
    handler = f"{count_reads.__module__}.{count_reads.__name__}"
    assert (sources()["reads"].handler, workers()["reads-count"].handler) == (handler, handler)
