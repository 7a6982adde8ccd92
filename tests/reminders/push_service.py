"""A push service of our own, and a browser that subscribed there: what it is given is decrypted and verified."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes, token_hex
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

if TYPE_CHECKING:
    from tests.personas import Persona

SUBSCRIPTIONS = "/api/reminders/subscriptions/"
# In place of a status: the connection is closed without an answer.
CLOSED = 0


def text(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Browser:
    """A subscription with its keys, and what came for it. `answers` are statuses to answer with first.

    With `meets`, an answer waits until so many others are asked for, too.
    """

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: token_bytes(16))
    heard: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    meets: Barrier | None = None

    @property
    def values(self) -> dict[str, str]:
        """As the API takes it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": text(point), "auth": text(self.auth)}

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """What the push service answers to a message."""
        if self.meets:
            self.meets.wait()
        if self.answers:
            return self.answers.pop(0)
        assert Vapid02.verify(headers["authorization"])
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        self.heard.append(json.loads(plain))
        self.headers.append(headers)
        return 201


class PushService:
    """It listens on this machine."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        browsers = self.browsers

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the base class's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                browser = browsers.get(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = browser.take(headers, body) if browser else 410
                if status == CLOSED:
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def new_browser(self) -> Browser:
        """A browser that could subscribe."""
        path = f"/push/{token_hex(8)}"
        browser = self.browsers[path] = Browser(endpoint=f"{self.url}{path}")
        return browser

    def subscribe(self, persona: "Persona") -> Browser:
        """A browser of this user."""
        browser = self.new_browser()
        answer = persona.api.post(SUBSCRIPTIONS, browser.values)
        assert answer.status_code == 201, answer.content
        return browser

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running() -> Iterator[PushService]:
    """One that runs."""
    service = PushService()
    try:
        yield service
    finally:
        service.stop()
