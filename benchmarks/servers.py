"""How many requests one process of each server answers, a list of 25 to-dos with DynamoDB stubbed."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median

from benchmarks.fixtures import HOST, private_key, request, token
from benchmarks.workers import PROJECT_DIR, environment
from infra.local.processes import free_port, port_is_taken

SERVERS = {
    "gunicorn, as in the container": [
        str(Path(sys.executable).with_name("gunicorn")), "-c", "infra/container/gunicorn_settings.py",
        "--no-control-socket", "benchmarks.served", "--log-level", "warning",
    ],
    "manage.py runserver": [sys.executable, "-m", "benchmarks.served"],
}  # fmt: skip
WARM_UP, LOADS, REQUESTS = 304, 7, 504  # as many for each of 8 connections
# A server that stalls 44 ms would show in one connection's times: Nagle's algorithm and a delayed ACK.
CONNECTIONS = (1, 8)
STARTED_WITHIN = 30
TICKS = os.sysconf("SC_CLK_TCK")


def compared() -> Iterator[list[str]]:
    """A row for each server and number of connections."""
    yield ["server, one process", "connections", "requests/s", "ms, median", "µs of CPU a request"]
    for name, command in SERVERS.items():
        with serving(command) as (pid, port):
            for connections in CONNECTIONS:
                load(port, WARM_UP, connections)
                before = cpu(pid)
                loads = [load(port, REQUESTS, connections) for _ in range(LOADS)]
                used = (cpu(pid) - before) / (LOADS * REQUESTS)
                rate, wait = max(loads)  # the others had less of the machine
                yield [name, str(connections), f"{rate:,.0f}", f"{wait * 1e3:.1f}", f"{used * 1e6:.0f}"]


def load(port: int, count: int, connections: int) -> tuple[float, float]:
    """Ask so often, over so many connections; requests a second, and median seconds to the answer."""
    event = request("list", token(private_key()), Host=HOST)
    lines = "".join(f"{name}: {value}\r\n" for name, value in event["headers"].items())
    asked = f"GET {event['path']} HTTP/1.1\r\n{lines}\r\n".encode()

    async def all_of_them() -> list[list[float]]:
        return await asyncio.gather(*(ask(port, asked, count // connections) for _ in range(connections)))

    begun = time.perf_counter()
    waits = asyncio.run(all_of_them())
    return count / (time.perf_counter() - begun), median(chain(*waits))


async def ask(port: int, asked: bytes, count: int) -> list[float]:
    """Ask so often over one connection that is kept open, again as soon as there is an answer; seconds each took."""
    waits = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        begun = time.perf_counter()
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(int(length[1]) if length else 0)
        waits.append(time.perf_counter() - begun)
    writer.close()
    return waits


def cpu(pid: int) -> float:
    """Seconds of CPU so far, of a process and its children, in hundredths."""
    # What follows the program's name, which may hold spaces: user and system time are the 12th and 13th.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(map(cpu, children))


@contextmanager
def serving(command: list[str]) -> Iterator[tuple[int, int]]:
    """A server's process and port while the block runs. Raises SystemExit if it never listens."""
    port = free_port()
    variables = environment() | {"PORT": str(port), "WORKERS": "1"}
    process = subprocess.Popen(command, cwd=PROJECT_DIR, env=variables, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + STARTED_WITHIN
        while not port_is_taken(port):
            if time.monotonic() > until:
                raise SystemExit("A server did not start: see above.")
            time.sleep(0.05)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()
