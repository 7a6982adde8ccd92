"""SES on a bad day: a proxy before the embedded one that refuses, throttles, and loses answers."""

import json
import random
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import boto3
from botocore.config import Config

from config import env

SEND = "/v2/email/outbound-emails"


class FaultySes:
    """Counts what it lets through, by address. `poison` are addresses it refuses; the shares are of all requests."""

    def __init__(self, poison: set[str], *, rate: float, throttled: float, lost: float) -> None:
        self.poison, self.rate, self.throttled, self.lost = poison, rate, throttled, lost
        self.accepted: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        self._random, self._lock = random.Random(7), Lock()  # not a secret

    def fate(self, address: str) -> str:
        """What becomes of a mail."""
        with self._lock:
            draw = self._random.random()
            if draw < self.throttled:
                return "throttled"
            if address in self.poison:
                return "refused"
            self.accepted[address] += 1
            if draw < self.throttled + self.lost:
                self.unanswered[address] += 1
                return "lost"
            return "accepted"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ses: FaultySes

    def do_GET(self) -> None:
        status, body = self._forward(b"")
        account: dict[str, Any] = json.loads(body)
        account["SendQuota"]["MaxSendRate"] = self.ses.rate
        self._answer(status, json.dumps(account).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = json.loads(body)["Destination"]["ToAddresses"][0]
        fate = self.ses.fate(address)
        if fate == "throttled":
            self._refuse(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
        elif fate == "refused":
            self._refuse(400, "BadRequestException", f"Address {address} is illegal.")
        else:
            status, answer = self._forward(body)
            if fate == "lost":
                self.close_connection = True
            else:
                self._answer(status, answer)

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
        url = f"{env.text('AWS_ENDPOINT_URL')}{self.path}"
        with urllib.request.urlopen(urllib.request.Request(url, body or None, headers), timeout=30) as found:
            return found.status, found.read()

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._answer(status, json.dumps({"message": message}).encode(), code)

    def _answer(self, status: int, body: bytes, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(ses: FaultySes) -> Iterator[Any]:
    """A boto3 client that asks it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"ses": ses}))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50, read_timeout=30)
        url = f"http://127.0.0.1:{server.server_port}"
        yield boto3.client("sesv2", endpoint_url=url, region_name="us-east-1", config=config)
    finally:
        server.shutdown()
        server.server_close()
