"""CloudFront in front of a deployed site, over HTTP: it routes, marks, adds headers and caches by infra/edge.yaml.

The embedded AWS keeps a distribution and serves none, so this stands in for it where a whole site has to be asked.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.deploy.edge import behavior, is_never_cached, policy
from tests.deploy.site import VIEWER, Site

_OWN = {"content-length", "transfer-encoding", "connection", "date", "server", "keep-alive"}
Answer = tuple[int, dict[str, list[str]], bytes]


class EdgeServer(ThreadingHTTPServer):
    """Serves a site at `address` on this machine."""

    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.kept: dict[tuple[str, str], Answer] = {}
        self.address = f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Out of the cache, else by the site."""
        key = (path, headers.get("Authorization", ""))
        if method == "GET" and key in self.kept:
            return _marked(self.kept[key], "Hit from cloudfront")
        found = self._ask(method, path, headers, body)
        if method == "GET" and not is_never_cached(path.partition("?")[0]) and _seconds(found) > 0:
            self.kept[key] = found
        return _marked(found, "Miss from cloudfront")

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        url, sent = self.site.place(path)
        passed = {name: value for name, value in headers.items() if name.lower() not in {"host", *_OWN}}
        if not is_never_cached(path.partition("?")[0]):
            passed.pop("Cookie", None)
        sent = {**passed, **sent, "X-Viewer-Address": VIEWER}
        answer = self.site.http.request(method, url, body=body, headers=sent, redirect=False, decode_content=False)
        said = {name.title(): answer.headers.getlist(name) for name in answer.headers if name.lower() not in _OWN}
        return answer.status, said | _security_headers(path, said), answer.data


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EdgeServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, data = self.server.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(status)
        for name, values in headers.items():
            for value in values:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of the standard library

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _marked(answer: Answer, cache: str) -> Answer:
    status, headers, data = answer
    return status, headers | {"X-Cache": [cache], "Via": ["1.1 edge.cloudfront.net (CloudFront)"]}, data


def _seconds(answer: Answer) -> int:
    status, headers, _ = answer
    control = ", ".join(headers.get("Cache-Control", []))
    if status != 200 or re.search("private|no-store|no-cache", control):
        return 0
    told = re.search(r"s-maxage=(\d+)", control) or re.search(r"max-age=(\d+)", control)
    return int(told[1]) if told else 0


def _security_headers(path: str, said: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What the policy of the behaviour adds; without `Override` a header that is there stays."""
    rules = policy("ResponseHeadersPolicyConfig", behavior(path.partition("?")[0])["ResponseHeadersPolicyId"])
    given = rules["SecurityHeadersConfig"]
    hsts = f"max-age={given['StrictTransportSecurity']['AccessControlMaxAgeSec']}; includeSubDomains"
    values = {
        "Strict-Transport-Security": (hsts, given["StrictTransportSecurity"]),
        "X-Content-Type-Options": ("nosniff", given["ContentTypeOptions"]),
        "X-Frame-Options": (given["FrameOptions"]["FrameOption"], given["FrameOptions"]),
        "Referrer-Policy": (given["ReferrerPolicy"]["ReferrerPolicy"], given["ReferrerPolicy"]),
    }
    return {name: [value] for name, (value, rule) in values.items() if rule["Override"] or name not in said}


@contextmanager
def serving(site: Site) -> Iterator[EdgeServer]:
    """The server while the block runs."""
    server = EdgeServer(site)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
