"""What `manage.py runserver` does first: the embedded AWS with everything in it; then the server, until told to stop.

This process holds the embedded AWS and restarts Django's autoreloading server; it never loads the project's settings,
since they need values which exist only once AWS is there.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType, TracebackType

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.commands.runserver import naiveip_re
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV, get_child_arguments

from config import env
from infra.local.demo.content import DemoError, make_content, make_people
from infra.local.emulator import Emulator, EmulatorError, make_folder
from infra.local.event_proxy import EventProxy
from infra.local.management.commands.runserver import Command
from infra.local.processes import Lock, port_is_taken
from infra.local.provision import provision, write_environment
from infra.local.welcome import LINKS_PATH, table
from infra.stacks import StackError

RELOAD_CODE = 3  # how Django's autoreloader asks to be started again
SERVER_STOP_SECONDS = 5.0
# Ctrl-C reaches the server, too, since it shares our terminal; telling it twice would interrupt its ending.
CTRL_C_SECONDS = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOPBACK = {"0.0.0.0", "127.0.0.1", "localhost", "::", "::1"}  # noqa: S104 - all of them answer there


class StartError(Exception):
    """The local stage can't start. The message is one sentence that says what to do."""


class Stopped(BaseException):
    """A signal asked us to end."""


class CtrlC(Stopped):
    """The signal came from the terminal, to all of us."""


def main(argv: Sequence[str]) -> int:
    """Run `manage.py runserver` as `argv` says, until it ends or a signal comes; the exit code."""
    options = Command().create_parser(argv[0], "runserver").parse_args(list(argv[2:]))
    for signum in _SIGNALS:
        signal.signal(signum, _stop)
    env.use_embedded_aws()
    try:
        with LocalStage(*address(options.addrport, ipv6=options.use_ipv6)) as stage:
            return stage.serve()
    except Stopped:
        return 0
    except (StartError, EmulatorError, StackError, env.MissingVariable, ClientError, BotoCoreError) as error:
        say(f"Error: {error}")
        return 1


def address(addrport: str | None, *, ipv6: bool = False) -> tuple[str, int]:
    """Host and port as runserver understands its argument: `port` or `host:port`. Raises StartError."""
    found = re.match(naiveip_re, addrport or Command.default_port)
    if found is None or not found["port"].isdigit() or not 0 < int(found["port"]) < 65536:
        raise StartError(f"{addrport or Command.default_port!r} is not a port number or address:port pair.")
    host = (found["addr"] or "").strip("[]") or (Command.default_addr_ipv6 if ipv6 else Command.default_addr)
    return ("0.0.0.0" if host == "0" else host), int(found["port"])  # noqa: S104 - the developer asked for it


def aws_port(*, beside: int) -> int:
    """The embedded AWS's port. Raises StartError for one that is none, or the site's own, and MissingVariable."""
    port = env.integer("AWS_PORT", 4566)
    if not 0 < port < 65536 or port == beside:
        raise StartError(f"AWS_PORT={port} is {'the port of the site' if port == beside else 'no port number'}.")
    return port


class LocalStage:
    """The embedded AWS, the proxy of its events and the server, started in this order and stopped in the reverse."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.site_url = f"http://{'localhost' if host in _LOOPBACK else host}:{port}"
        self.folder = env.local_dir()
        self.emulator = Emulator(aws_port(beside=port), self.folder / "aws", log=self.folder / "aws.log")
        self.event_proxy: EventProxy | None = None
        self.server: subprocess.Popen[bytes] | None = None
        self.values: dict[str, str] = {}
        self._lock = Lock(self.folder / "lock")
        self._began = time.time()
        self._not_saved = ""

    def __enter__(self) -> "LocalStage":
        try:
            self._take_folder()
            self._start_emulator()
            self.event_proxy = EventProxy(f"{self.site_url}/_local/events/")
            self._provision()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(server_knows=kind is CtrlC)

    def serve(self) -> int:
        """Run the server, again and again while it asks for a reload; its exit code."""
        threading.Thread(target=self._welcome, daemon=True, name="welcome").start()
        reloaded = ""
        while True:
            self.server = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, *get_child_arguments()[1:]],
                env={**env.snapshot(), **self.values, DJANGO_AUTORELOAD_ENV: "true", "LOCAL_RELOADED": reloaded},
                close_fds=False,
            )
            code = self._watch(self.server)
            if code != RELOAD_CODE:
                return code
            reloaded = "yes"

    def stop(self, *, server_knows: bool = False) -> None:
        """Stop the server, then the embedded AWS with its data saved. Signals no longer interrupt."""
        for signum in _SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        self._stop_server(CTRL_C_SECONDS if server_knows else 0)
        if self.event_proxy:
            self.event_proxy.stop()
        if not self.emulator.stop():
            say(f"The embedded AWS could not save its data{f': {self._not_saved}' if self._not_saved else ''}.")
        self._lock.release()

    def _take_folder(self) -> None:
        self._hold_lock()
        if leftover := self.emulator.end_leftover():
            say(f"An earlier start left its embedded AWS running (process {leftover}); it is ended, its data kept.")
        if port_is_taken(self.port, self.host):
            raise StartError(
                f"Port {self.port} is taken: end what uses it, or choose another, like PORT={self.port + 1}."
            )

    def _hold_lock(self) -> None:
        make_folder(self.folder, self._lock.path)
        if not self._lock.take():
            raise StartError(
                f"It runs already from this folder (process {self._lock.holder().get('pid')}): stop that one first; "
                "another clone, or another LOCAL_DIR, can run beside it."
            )

    def _start_emulator(self) -> None:
        self.emulator.start()
        for notice in self.emulator.persistence()["notices"]:
            say(f"Warning: {notice}")

    def _watch_saving(self) -> None:
        """Say so at once when data can't be saved any more, and when it can again."""
        with suppress(OSError, ValueError):
            error = self.emulator.persistence()["error"]
            if error and not self._not_saved:
                say(f"Warning: the embedded AWS can't save its data ({error}); it refuses writes until it can.")
            elif self._not_saved and not error:
                say("The embedded AWS saves its data again.")
            self._not_saved = error

    def _provision(self) -> None:
        values = provision(
            self.emulator.endpoint_url,
            stage="local",
            site_url=self.site_url,
            events_url=self.event_proxy.url if self.event_proxy else "",
            say=lambda what: say(f"  {what}"),
        )
        self.values = write_environment(self.folder / "env.json", values)
        make_people(self.values)

    def _welcome(self) -> None:
        """Once the site answers, for the first time at all: fill it. Then say where everything is."""
        while (there := self._links()) is None:
            time.sleep(0.05)
        done = self.folder / "aws" / "demo"
        if env.boolean("DEMO", default=True) and not done.exists():
            say("  creating demo content")
            try:
                make_content(self.values)
                done.touch()
            except (DemoError, OSError, BotoCoreError, ClientError) as error:
                say(f"Some demo content is missing, and is tried again at the next start: {error}")
        aws, log, seconds = self.emulator.endpoint_url, str(self.emulator.log), time.time() - self._began
        say(table(site=self.site_url, there=there, aws=aws, log=log, seconds=seconds))

    def _links(self) -> list[str] | None:
        """The paths the site says are there; None while it does not answer."""
        try:
            with urllib.request.urlopen(self.site_url + LINKS_PATH, timeout=10) as response:  # noqa: S310 - our site
                return list(json.load(response))
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def _watch(self, server: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return server.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if not self.emulator.running:
                    say("The embedded AWS has ended by itself; starting it again with the data last saved.")
                    self._start_emulator()
                    self._provision()
                self._watch_saving()

    def _stop_server(self, grace: float) -> None:
        if self.server is None:
            return
        for patience, end in ((grace, self.server.terminate), (SERVER_STOP_SECONDS, self.server.kill)):
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(patience)
            end()  # does nothing once it has ended
        self.server.wait()


def say(text: str) -> None:
    """Print at once; a terminal that was closed must not keep us from stopping well."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - stays open until we end


def _stop(signum: int, frame: FrameType | None) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise CtrlC if signum == signal.SIGINT else Stopped
