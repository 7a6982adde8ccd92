"""Standard clients of two languages, and a copy of a repository that somebody hostile serves to them."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher
from urllib3.exceptions import HTTPError

from config.aws import client
from config.env import BASE_DIR
from tests.updates.publishing import Operator

MODULES = BASE_DIR / "build" / "tuf-js"
TUF_JS = "tuf-js@6.0.2"


class Refuses(Exception):
    """What the client says when it does not believe what it is told."""


class Network:
    """Serves `files` by path. `tampers` may change an answer: it is given the path and the body."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.tampers: Callable[[str, bytes], bytes] = lambda _, body: body
        self.stalls = self.cuts = False
        self.takes_ranges = False
        self.cuts_after: list[int] = []  # bytes of each next answer of a file
        self.sent = 0  # bytes of files
        network = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                network.answer(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        body = self.files.get(handler.path)
        if body is None:
            handler.send_error(404)
            return
        asked = handler.headers.get("Range", "") if self.takes_ranges else ""
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0)
        whole = self.tampers(handler.path, body)[start:]
        is_file = handler.path.startswith("/updates/targets/")
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        if is_file and (self.stalls or self.cuts):
            handler.wfile.write(whole[: len(whole) // 2])
            handler.wfile.flush()
            if self.stalls:
                time.sleep(5)
            handler.close_connection = True
            return
        if is_file:
            handler.close_connection = bool(self.cuts_after)
            whole = whole[: self.cuts_after.pop(0)] if self.cuts_after else whole
            self.sent += len(whole)
        handler.wfile.write(whole)

    def copy(self, operator: Operator) -> None:
        """Take over what is published now."""
        s3 = client("s3")
        for prefix in (f"updates/metadata/{operator.product}/", f"updates/targets/{operator.product}/"):
            for found in s3.list_objects_v2(Bucket=settings.UPDATES_BUCKET, Prefix=prefix).get("Contents", []):
                body = s3.get_object(Bucket=settings.UPDATES_BUCKET, Key=found["Key"])["Body"].read()
                self.files[f"/{found['Key']}"] = body

    def stop(self) -> None:
        """Close it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class PythonClient:
    """python-tuf's Updater, as docs/updates.md has it."""

    def __init__(self, network: Network, operator: Operator, folder: Path) -> None:
        folder.mkdir()
        self.network, self.operator, self.folder, self.root = network, operator, folder, operator.root()

    def fetch(self) -> tuple[str, bytes]:
        """The version that is offered on stable for macOS, and its file. Raises Refuses."""
        urls = f"{self.network.url}/updates/metadata/{self.operator.product}/", f"{self.network.url}/updates/targets/"
        try:
            updater = Updater(
                str(self.folder),
                urls[0],
                str(self.folder),
                urls[1],
                Urllib3Fetcher(socket_timeout=1),
                bootstrap=self.root,
            )
            target = updater.get_targetinfo(f"{self.operator.channel}/macos")
            assert target
            assert target.custom
            return target.custom["version"], Path(updater.download_target(target)).read_bytes()
        except (RepositoryError, DownloadError, HTTPError) as error:
            raise Refuses(type(error).__name__) from error


class JavaScriptClient:
    """tuf-js from npm."""

    def __init__(self, network: Network, operator: Operator, folder: Path) -> None:
        if not is_installed():
            pytest.skip("There is no Node.js with npm here that can fetch tuf-js.")
        folder.mkdir()
        (folder / "root.json").write_bytes(operator.root())
        self.network, self.operator, self.folder = network, operator, folder

    def fetch(self) -> tuple[str, bytes]:
        """As the other."""
        urls = f"{self.network.url}/updates/metadata/{self.operator.product}", f"{self.network.url}/updates/targets"
        script = Path(__file__).with_name("client.mjs")
        command = ["node", str(script), str(MODULES), str(self.folder), *urls, f"{self.operator.channel}/macos"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 3:
            raise Refuses(done.stderr)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        return said["custom"]["version"], Path(said["file"]).read_bytes()


@cache
def is_installed() -> bool:
    """Whether tuf-js is there, fetched when it is not."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return False
    if not (MODULES / "node_modules" / "tuf-js").is_dir():
        command = [npm, "install", "--prefix", str(MODULES), "--no-audit", "--no-fund", "--ignore-scripts", TUF_JS]
        return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0
    return True


Client = PythonClient | JavaScriptClient
