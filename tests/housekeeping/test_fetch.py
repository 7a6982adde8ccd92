"""Addresses of others are asked politely, and nothing is reached that is not public."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest

from housekeeping import fetch
from tests.housekeeping.web import Web, running

AGENT = "link checker"


@pytest.fixture
def web() -> Iterator[Web]:
    pages: dict[str, int | str] = {"/": 200, "/gone": 410, "/broken": 500, "/shy": 403, "/busy": 429}
    pages |= {"HEAD /closed": 0, "GET /closed": 200, "/dead": 0}
    pages |= {"HEAD /get": 405, "GET /get": 200, "/moved": "/", "/round": "/round", "/lost": "/nowhere"}
    with running(pages) as web:
        yield web


def here(address: str, port: int) -> bool:
    """This machine alone, as a test's web is on it."""
    return address == "127.0.0.1"


def look(url: str) -> fetch.Answer:
    return fetch.look(url, agent=AGENT, allowed=here)


@pytest.mark.parametrize(
    ("path", "reason", "certain"),
    [
        ("/", "", False),
        ("/get", "", False),
        ("/closed", "", False),
        ("/dead", "no answer (RemoteDisconnected)", False),
        ("/shy", "", False),
        ("/busy", "", False),
        ("/moved", "", False),
        ("/gone", "answers 410", True),
        ("/nowhere", "answers 404", True),
        ("/lost", "answers 404", True),
        ("/broken", "answers 500", False),
        ("/round", "more than 5 redirects", True),
    ],
)
def test_what_an_answer_means(web: Web, path: str, reason: str, certain: bool) -> None:
    assert look(web.url + path) == fetch.Answer(reason, certain)
    assert {agent for _, _, agent in web.asked} == {AGENT}


def test_a_page_that_answers_is_asked_once_for_its_head_alone(web: Web) -> None:
    look(f"{web.url}/?q=1#part")
    assert [asked[:2] for asked in web.asked] == [("HEAD", "/?q=1")]
    look(f"{web.url}/busy")
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_what_is_no_public_address(address: str) -> None:
    assert not fetch.is_public(address, 443)


def test_what_is_a_public_address() -> None:
    assert all(fetch.is_public(each, 443) for each in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"))
    assert not fetch.is_public("93.184.215.14", 6379)


@pytest.mark.parametrize("place", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/"])
def test_a_redirect_is_judged_as_the_address_was(web: Web, place: str) -> None:
    web.pages["/in"] = place
    assert look(f"{web.url}/in") == fetch.Answer("leads to an address that is not public", certain=True)
    assert fetch.look(f"{web.url}/", agent=AGENT) == fetch.Answer(
        "leads to an address that is not public", certain=True
    )
    assert [asked[1] for asked in web.asked] == ["/in"]


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "http://user@example.com/", "http://example.com:x/", "http:///x"]
)
def test_what_is_no_address_of_the_web_is_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "resolve", lambda *_: pytest.fail("it was looked for"))
    assert look(url).reason


def test_a_host_that_has_a_public_and_a_private_address_is_not_asked(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or whoever runs its names could have the second one taken."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert look(web.url).reason == "leads to an address that is not public"
    assert web.asked == []


def test_a_name_is_looked_up_once_for_each_connection(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was judged, whatever the name is a moment later."""
    port = int(web.url.rsplit(":", 1)[1])
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))] for each in ("127.0.0.1", "10.0.0.1")]
    real = socket.getaddrinfo

    def resolve(host: str, *args: int, **options: int) -> Any:
        return answers.pop(0) if host == "rebinding.example" else real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert look(f"http://rebinding.example:{port}/") == fetch.Answer()
    assert len(answers) == 1


def test_a_host_that_is_not_there_may_come_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = look(f"http://127.0.0.1:{port}/")
    assert (found.reason[:9], found.certain) == ("no answer", False)
    assert look("http://no-such-host.invalid/") == fetch.Answer("there is no such host")


def test_a_host_that_never_answers_takes_no_longer_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert look(f"http://127.0.0.1:{listener.getsockname()[1]}/").reason.startswith("no answer")
    monkeypatch.setattr(fetch, "LONGEST", 0.0)
    assert look("http://127.0.0.1/").reason.startswith("no answer within")


@pytest.mark.timeout(30)
def test_nor_does_one_whose_answer_goes_on_and_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps every time-out from coming: without an end of its own this test would have none."""
    monkeypatch.setattr(fetch, "TIMEOUT", 0.3)
    enough = Event()

    def drip(listener: socket.socket) -> None:
        caller, _ = listener.accept()
        with caller, suppress(OSError):
            caller.recv(1000)
            caller.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not enough.wait(0.05):
                caller.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=drip, args=(listener,), daemon=True).start()
        assert not look(f"http://127.0.0.1:{listener.getsockname()[1]}/").certain
    enough.set()
