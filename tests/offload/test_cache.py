"""What a cache with our rules does with an application that knows nothing of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.offload.rules import rules
from tests.offload.stage import VARNISHD, Stage, stage
from tests.waiting import until

pytestmark = pytest.mark.skipif(not VARNISHD, reason="Varnish is not installed (Debian: apt install varnish)")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stage]:
    """An origin with two files, and a cache whose lifetimes of a minute are a second."""
    (tmp_path / "App-1.4.0.dmg").write_bytes(b"version 1.4.0")
    (tmp_path / "App.dmg").write_bytes(b"the newest")
    with stage(tmp_path) as made:
        found = rules({"UncachedPath1": "/private/*"})
        made.start_cache(tuple(replace(rule, seconds=1) if rule.seconds == 60 else rule for rule in found))
        yield made


def paths(running: Stage) -> list[str]:
    return [request.path for request in running.asked()]


def test_what_is_dynamic_passes_unchanged(running: Stage) -> None:
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
        assert said[0] == "POST /echo?a=1&b=%20 HTTP/1.1"
        assert {"cookie: session=2", "authorization: Bearer x", "host: a.example", "data"} <= set(said)
        assert "x-origin-secret: the-secret-of-the-origin" in said
        assert answer.headers["set-cookie"] == "session=1"
    assert running.get("/echo").status == running.get("/echo").status == 200
    until(lambda: paths(running).count("/echo") == 4)


def test_a_file_is_served_without_its_origin(running: Stage) -> None:
    """A versioned one from the cache, and one that has expired because there is no newer one to be had."""
    assert running.get("/App-1.4.0.dmg").body == b"version 1.4.0"
    assert running.get("/App.dmg").body == b"the newest"
    running.stop("origin")
    until(lambda: running.get("/echo").status == 503)
    assert running.get("/App-1.4.0.dmg").body == b"version 1.4.0"
    until(lambda: int(running.get("/App.dmg").headers["age"]) > 1)
    assert running.get("/App.dmg").body == b"the newest"


def test_new_content_under_the_same_name_arrives(running: Stage) -> None:
    assert running.get("/App.dmg").body == b"the newest"
    (running.folder / "App.dmg").write_bytes(b"newer still")
    until(lambda: running.get("/App.dmg").body == b"newer still")


def test_an_expired_file_that_is_the_same_is_not_sent_again(running: Stage) -> None:
    running.get("/App.dmg")
    until(lambda: bool(running.get("/App.dmg")) and paths(running).count("/App.dmg") > 1)
    assert [request.status for request in running.asked() if request.path == "/App.dmg"][:2] == [200, 304]


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [("bytes=0-6", 206, b"version"), ("bytes=8-", 206, b"1.4.0"), ("bytes=-5", 206, b"1.4.0"), ("bytes=99-", 416, b"")],
)
def test_a_range_comes_out_of_the_whole_file(running: Stage, wanted: str, status: int, body: bytes) -> None:
    for _ in range(2):
        answer = running.get("/App-1.4.0.dmg", Range=wanted)
        assert (answer.status, answer.body if status == 206 else b"") == (status, body)
    until(running.asked)
    assert [request.status for request in running.asked()] == [200]


def test_errors_and_missing_files_are_not_kept(running: Stage) -> None:
    assert running.get("/broken").status == 500
    assert running.get("/App-1.5.0.dmg").status == 404
    (running.folder / "App-1.5.0.dmg").write_bytes(b"out now")
    assert running.get("/App-1.5.0.dmg").body == b"out now"


def test_a_path_of_the_owner_s_choice_is_passed_through(running: Stage) -> None:
    (running.folder / "private").mkdir()
    (running.folder / "private/App-1.0.0.dmg").write_bytes(b"secret")
    for _ in range(2):
        assert running.get("/private/App-1.0.0.dmg").body == b"secret"
    until(lambda: paths(running) == ["/private/App-1.0.0.dmg"] * 2)


def test_each_query_is_a_file_of_its_own(running: Stage) -> None:
    """It may be a token: what one reader may see is not shown to another."""
    for query in ("?token=a", "?token=b", "?token=a"):
        assert running.get(f"/App-1.4.0.dmg{query}").status == 200
    until(lambda: [request.query for request in running.asked()] == ["token=a", "token=b"])
