"""rest.client: one service asks another, in this process or over HTTP, and gets the same."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from rest import client
from rest.problems import Forbidden, Invalid, NotFound, Problem, ServiceUnavailable, Unauthenticated
from tests.live import LiveServer
from tests.media.uploading import UPLOADS, ask, jpeg
from tests.personas import Persona


@pytest.fixture(params=["in this process", "over HTTP"])
def _way(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[None]:
    url = live_server.url if request.param == "over HTTP" else ""
    with override_settings(SERVICE_URLS={**settings.SERVICE_URLS, "media": url}):
        yield


def bearer(persona: Persona) -> str:
    """Their Authorization header."""
    return f"Bearer {persona.access_token}"


@pytest.mark.usefixtures("_way")
def test_it_asks_as_the_caller(alice: Persona, bob: Persona) -> None:
    path = f"{UPLOADS}{ask(alice, jpeg())['id']}/"
    assert client.get("media", path, bearer(alice)) == alice.api.get(path).json()
    with pytest.raises(NotFound):
        client.get("media", path, bearer(bob))
    with pytest.raises(Unauthenticated):
        client.get("media", path, "Bearer nonsense")


@pytest.mark.usefixtures("_way")
def test_it_reads_a_list_page_by_page(alice: Persona) -> None:
    ids = [ask(alice, jpeg())["id"] for _ in range(3)]
    first = client.get_page("media", UPLOADS, bearer(alice), limit=2)
    second = client.get_page("media", UPLOADS, bearer(alice), limit=2, cursor=first.next)
    assert [one["id"] for one in (*first.items, *second.items)][:3] == ids[::-1]
    with pytest.raises(Invalid):
        client.get_page("media", UPLOADS, bearer(alice), limit=2, cursor="made up")
    with pytest.raises(Unauthenticated):
        client.get_page("media", UPLOADS, "Bearer nonsense", limit=2)


@pytest.mark.usefixtures("_way")
def test_an_address_that_is_not_there_is_no_answer(alice: Persona) -> None:
    with pytest.raises(Problem) as problem:
        client.get("media", "/api/media/none/", bearer(alice))
    assert type(problem.value) in {NotFound, ServiceUnavailable}


def test_a_service_that_is_nowhere_is_unavailable(alice: Persona) -> None:
    with pytest.raises(ServiceUnavailable) as problem:
        client.get("media", "/api/elsewhere/1/", bearer(alice))
    assert problem.value.retry_after


class Stub(BaseHTTPRequestHandler):
    """A service that answers as the path says."""

    asked: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self.asked.append(dict(self.headers))
        what = self.path.strip("/")
        if what == "closed" and len(self.asked) == 1:
            return
        if what == "slow":
            time.sleep(1)  # longer than the client of this test waits
        self.send_response(int(what) if what.isdigit() else 200)
        self.send_header("Location", "/object/")
        self.end_headers()
        bodies = {"object": json.dumps({"id": "1"}), "array": "[]", "text": "hello", "empty": ""}
        self.wfile.write(bodies.get(what, '{"status": 1}').encode())

    def log_message(self, *args: Any) -> None:
        """Not in the tests' output."""


@pytest.fixture
def _stub() -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with override_settings(SERVICE_URLS={**settings.SERVICE_URLS, "media": f"http://127.0.0.1:{server.server_port}"}):
        yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("_stub")
def test_it_sends_the_callers_token_and_the_requests_id() -> None:
    from rest.problems import request_id

    token = request_id.set("request-1")
    assert client.get("media", "/object/", "Bearer x") == {"id": "1"}
    request_id.reset(token)
    sent = {name.lower(): value for name, value in Stub.asked[-1].items()}
    assert (sent["authorization"], sent["x-request-id"]) == ("Bearer x", "request-1")


@pytest.mark.usefixtures("_stub")
def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    """As those are that a frozen function kept: its first question would be answered with 503."""
    Stub.asked.clear()
    assert client.get("media", "/closed/", "Bearer x") == {"status": 1}
    assert len(Stub.asked) == 2


@pytest.mark.usefixtures("_stub")
def test_it_passes_where_none_but_cloudfront_is_answered() -> None:
    asked = client._Question("GET", "/object/", "Bearer x", address="198.51.100.7")
    with override_settings(EDGE_KEYS=["new", "sent"]):
        client._answer("media", asked)
    sent = {name.lower(): value for name, value in Stub.asked[-1].items()}
    assert (sent["x-origin-key"], sent["x-viewer-address"]) == ("sent", "198.51.100.7")


@pytest.mark.usefixtures("_stub")
def test_either_key_may_be_the_one_that_is_known() -> None:
    Stub.asked.clear()
    with override_settings(EDGE_KEYS=["new", "former"]), pytest.raises(Forbidden):
        client.get("media", "/403/", "Bearer x")
    tried = [value for asked in Stub.asked for name, value in asked.items() if name.lower() == "x-origin-key"]
    assert tried == ["former", "new"]


@pytest.mark.usefixtures("_stub")
@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/401/", Unauthenticated),
        ("/403/", Forbidden),
        ("/404/", NotFound),
        *(
            (f"/{path}/", ServiceUnavailable)
            for path in ("301", "302", "400", "429", "500", "503", "array", "text", "empty")
        ),
    ],
)
def test_whatever_else_is_answered_is_a_problem(path: str, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        client.get("media", path, "Bearer x")


@pytest.mark.usefixtures("_stub")
def test_it_waits_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.2)
    with pytest.raises(ServiceUnavailable):
        client.get("media", "/slow/", "Bearer x")
