"""A web of our own: pages that answer as a test says, and what they were asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# What a page answers: a status, or a redirect's address; 0 closes the connection without an answer.
Pages = dict[str, int | str]


@dataclass
class Web:
    """A server on this machine. `asked` has each request: method, path, user agent."""

    url: str
    pages: Pages
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@contextmanager
def running(pages: Mapping[str, int | str]) -> Iterator[Web]:
    """A web with these pages; one that only answers GET has the method before its path."""
    web = Web("", dict(pages))

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            web.asked.append((self.command, self.path, self.headers["User-Agent"]))
            path = self.path.partition("?")[0]
            said = web.pages.get(f"{self.command} {path}", web.pages.get(path, 404))
            if said == 0:
                return
            self.send_response(302 if isinstance(said, str) else said)
            if isinstance(said, str):
                self.send_header("Location", said)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = _answer  # noqa: N815  # as http.server calls them

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
