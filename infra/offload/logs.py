"""Access logs of an origin, a line at a time: the combined format of Apache and nginx, or an ALB's."""

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the origin saw it. `size` is what it sent, in bytes; `path` has no query."""

    at: datetime
    method: str
    path: str
    query: str
    status: int
    size: int


_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_COMBINED = re.compile(rf"\S+ \S+ \S+ \[([^\]]+)\] {_QUOTED} (\d{{3}}) (\d+|-)(?: .*)?")
# type time elb client:port target:port three times two statuses received sent "request" ...
_ALB = re.compile(rf"(?:https?|h2|grpcs?|wss?) (\S+) \S+ \S+ \S+ \S+ \S+ \S+ (\d{{3}}|-) \S+ \d+ (\d+) {_QUOTED} .*")


def read(names: list[str]) -> Iterator[LoggedRequest | None]:
    """Each line of these files, gzipped or not, `-` being standard input; None for one in neither format.

    Raises OSError.
    """
    for name in names:
        try:
            with _open(name) as lines:
                for line in lines:
                    if line.strip():
                        yield parse(line.strip())
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"{name} is no whole gzip file: {error}") from None


def parse(line: str) -> LoggedRequest | None:
    """One line, or None when it is in neither format."""
    try:
        if found := _ALB.fullmatch(line):
            at, status, size, request = found.groups()
            return _request(datetime.fromisoformat(at), request, "0" if status == "-" else status, size)
        if found := _COMBINED.fullmatch(line):
            at, request, status, size = found.groups()
            return _request(datetime.strptime(at, "%d/%b/%Y:%H:%M:%S %z"), request, status, size)
    except ValueError:
        return None
    return None


def _request(at: datetime, request: str, status: str, size: str) -> LoggedRequest:
    method, target, _protocol = request.split(" ")
    # Without a host, two slashes at the beginning would be taken for one.
    url = urlsplit(f"http://origin{target}" if target.startswith("/") else target)
    sent = 0 if size == "-" else int(size)
    return LoggedRequest(at.astimezone(UTC), method, url.path or "/", url.query, int(status), sent)


def _open(name: str) -> TextIO:
    if name.endswith(".gz"):
        return gzip.open(name, "rt", encoding="utf-8", errors="replace")
    return open(sys.stdin.fileno() if name == "-" else name, encoding="utf-8", errors="replace", closefd=name != "-")
