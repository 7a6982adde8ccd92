"""A real shared cache, Varnish, in front of the live server."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from tests.waiting import until

VARNISHD = shutil.which("varnishd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
http = urllib3.PoolManager(retries=False, timeout=10)


class Cache:
    """Runs until stopped."""

    def __init__(self, origin: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="varnish-"))
        program = (Path(__file__).parent / "cache.vcl").read_text().replace("@PORT@", str(urlsplit(origin).port))
        (self._folder / "cache.vcl").write_text(program)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [str(VARNISHD), "-F", "-j", "none", "-n", self._folder / "state", "-a", f"127.0.0.1:{port}",
             "-f", self._folder / "cache.vcl", "-s", "malloc,64m", "-p", "thread_pool_min=10"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(self._answers, "Varnish's start")
        except BaseException:
            self.stop()
            raise

    def _answers(self) -> bool:
        try:
            return http.request("GET", f"{self.url}/about/").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def stop(self) -> None:
        """End it, and leave nothing behind."""
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        """The answer, out of the cache or through it."""
        return http.request("GET", self.url + path, redirect=False)

    def text(self, path: str) -> str:
        """The page."""
        return self.get(path).data.decode()

    def copies(self, paths: Iterable[str]) -> dict[str, str]:
        """For each page which copy the cache has of it by now: another one once it had to be made anew."""
        return {path: self._copy(path) for path in paths}

    def _copy(self, path: str) -> str:
        answer = self.get(path)
        # Of a hit, X-Varnish has the number of the request that stored it after that of this one.
        return answer.headers["X-Varnish"].split()[-1]
