"""How many requests one process of each server answers, a list of 25 to-dos with DynamoDB stubbed."""

import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.fixtures import HOST, private_key, request, token
from benchmarks.workers import PROJECT_DIR, environment

GUNICORN = ["-c", "infra/container/gunicorn_settings.py", "--no-control-socket", "benchmarks.served"]
WARM_UP, LOADS, REQUESTS = 300, 7, 500
# A server that stalls 44 ms would show in one connection's times: Nagle's algorithm and a delayed ACK.
CONNECTIONS = (1, 8)
STARTED_WITHIN = 30
TICKS = os.sysconf("SC_CLK_TCK")


def compared() -> Iterator[list[str]]:
    """A row for each server and number of connections."""
    yield ["server, one process", "connections", "requests/s", "ms, median", "µs of CPU a request"]
    with gunicorn() as production, runserver() as development:
        servers = {"gunicorn, as in the container": production, "manage.py runserver": development}
        for name, server in servers.items():
            for connections in CONNECTIONS:
                server.load(WARM_UP, connections)
                before = server.cpu()
                loads = [server.load(REQUESTS, connections) for _ in range(LOADS)]
                used = (server.cpu() - before) / (LOADS * REQUESTS)
                rate, wait = max(loads)  # the others had less of the machine
                yield [name, str(connections), f"{rate:,.0f}", f"{wait * 1e3:.1f}", f"{used * 1e6:.0f}"]


class Server:
    """A process that listens, and what loads on it take."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process, self._port = process, port
        event = request("list", token(private_key()), Host=HOST)
        lines = "".join(f"{name}: {value}\r\n" for name, value in event["headers"].items())
        self._request = f"GET {event['path']} HTTP/1.1\r\n{lines}\r\n".encode()

    def load(self, count: int, connections: int) -> tuple[float, float]:
        """Requests a second, and median seconds to the answer."""
        begun = time.perf_counter()
        waits = load(self._port, self._request, count, connections)
        return count / (time.perf_counter() - begun), median(waits)

    def cpu(self) -> float:
        """Seconds of CPU so far, of the process and its children, in hundredths."""
        pids = [self._process.pid]
        for pid in pids:
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return sum(map(_cpu_of, pids))


def _cpu_of(pid: int) -> float:
    # What follows the program's name, which may hold spaces: user and system time are the 12th and 13th.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(port: int, asked: bytes, count: int, connections: int) -> list[float]:
    """Ask so often over connections that are kept open, each as soon as it has its answer; seconds each took."""
    waits: list[float] = []
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            client = Client(socket.create_connection(("127.0.0.1", port)), asked)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask()
        while len(waits) < count:
            for key, _ in selector.select():
                if taken := key.data.read():
                    waits.append(taken)
                    key.data.ask()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return waits


class Client:
    """One connection, with one request under way."""

    def __init__(self, connected: socket.socket, asked: bytes) -> None:
        self.socket, self._asked, self._received, self._since = connected, asked, b"", 0.0

    def ask(self) -> None:
        """Send the request."""
        self._received, self._since = b"", time.perf_counter()
        self.socket.sendall(self._asked)

    def read(self) -> float:
        """Take what has come: the seconds it took if that is the whole answer, else 0."""
        self._received += self.socket.recv(1 << 17)
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            assert head, "The server closed a connection that was to be kept open."
            return 0
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        return time.perf_counter() - self._since if len(body) == length else 0


@contextmanager
def gunicorn() -> Iterator[Server]:
    """The container's command with one worker."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("gunicorn")), *GUNICORN, "--log-level", "warning"]
    with serving(command, port) as server:
        yield server


@contextmanager
def runserver() -> Iterator[Server]:
    """Django's server as the project sets it up."""
    port = free_port()
    with serving([sys.executable, "-m", "benchmarks.served", str(port)], port) as server:
        yield server


@contextmanager
def serving(command: list[str], port: int) -> Iterator[Server]:
    """A server's process while the block runs."""
    process = subprocess.Popen(
        command, cwd=PROJECT_DIR, env=environment() | {"PORT": str(port), "WORKERS": "1"}, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Until it listens. Raises SystemExit if it never does."""
    until = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("A server did not start: see above.")


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
