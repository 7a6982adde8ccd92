"""The address the embedded AWS sends events to: it passes them to the server, and waits while that one reloads."""

import http.client
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEADLINE_HEADER = "X-Amzn-Lambda-Deadline-Ms"
_PASSED_ON = ("Content-Type", "X-Amzn-Lambda-Function-Name", "X-Amzn-Lambda-Request-Id", DEADLINE_HEADER)
_RETRY_SECONDS = 0.1


class EventProxy:
    """A loopback server in a thread. Events survive a restart of the server behind it, even one cut off midway.

    A cut-off event is sent again from its beginning: handlers must bear that on AWS, too.
    """

    def __init__(self, target: str) -> None:
        self._stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"target": target, "stopping": self._stopping})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True, name="event proxy").start()

    def stop(self) -> None:
        """Take no more events, and give those back that wait."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    target: str
    stopping: threading.Event

    def do_POST(self) -> None:
        event = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer = self._forward(event)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _forward(self, event: bytes) -> tuple[int, bytes]:
        headers = {name: value for name in _PASSED_ON if (value := self.headers.get(name))}
        request = urllib.request.Request(self.target, event, headers)  # noqa: S310 - our own server
        deadline = int(self.headers.get(DEADLINE_HEADER) or 0) / 1000
        while True:
            remaining = max(0.1, deadline - time.time())
            try:
                with urllib.request.urlopen(request, timeout=remaining) as response:  # noqa: S310
                    return response.status, response.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()
            except (OSError, http.client.HTTPException):
                if self.stopping.wait(_RETRY_SECONDS) or time.time() > deadline:
                    return 503, b'{"errorMessage": "The local server does not answer."}'

    def log_message(self, *_: object) -> None:
        """Say nothing: the server logs each event."""
