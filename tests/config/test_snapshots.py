"""Two processes restored from one snapshot share neither randomness nor connections nor credentials."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest

# The interface of the library that Lambda's runtimes have, with what the runtime itself would ask of it.
HOOKS = """
before, after = [], []
register_before_snapshot, register_after_restore = before.append, after.append
"""
# libc's fork, as Python's own would tell its modules: nobody tells a process that it was restored.
SCRIPT = """
import ctypes, json, os, random, secrets, sys, uuid

import config.lambda_handler
import snapshot_restore_py as hooks
from config import aws
from dynamo.connection import shared

transport = shared().transport
transport.open()
assert aws.credentials().access_key == "key-0" and len(transport._idle) == 1
for hook in hooks.before:
    hook()
assert not transport._idle

for child in range(2):
    if ctypes.CDLL(None).fork() == 0:
        for hook in hooks.after if sys.argv[1] == "restored" else ():
            hook()
        transport.exchange("DescribeEndpoints", b"{}")
        print(json.dumps({
            "random": random.random(), "secret": secrets.token_hex(), "uuid": str(uuid.uuid4()),
            "key": aws.credentials().access_key, "port": transport._idle[-1].sock.getsockname()[1],
        }), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture
def credentials_url() -> Iterator[str]:
    """Where credentials are given, as to a function with SnapStart: others for each question."""
    numbers = count()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = {"AccessKeyId": f"key-{next(numbers)}", "SecretAccessKey": "s", "Token": "t"}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({**given, "Expiration": "2099-01-01T00:00:00Z"}).encode())

        def log_message(self, *_: object) -> None:
            """Not into the test's output."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def copies(how: str, credentials_url: str, folder: Path) -> list[dict[str, Any]]:
    (folder / "snapshot_restore_py.py").write_text(HOOKS)
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") or "ENDPOINT" in name}
    env = {
        **own, "PYTHONPATH": str(folder), "LOCAL_DIR": str(folder), "AWS_REGION": "us-east-1", "STAGE": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials_url,
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_is_restored_is_like_nothing_else(credentials_url: str, tmp_path: Path) -> None:
    one, other = copies("restored", credentials_url, tmp_path)
    assert all(one[name] != other[name] for name in one)
    assert "key-0" not in {one["key"], other["key"]}


def test_without_the_hooks_copies_would_be_alike(credentials_url: str, tmp_path: Path) -> None:
    one, other = copies("as it was", credentials_url, tmp_path)
    assert one["random"] == other["random"]
    assert one["uuid"] != other["uuid"]
    assert one["secret"] != other["secret"]
