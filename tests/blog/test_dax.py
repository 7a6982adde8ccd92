"""Public posts may be read by way of DAX, nothing else may; whatever is wrong with it, DynamoDB answers."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Thread

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from dynamo import dax
from tests.blog.writing import POSTS, url, write
from tests.personas import Persona

Knocks = list[None]


@pytest.fixture(params=["down", "hangs up", "hangs"])
def knocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Knocks]:
    """A cluster that never answers, in three ways, and who came to ask it."""
    found: Knocks = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = f"dax://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setitem(settings.DYNAMO, "DAX", address)
        monkeypatch.setattr(dax, "connect", counted(dax.connect, found))
        if request.param == "down":
            listener.close()
        if request.param == "hangs up":
            Thread(target=hang_up, args=[listener], daemon=True).start()
        yield found
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def counted(connect: Callable[[str], object], found: Knocks) -> Callable[[str], object]:
    def counting(url: str) -> object:
        found.append(None)
        return connect(url)

    return counting


def hang_up(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()


def test_a_public_post_is_read_directly_while_the_cluster_fails(edith: Persona, api: APIClient, knocks: Knocks) -> None:
    post = write(edith)
    assert knocks == []
    for _ in range(3):
        assert api.get(url(post)).json()["title"] == post["title"]
    # It was asked once, then left alone.
    assert len(knocks) == 1
    assert api.get(f"{POSTS}nobody-wrote-this/").status_code == 404


def test_nothing_else_asks_the_cluster(edith: Persona, alice: Persona, api: APIClient, knocks: Knocks) -> None:
    draft = write(edith, published_at=None)
    assert edith.api.get(url(draft)).json()["status"] == "draft"
    assert edith.api.get("/api/blog/drafts/").status_code == 200
    assert api.get(POSTS).status_code == 200
    assert alice.api.get("/api/todos/").status_code == 200
    assert knocks == []
    # And it would have known.
    assert api.get(url(draft)).status_code == 404
    assert len(knocks) == 1


def started(before: str = "pass", cluster: str = "") -> "subprocess.CompletedProcess[str]":
    """A process that serves the blog, and then says whether it has the cluster's library."""
    code = f"import django, sys; {before}; django.setup(); import blog.api.views; print('amazondax' in sys.modules)"
    environ = {**os.environ, "DAX_ENDPOINT": cluster}
    return subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, check=False, text=True)


def test_its_library_is_not_imported_without_a_cluster() -> None:
    assert started().stdout.strip() == "False"


def test_a_cluster_without_the_library_stops_the_start() -> None:
    stopped = started("sys.modules['amazondax'] = None", "dax://127.0.0.1")
    assert stopped.returncode
    assert "amazon-dax-client is not here" in stopped.stderr
