"""What a cache with our rules does with an application that knows nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from infra.offload.logs import LoggedRequest
from infra.offload.rules import rules
from tests.offload.stage import VARNISHD, Answer, Stage, stage
from tests.waiting import until

pytestmark = pytest.mark.skipif(not VARNISHD, reason="Varnish is not installed (Debian: apt install varnish)")


class Corner:
    """A folder of the application that nobody else asks for, with two files."""

    def __init__(self, served: Stage) -> None:
        self.served, self.path = served, f"/{uuid4().hex}"
        self.folder = served.folder / self.path[1:]
        self.folder.mkdir()
        (self.folder / "App-1.4.0.dmg").write_bytes(b"version 1.4.0")
        (self.folder / "App.dmg").write_bytes(b"the newest")

    def get(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Through the cache."""
        return self.served.get(self.path + path, method=method, body=body, port=0, **headers)

    def asked(self) -> list[LoggedRequest]:
        """What has come to the origin for this folder, by the paths in it."""
        found = [each for each in self.served.asked() if each.path.startswith(self.path)]
        return [replace(each, path=each.path.removeprefix(self.path)) for each in found]


@contextmanager
def cached(folder: Path) -> Iterator[Stage]:
    """An origin, and a cache whose lifetimes of a minute are a second."""
    with stage(folder) as made:
        found = rules({"UncachedPath1": "*/private/*"})
        made.start_cache(tuple(replace(rule, seconds=1) if rule.seconds == 60 else rule for rule in found))
        yield made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """What all tests ask that stop nothing."""
    with cached(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture
def running(served: Stage) -> Corner:
    """A folder of the test's own."""
    return Corner(served)


def paths(running: Corner) -> list[str]:
    return [request.path for request in running.asked()]


def test_what_is_dynamic_passes_unchanged(running: Corner) -> None:
    for _ in range(2):
        answer = running.get(
            "/echo?a=1&b=%20",
            method="POST",
            body=b"data",
            Cookie="session=2",
            Authorization="Bearer x",
            Host="a.example",
        )
        said = answer.body.decode().split("\n")
        assert said[0] == f"POST {running.path}/echo?a=1&b=%20 HTTP/1.1"
        assert {"cookie: session=2", "authorization: Bearer x", "host: a.example", "data"} <= set(said)
        assert "x-origin-secret: the-secret-of-the-origin" in said
        assert answer.headers["set-cookie"] == "session=1"
    assert running.get("/echo").status == running.get("/echo").status == 200
    until(lambda: paths(running).count("/echo") == 4)


def test_a_file_is_served_without_its_origin(tmp_path: Path) -> None:
    """A versioned one from the cache, and one that has expired because there is no newer one to be had."""
    with cached(tmp_path) as served:
        running = Corner(served)
        assert running.get("/App-1.4.0.dmg").body == b"version 1.4.0"
        assert running.get("/App.dmg").body == b"the newest"
        served.stop("origin")
        until(lambda: running.get("/echo").status == 503)
        assert running.get("/App-1.4.0.dmg").body == b"version 1.4.0"
        until(lambda: int(running.get("/App.dmg").headers["age"]) > 1)
        assert running.get("/App.dmg").body == b"the newest"


def test_new_content_under_the_same_name_arrives(running: Corner) -> None:
    assert running.get("/App.dmg").body == b"the newest"
    (running.folder / "App.dmg").write_bytes(b"newer still")
    until(lambda: running.get("/App.dmg").body == b"newer still")


def test_an_expired_file_that_is_the_same_is_not_sent_again(running: Corner) -> None:
    running.get("/App.dmg")
    until(lambda: bool(running.get("/App.dmg")) and paths(running).count("/App.dmg") > 1)
    assert [request.status for request in running.asked() if request.path == "/App.dmg"][:2] == [200, 304]


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [("bytes=0-6", 206, b"version"), ("bytes=8-", 206, b"1.4.0"), ("bytes=-5", 206, b"1.4.0"), ("bytes=99-", 416, b"")],
)
def test_a_range_comes_out_of_the_whole_file(running: Corner, wanted: str, status: int, body: bytes) -> None:
    for _ in range(2):
        answer = running.get("/App-1.4.0.dmg", Range=wanted)
        assert (answer.status, answer.body if status == 206 else b"") == (status, body)
    until(running.asked)
    assert [request.status for request in running.asked()] == [200]


def test_errors_and_missing_files_are_not_kept(running: Corner) -> None:
    assert running.get("/broken").status == running.get("/broken").status == 500
    until(lambda: paths(running) == ["/broken"] * 2)
    assert running.get("/App-1.5.0.dmg").status == 404
    (running.folder / "App-1.5.0.dmg").write_bytes(b"out now")
    assert running.get("/App-1.5.0.dmg").body == b"out now"


@pytest.mark.parametrize(("status", "asked"), [(302, 1), (307, 2), (400, 2), (429, 2)])
def test_of_what_is_no_file_redirects_alone_are_kept(running: Corner, status: int, asked: int) -> None:
    for _ in range(2):
        assert running.get(f"/answer-{status}-1.4.0.dmg").status == status
    until(lambda: [request.status for request in running.asked()] == [status] * asked)


def test_a_path_of_the_owner_s_choice_is_passed_through(running: Corner) -> None:
    (running.folder / "private").mkdir()
    (running.folder / "private/App-1.0.0.dmg").write_bytes(b"secret")
    for _ in range(2):
        assert running.get("/private/App-1.0.0.dmg").body == b"secret"
    until(lambda: paths(running) == ["/private/App-1.0.0.dmg"] * 2)


def test_each_query_is_a_file_of_its_own(running: Corner) -> None:
    """It may be a token: what one reader may see is not shown to another."""
    for query in ("?token=a", "?token=b", "?token=a"):
        assert running.get(f"/App-1.4.0.dmg{query}").status == 200
    until(lambda: [request.query for request in running.asked()] == ["token=a", "token=b"])
