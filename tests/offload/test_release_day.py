"""A release day with a cache that follows the rules of infra/offload.yaml, and without one."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.env import BASE_DIR
from infra.offload.logs import LoggedRequest
from infra.offload.rules import rules
from tests.offload.stage import VARNISHD, Crowd, Stage, stage
from tests.waiting import until

pytestmark = pytest.mark.skipif(not VARNISHD, reason="Varnish is not installed (Debian: apt install varnish)")

BYTES = 100_000
LINE = 50_000_000  # bits a second of the origin
DAY, WITHOUT = 20_000, 500  # downloads; without a cache the day is extrapolated from fewer
PAGE = BASE_DIR / "docs" / "updates.md"
BEGIN, END = "<!-- make prove: release day -->\n", "<!-- end of the figures -->"


@dataclass(frozen=True)
class Day:
    """What happened on it."""

    downloads: int
    requests: int
    sent: int
    seconds: float
    wrong: int
    received: int

    @property
    def saved(self) -> float:
        """Which part of what readers received the origin did not send."""
        return 1 - self.sent / self.received


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An origin and a cache; each test has files of its own, which nobody has asked for yet."""
    with stage(tmp_path_factory.mktemp("served")) as made:
        made.start_cache(rules({}))
        yield made


def files_in(root: Path, folder: str = "") -> dict[str, bytes]:
    """The update for five platforms, each in a file of 100 KB, by their paths; in a folder below the origin's root."""
    found = {}
    (root / folder).mkdir(exist_ok=True)
    for name in ("App-1.4.0.dmg", "App-1.4.0.msi", "App-1.4.0.deb", "App-1.4.0.rpm", "App-1.4.0-arm64.dmg"):
        content = (f"{name} " * BYTES).encode()[:BYTES]
        (root / folder / name).write_bytes(content)
        found[f"/{Path(folder, name)}"] = content
    return found


def day(running: Stage, files: dict[str, bytes], downloads: int, *, port: int, ranges: bool = False) -> Day:
    """So many downloads from a port."""

    def of_these() -> list[LoggedRequest]:
        """What the origin was asked for them: another test's last line may be written only now."""
        return [request for request in running.asked() if request.path in files]

    before = len(of_these())
    crowd = Crowd(port, files, ranges=ranges)
    began = time.monotonic()
    crowd.download(downloads)
    seconds = time.monotonic() - began
    until(lambda: len(of_these()) - before >= (downloads if port == running.origin else len(files)))
    asked = of_these()[before:]
    sent = sum(request.size for request in asked)
    return Day(crowd.downloads, len(asked), sent, seconds, crowd.wrong, crowd.received)


def test_each_file_is_asked_for_once_and_arrives_whole(running: Stage) -> None:
    files = files_in(running.folder, "whole")
    found = day(running, files, 600, port=running.cache)
    assert (found.downloads, found.wrong, found.requests) == (600, 0, len(files))
    assert found.sent == sum(map(len, files.values()))
    assert found.saved > 0.99


def test_ranges_and_resumed_downloads_cost_the_origin_no_more(running: Stage) -> None:
    files = files_in(running.folder, "parts")
    found = day(running, files, 300, port=running.cache, ranges=True)
    assert (found.downloads, found.wrong) == (300, 0)
    assert found.sent <= 1.1 * sum(map(len, files.values()))


@pytest.mark.prove
def test_a_release_day(tmp_path: Path, report: Callable[[str, str], None]) -> None:
    files = files_in(tmp_path)
    with stage(tmp_path, bits=LINE) as running:
        without = day(running, files, WITHOUT, port=running.origin)
        running.start_cache(rules({}))
        whole = day(running, files, DAY, port=running.cache)
        running.stop("cache")
        running.start_cache(rules({}))
        parts = day(running, files, DAY, port=running.cache, ranges=True)
    size = sum(map(len, files.values()))
    assert without.wrong == whole.wrong == parts.wrong == 0
    assert (whole.requests, whole.sent) == (len(files), size)
    assert whole.saved > 0.99
    assert parts.sent <= 1.1 * size
    assert parts.saved > 0.99
    times = DAY / WITHOUT
    rows = [
        _row(
            "without the cache, from 500", DAY, without.requests * times, without.sent * times, without.seconds * times
        ),
        _row("with it, cold", whole.downloads, whole.requests, whole.sent, whole.seconds),
        _row("with it, cold, ranges and resumed", parts.downloads, parts.requests, parts.sent, parts.seconds),
    ]
    for row in rows:
        report("release day", row)
    _write(
        "\n".join(
            ["| the day | downloads | requests to the origin | its bytes | time |", "|---|---|---|---|---|", *rows]
        )
    )


def _row(name: str, downloads: int, requests: float, sent: float, seconds: float) -> str:
    return f"| {name} | {downloads:,} | {requests:,.0f} | {sent / 1e6:,.1f} MB | {seconds:,.0f} s |"


def _write(table: str) -> None:
    """Into the page, between its marks."""
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    assert begin, f"{PAGE} has no place for the figures."
    PAGE.write_text(f"{before}{begin}\n{table}\n\n{END}{rest.partition(END)[2]}")
