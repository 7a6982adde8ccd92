"""Saves what the embedded AWS holds and restores it, so that nothing it acknowledged is lost silently.

MiniStack saves when it ends, writes no faster than that, takes a damaged file for none and logs a full disk. Here

- a copy of the process (fork) saves every SAVE_SECONDS what has changed, while the process itself goes on answering;
- nothing is saved before all has been restored;
- a file is written whole, with fsync, beside the one before, which is kept as its former generation;
- a file that can't be read is replaced by its former generation, and where there is none, nothing starts;
- while saving fails, writes are answered with 503.
"""

import json
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from infra.local.asgi import Asgi, Message, Receive, Send, answer
from infra.local.strict.places import Call, around
from infra.local.whole_file import write_whole

SAVE_SECONDS = 2.0
# A copy that takes longer hangs: a lock it needs was held when it was made.
COPY_SECONDS = 30.0
# How the process ends when its last data could not be saved.
NOT_SAVED = 74  # EX_IOERR of sysexits.h
_READS = ("BatchGet", "Describe", "Get", "Initiate", "List", "Query", "Receive", "Scan", "TransactGet")
_XML = "<Error><Code>ServiceUnavailable</Code><Message>{}</Message></Error>"

logger = logging.getLogger("infra.local.persistence")


class DamagedState(Exception):
    """Neither a file nor its former generation can be read. The message says which, and what to do."""


class Persistence:
    """What stands between MiniStack and the files in `folder`."""

    def __init__(self, ministack: Any, folder: Path) -> None:
        self.ministack, self.folder = ministack, folder
        self.error = ""
        """Why the last save failed; empty when all is saved."""
        self.notices: list[str] = []
        """What a person should know about the restore."""
        self._restored = threading.Event()
        self._lock = threading.Lock()

    def install(self, s3: ModuleType) -> None:
        """Take over saving and restoring; `s3` is MiniStack's module, which writes files itself."""
        self.ministack._load_persisted_state = self._restore_or_end
        self.ministack.save_all = self.save_at_the_end

        @around(s3, "_atomic_write")
        def write_noticed(write: Call, *what: object, **options: object) -> None:
            """MiniStack logs it when an object can't be written, and answers as if it were."""
            try:
                write(*what, **options)
            except OSError as error:
                self.error = str(error)
                raise

    def status(self) -> bytes:
        """How saving goes, as JSON."""
        return json.dumps({"error": self.error, "notices": self.notices}).encode()

    # --- Restoring --------------------------------------------------------------------------------------------------

    def _restore_or_end(self) -> None:
        """MiniStack would go on without the data, and save that."""
        try:
            self.restore()
        except DamagedState as damaged:
            print(damaged, flush=True)  # the log's last line, which is shown to the developer
            os._exit(1)

    def restore(self) -> None:
        """Restore every service, then begin to save. Raises DamagedState."""
        for service, module in self.ministack._state_map.items():
            if data := self._read(service):
                try:
                    self.ministack._get_module(module).load_persisted_state(data)
                except Exception as error:
                    raise DamagedState(f"{self._path(service)} can't be restored: {error!r}") from error
        self._restored.set()
        threading.Thread(target=self._keep_saving, daemon=True, name="save").start()

    def _read(self, service: str) -> Any:
        problems = []
        for path in (self._path(service), self._former(service)):
            try:
                data = parse(path.read_text(), service)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError, KeyError) as error:
                problems.append(f"{path} can't be read ({error})")
                continue
            if problems:
                self.notices.append(f"{problems[0]}: what was saved just before it is used.")
            return data
        if problems:
            raise DamagedState(f"{'; '.join(problems)}. Put a good copy there, or forget all data: make reset.")
        return None

    # --- Saving -----------------------------------------------------------------------------------------------------

    def _keep_saving(self) -> None:
        while True:
            time.sleep(SAVE_SECONDS)
            with self._lock:
                self.error = self._save_in_a_copy()

    def _save_in_a_copy(self) -> str:
        reader, writer = os.pipe()
        copy = os.fork()
        if copy == 0:
            _end_with_word(writer, self.save)
        os.close(writer)
        try:
            if not select.select([reader], [], [], COPY_SECONDS)[0]:
                os.kill(copy, signal.SIGKILL)
                return "it takes too long"
            return os.read(reader, 4096).decode()
        finally:
            os.close(reader)
            os.waitpid(copy, 0)

    def save(self) -> str:
        """Write what differs from the files; why that failed, or nothing."""
        try:
            for service, get_state in self.ministack._build_persistence_save_dict().items():
                if (state := get_state()) is not None:
                    self._write(service, dump(state, service))
        except (OSError, TypeError, ValueError) as error:
            return str(error) or repr(error)
        return ""

    def save_at_the_end(self, _: object) -> None:
        """Save for the last time, if all had been restored."""
        with self._lock:
            if self._restored.is_set():
                self.error = self.save()

    def _write(self, service: str, content: bytes) -> None:
        path = self._path(service)
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return
        write_whole(path, content, former=self._former(service))

    def _path(self, service: str) -> Path:
        return self.folder / f"{service}.json"

    def _former(self, service: str) -> Path:
        return self.folder / f"{service}.former.json"


async def writes_refused(app: Asgi, persistence: Persistence, scope: Message, receive: Receive, send: Send) -> None:
    """A layer that answers writes with 503 while saving fails, and passes on what can be kept."""
    begun = refused = False

    async def judge(message: Message) -> None:
        """A write that could not be put on the disk is refused after all: S3 writes during the request."""
        nonlocal begun, refused
        if not begun:
            begun, refused = True, bool(persistence.error)
            if refused:
                await _refuse(persistence.error, scope, send)
        if not refused:
            await send(message)

    if scope["type"] != "http" or is_read(scope):
        await app(scope, receive, send)
    elif persistence.error:
        await _refuse(persistence.error, scope, send)
    else:
        await app(scope, receive, judge)


async def _refuse(error: str, scope: Message, send: Send) -> None:
    words = f"The embedded AWS can't save: {error}"
    if operation(scope):
        body, kind = json.dumps({"__type": "ServiceUnavailable", "message": words}), "application/x-amz-json-1.0"
    else:
        body, kind = _XML.format(escape(words)), "application/xml"
    await answer(send, 503, body.encode(), kind, retry_after="5")


def operation(scope: Message) -> str:
    """What X-Amz-Target names, such as GetItem; empty for services without it."""
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1")
    return str(target.rpartition(".")[2])


def is_read(scope: Message) -> bool:
    """Whether a request changes nothing. MiniStack's own pages change nothing that is saved, but for a reset."""
    if scope["path"].startswith("/_ministack/") or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return True
    return operation(scope).startswith(_READS)


def dump(state: object, service: str) -> bytes:
    """A service's data as MiniStack writes it."""
    from ministack.core.persistence import _json_default, _state_format_version

    whole = {"__ministack_format__": _state_format_version(service), "payload": state}
    return json.dumps(whole, default=_json_default).encode()


def parse(text: str, service: str) -> Any:
    """The same data again. Raises ValueError for what is no JSON, or of a newer MiniStack."""
    from ministack.core.persistence import _json_object_hook, _state_format_version

    data = json.loads(text, object_hook=_json_object_hook)
    if not isinstance(data, dict) or "__ministack_format__" not in data:
        return data
    if data["__ministack_format__"] > _state_format_version(service):
        raise ValueError("a newer MiniStack wrote it")
    return data["payload"]


def _end_with_word(writer: int, act: Callable[[], str]) -> None:
    """In the copy: do it, say how it went, and end. Sockets and locks of the original must not outlive it here."""
    word = "it failed"
    try:
        highest = os.sysconf("SC_OPEN_MAX")
        os.closerange(3, writer)
        os.closerange(writer + 1, min(highest, 65536))
        word = act()
    except BaseException as error:  # whatever it is, the original has to hear of it
        word = repr(error)
    finally:
        os.write(writer, word.encode()[:4096])
        os._exit(0)
