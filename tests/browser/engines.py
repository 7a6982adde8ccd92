"""Firefox by WebDriver BiDi and WebKitGTK by WebDriver: as much of each as a walk through the site needs.

Playwright drives only builds of its own; these are Debian's. Both protocols share the format of input actions.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from websockets.sync.client import ClientConnection, connect

from infra.local.processes import free_port
from tests.waiting import until

START_SECONDS = 60
SCRIPT_SECONDS = 20
WEBKIT = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))


class Engine(Protocol):
    """A browser with one window in front."""

    @property
    def errors(self) -> list[str]:
        """What pages wrote into the console as errors, and exceptions nobody caught."""

    def goto(self, url: str) -> None:
        """Open an address and wait until it has loaded."""

    def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression of the page, awaited; None when the page was left meanwhile."""

    def perform(self, actions: list[dict[str, Any]]) -> None:
        """Input, in WebDriver's format of action sequences."""

    def new_window(self) -> None:
        """A second window of the same browser, which is in front from now on."""

    def resize(self, width: int) -> None:
        """Make the window about so many pixels wide."""

    def screenshot(self, path: Path) -> None:
        """A picture of the window."""


class Firefox:
    """Debian's firefox-esr."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.number = 0
        self.said: list[str] = []
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        self.context: str = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> Any:
        """The result of a command; AssertionError with what Firefox says of a failed one."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=START_SECONDS))
            if message.get("method") == "log.entryAdded":
                self._note(message["params"])
            elif message.get("id") == self.number:
                assert message["type"] == "success", message
                return message["result"]

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error":
            self.said.append(entry["text"])

    @property
    def errors(self) -> list[str]:
        return self.said

    def goto(self, url: str) -> None:
        # Else Firefox may take the end of what still loads here for the new page's.
        until(lambda: self.evaluate("document.readyState") == "complete", "the page before")
        self.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        asked = f"(async () => JSON.stringify(await ({expression})))()"
        try:
            found = self.call("script.evaluate", expression=asked, target={"context": self.context}, awaitPromise=True)
        except AssertionError as error:
            if "AbortError: Actor" in str(error):  # of a page that was left meanwhile
                return None
            raise
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"].get("value", "null"))

    def perform(self, actions: list[dict[str, Any]]) -> None:
        self.call("input.performActions", context=self.context, actions=actions)

    def new_window(self) -> None:
        self.context = self.call("browsingContext.create", type="tab")["context"]

    def resize(self, width: int) -> None:
        self.call("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": 900})

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("browsingContext.captureScreenshot", context=self.context)["data"]))


# WebDriver has no word for the console: what a page says is noted from its load on.
_NOTE = """(() => {
  window.noted = [];
  const note = (text) => window.noted.push(String(text));
  addEventListener("error", (event) => note(event.message));
  addEventListener("unhandledrejection", (event) => note(event.reason));
  addEventListener("securitypolicyviolation", (event) => note(`${event.violatedDirective} ${event.blockedURI}`));
  console.error = (...said) => note(said.join(" "));
})()"""


class WebKit:
    """Debian's WebKitGTK, or its WPE WebKit, which is about as old as Safari 16; `options` say which program it is."""

    def __init__(self, url: str, **options: dict[str, Any]) -> None:
        self.url, self.before = url, list[str]()
        capabilities = {"alwaysMatch": {name.replace("_", ":"): value for name, value in options.items()}}
        self.session = self.call("POST", "/session", capabilities=capabilities)["sessionId"]
        self.call("POST", f"/session/{self.session}/timeouts", script=SCRIPT_SECONDS * 1000)

    @property
    def errors(self) -> list[str]:
        return [*self.before, *(self.evaluate("window.noted") or [])]

    def call(self, verb: str, path: str, **body: Any) -> Any:
        """The value of an answer; AssertionError with what WebKit says of a failed command."""
        data = None if verb == "GET" else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def goto(self, url: str) -> None:
        self.before = self.errors
        self.call("POST", f"/session/{self.session}/url", url=url)
        self.evaluate(_NOTE)

    def evaluate(self, expression: str) -> Any:
        script = "const done = arguments[0]; (async () => JSON.stringify(await (" + expression + ")))()"
        script += ".then((value) => done({value}), (error) => done({error: String(error)}))"
        try:
            found = self.call("POST", f"/session/{self.session}/execute/async", script=script, args=[])
        except AssertionError as error:
            if "script timeout" in str(error):  # its page was left meanwhile, and can't answer any more
                return None
            raise
        assert "error" not in found, found["error"]
        return json.loads(found.get("value") or "null")

    def perform(self, actions: list[dict[str, Any]]) -> None:
        self.call("POST", f"/session/{self.session}/actions", actions=actions)

    def new_window(self) -> None:
        made = self.call("POST", f"/session/{self.session}/window/new", type="window")  # a tab of it stays hidden
        self.call("POST", f"/session/{self.session}/window", handle=made["handle"])

    def resize(self, width: int) -> None:
        self.call("POST", f"/session/{self.session}/window/rect", width=width, height=900)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("GET", f"/session/{self.session}/screenshot")))


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A Firefox with an empty profile; the test is skipped where there is none."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if not found:
        pytest.skip("There is no Firefox: apt-get install firefox-esr.")
    (folder / "profile").mkdir()
    (folder / "profile/user.js").write_text('user_pref("datareporting.policy.dataSubmissionEnabled", false);\n')
    command = [found, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(folder / "profile")]
    said = folder / "firefox.log"
    with _running(command, said, HOME=str(folder), MOZ_REMOTE_ALLOW_SYSTEM_ACCESS="1"):
        address = _found(r"WebDriver BiDi listening on (\S+)", said)
        with connect(f"{address}/session", max_size=None) as connection:
            yield Firefox(connection)


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """A WebKitGTK on a screen of its own; the test is skipped where there is none."""
    if not WEBKIT or not shutil.which("WebKitWebDriver") or not shutil.which("Xvfb"):
        pytest.skip("There is no WebKit: apt-get install webkit2gtk-driver xvfb.")
    screen, said, port = folder / "screen", folder / "webkit.log", free_port()
    with screen.open("w") as number:
        xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            stdout=number,
            stderr=subprocess.DEVNULL,
        )
    try:
        display = ":" + _found(r"(\d+)\s", screen)
        with _running(
            ["WebKitWebDriver", f"--port={port}"],
            said,
            DISPLAY=display,
            HOME=str(folder),
            XDG_RUNTIME_DIR=str(folder),
            LIBGL_ALWAYS_SOFTWARE="1",
            WEBKIT_DISABLE_COMPOSITING_MODE="1",
        ):
            until(lambda: _answers(port), "WebKitWebDriver", START_SECONDS)
            options = {"binary": str(WEBKIT[-1]), "args": ["--automation"]}
            yield WebKit(f"http://127.0.0.1:{port}", webkitgtk_browserOptions=options)
    finally:
        xvfb.terminate()
        xvfb.wait()


@contextlib.contextmanager
def old_webkit(folder: Path) -> Iterator[WebKit]:
    """WPE WebKit, without a screen; the test is skipped where there is none."""
    cog = shutil.which("cog")
    if not cog or not shutil.which("WPEWebDriver"):
        pytest.skip("There is no WPE WebKit: apt-get install wpewebkit-driver cog.")
    port, options = free_port(), {"binary": cog, "args": ["--automation", "--platform=headless"]}
    variables = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
    with _running(["WPEWebDriver", f"--port={port}"], folder / "wpe.log", **variables):
        until(lambda: _answers(port), "WPEWebDriver", START_SECONDS)
        yield WebKit(f"http://127.0.0.1:{port}", wpe_browserOptions=options)


@contextlib.contextmanager
def _running(command: list[str], output: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, env={**os.environ, **variables}, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _found(pattern: str, file: Path) -> str:
    until(lambda: re.search(pattern, file.read_text()), file.name, START_SECONDS)
    match = re.search(pattern, file.read_text())
    assert match
    return match[1]
