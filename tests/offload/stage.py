"""An origin, Varnish in front of it with our rules, and many readers."""

import asyncio
import http.client
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.env import BASE_DIR
from infra.offload import logs, varnish
from infra.offload.rules import Rule
from tests.waiting import until

VARNISHD = shutil.which("varnishd", path="/usr/sbin:/usr/local/sbin:" + os.environ["PATH"])


@dataclass
class Answer:
    """What a reader got."""

    status: int
    headers: dict[str, str]
    body: bytes


class Stage:
    """`origin` and `cache` are ports; `folder` holds the files and the origin's access log."""

    def __init__(self, folder: Path, *, bits: int = 0) -> None:
        self.folder = folder
        self.bits = bits
        self.origin, self.cache = _free_port(), _free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_origin(self) -> None:
        """Until `stop`."""
        command = [sys.executable, "-m", "tests.offload.origin", str(self.folder), str(self.origin)]
        self._start("origin", [*command, "--bits", str(self.bits)], self.origin)

    def start_cache(self, rules: tuple[Rule, ...]) -> None:
        """A cold one."""
        assert VARNISHD
        work = self.folder / "varnish"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        text = varnish.configuration(rules, host="127.0.0.1", port=self.origin, secret="the-secret-of-the-origin")
        (work / "rules.vcl").write_text(text)
        command = [
            VARNISHD,
            "-j",
            "none",
            "-F",
            "-f",
            str(work / "rules.vcl"),
            "-a",
            f"127.0.0.1:{self.cache}",
            "-n",
            str(work),
        ]
        self._start("cache", [*command, "-s", "malloc,256m", "-t", "0"], self.cache)

    def stop(self, name: str = "") -> None:
        """One of them, or all."""
        for each in [name] if name else list(self._processes):
            process = self._processes.pop(each)
            process.terminate()
            process.wait(30)

    def get(
        self, path: str, *, method: str = "GET", body: bytes | None = None, port: int = 0, **headers: str
    ) -> Answer:
        """Through the cache, unless a port is given; `headers` with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.cache, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def asked(self) -> list[logs.LoggedRequest]:
        """What has come to the origin, from its log."""
        return [line for line in logs.read([str(self.folder / "access.log")]) if line]

    def _start(self, name: str, command: list[str], port: int) -> None:
        with (self.folder / f"{name}.out").open("wb") as log:
            process = subprocess.Popen(command, cwd=BASE_DIR, stdout=log, stderr=log)
        self._processes[name] = process

        def answers() -> bool:
            assert process.poll() is None, (self.folder / f"{name}.out").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        until(answers)


@contextmanager
def stage(folder: Path, *, bits: int = 0) -> Iterator[Stage]:
    """A stage whose origin runs."""
    made = Stage(folder, bits=bits)
    try:
        made.start_origin()
        yield made
    finally:
        made.stop()


@dataclass
class Crowd:
    """Many readers at once. `wrong` counts downloads with a byte that is not the file's."""

    port: int
    files: dict[str, bytes]
    ranges: bool = False
    at_once: int = 64
    downloads: int = 0
    received: int = 0
    wrong: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(14))

    def download(self, count: int) -> None:
        """So many downloads, files taken in turn; with `ranges` a third in two ranges, a third cut off and resumed."""
        # In a thread of its own: a browser of another test may have left its loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._all(count)).result()

    async def _all(self, count: int) -> None:
        numbers = iter(range(count))
        await asyncio.gather(*(self._reader(numbers) for _ in range(min(self.at_once, count))))

    async def _reader(self, numbers: Iterator[int]) -> None:
        paths = list(self.files)
        for number in numbers:
            path = paths[number % len(paths)]
            content = self.files[path]
            way = self._random.randrange(3) if self.ranges else 0
            cut = self._random.randrange(1, len(content))
            if way == 0:
                got = await self._get(path)
            elif way == 1:
                got = await self._get(path, f"bytes=0-{cut - 1}") + await self._get(path, f"bytes={cut}-")
            else:
                got = await self._get(path, stop_after=cut)
                got += await self._get(path, f"bytes={len(got)}-")
            self.downloads += 1
            self.wrong += got != content

    async def _get(self, path: str, wanted: str = "", stop_after: int = 0) -> bytes:
        """The body; what there is of it when the reader goes away after so many bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        asked = [f"GET {path} HTTP/1.1", "Host: updates.example.com", "Connection: close"]
        writer.write("\r\n".join([*asked, *([f"Range: {wanted}"] if wanted else []), "", ""]).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.split()[1] in {b"200", b"206"}, head
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        body = await reader.readexactly(stop_after or length)
        self.received += len(body)
        writer.close()
        return body


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
