"""What CloudFront does on AWS: logs requests for posts, by the lines of infra/edge.yaml, to the stream `reads`."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from django.conf import settings

from config.aws import client

log = logging.getLogger("infra.local.reads")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ReadsLog:
    """A WSGI application with its requests for posts logged, by a thread, so that no answer waits."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._write, daemon=True, name="reads").start()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, and log what was answered."""

        def start(status: str, *arguments: object) -> Any:
            if environ["PATH_INFO"].startswith("/posts/"):
                self._lines.put(line_of(environ, status))
            return start_response(status, *arguments)

        return self._application(environ, start)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                put(line)
            except Exception:  # a read that is not counted must not end the counting
                log.exception("a request could not be logged")


def line_of(environ: dict[str, Any], status: str) -> str:
    """A log entry with the fields of `ReadsLog` in infra/edge.yaml."""
    path, user_agent = quote(environ["PATH_INFO"]), quote(environ.get("HTTP_USER_AGENT") or "-", safe="/:;,()+")
    path += f"?{query}" if (query := environ.get("QUERY_STRING")) else ""
    return "\t".join([f"{time.time():.3f}", status[:3], environ["REQUEST_METHOD"], path, user_agent]) + "\n"


def put(line: str) -> None:
    """Into the stream. Raises botocore's errors."""
    name = f"{settings.DYNAMO['TABLE_PREFIX']}reads"
    client("kinesis").put_record(StreamName=name, Data=line.encode(), PartitionKey=str(time.time_ns()))
