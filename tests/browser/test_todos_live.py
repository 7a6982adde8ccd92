"""MyTodoList's page hears of changes over a WebSocket, and asks by itself while it has none."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, Request, Route, WebSocket, WebSocketRoute, expect

from config.aws import connections_client
from tests.browser.conftest import OWN, PHONE, NewPage
from tests.browser.todo_page import LIVE, TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.sockets.connecting import ids
from tests.todos.making import make, path_of

SOCKETS = re.compile("/_aws/execute-api/")
# Longer than the pause between two questions of a page without a connection, in milliseconds.
A_WHILE = 1800


class Traffic:
    """What a page asks for, and sends over WebSockets, from now on."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.sockets: list[WebSocket] = []
        self.sent: list[str | bytes] = []
        page.on("request", self._note)
        page.on("websocket", self._listen)

    def _note(self, request: Request) -> None:
        if "/api/" in request.url:
            self.asked.append(f"{request.method} {request.url.split('?')[0]}")

    def _listen(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framesent", self._keep)

    def _keep(self, frame: str | bytes) -> None:
        self.sent.append(frame)

    def questions(self) -> int:
        """How often it asked what changed."""
        return sum(each.startswith("GET ") and each.endswith("/api/todos/") for each in self.asked)


def opened(new_page: NewPage, live_server: LiveServer, persona: Persona, **options: object) -> tuple[TodoPage, Traffic]:
    """A page of this user with a connection, that has asked all it has to."""
    page = new_page(**options)
    traffic, known = Traffic(page), ids(persona)
    todos = TodoPage(page, live_server).signed_in(persona)
    todos.until(lambda: ids(persona) - known, "the connection")
    todos.until(lambda: rests(page, traffic), "rest")
    return todos, traffic


def rests(page: Page, traffic: Traffic) -> bool:
    """Whether it asks for nothing in a while."""
    before = len(traffic.asked)
    page.wait_for_timeout(A_WHILE)
    return len(traffic.asked) == before


@pytest.mark.service_worker
def test_a_change_shows_on_the_other_device_and_nobody_asks_meanwhile(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    desk, at_desk = opened(new_page, live_server, alice)
    phone, at_phone = opened(new_page, live_server, alice, viewport=PHONE, has_touch=True, is_mobile=True)
    before = at_phone.questions()
    desk.add("From the desk")
    expect(phone.row("From the desk")).to_be_visible(timeout=LIVE)
    desk.page.get_by_label("Done: From the desk").click()
    expect(phone.titles).to_have_count(0, timeout=LIVE)
    assert at_phone.questions() > before
    desk.until(lambda: rests(desk.page, at_desk), "rest")
    before = len(at_phone.asked)
    assert rests(desk.page, at_desk)
    assert len(at_phone.asked) == before
    for traffic in (at_desk, at_phone):
        assert len(traffic.sockets) == 1
        assert traffic.sent == []
    assert desk.problems == phone.problems == []


def test_nobody_hears_of_anothers_changes(
    new_page: NewPage, live_server: LiveServer, alice: Persona, bob: Persona
) -> None:
    hers, traffic = opened(new_page, live_server, alice)
    before = len(traffic.asked)
    make(bob, title="His own")
    hers.page.wait_for_timeout(A_WHILE)
    assert len(traffic.asked) == before


def refuse_tickets(page: Page) -> None:
    page.route("**/api/live/tickets/", lambda route: route.fulfill(status=503, body="{}"))


def refuse_sockets(page: Page) -> None:
    def close(socket: WebSocketRoute) -> None:
        socket.close(code=1011)

    page.route_web_socket(SOCKETS, close)


@pytest.mark.parametrize("refuse", [refuse_tickets, refuse_sockets])
def test_without_a_connection_it_asks_by_itself(
    new_page: NewPage, live_server: LiveServer, alice: Persona, refuse: Callable[[Page], None]
) -> None:
    page = new_page()
    refuse(page)
    todos = TodoPage(page, live_server).signed_in(alice)
    todo = make(alice, title="Asked for")
    expect(todos.row("Asked for")).to_be_visible(timeout=LIVE)
    alice.api.delete(path_of(todo))
    expect(todos.titles).to_have_count(0, timeout=LIVE)
    assert todos.problems == []


def test_a_connection_that_is_lost_comes_back(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos, traffic = opened(new_page, live_server, alice)
    lost = ids(alice)
    for each in lost:
        connections_client(settings.LIVE_API).delete_connection(ConnectionId=each)
    make(alice, title="Meanwhile")
    expect(todos.row("Meanwhile")).to_be_visible(timeout=LIVE)
    todos.until(lambda: ids(alice) - lost, "the next connection")
    todos.until(lambda: rests(todos.page, traffic), "rest")
    make(alice, title="Afterwards")
    expect(todos.row("Afterwards")).to_be_visible(timeout=LIVE)
    assert len(traffic.sockets) == 2


def test_connections_that_end_as_soon_as_they_are_open_are_asked_for_ever_less_often(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """As behind a proxy that lets them through and then cuts them off, in windows that nobody looks at, too."""
    page = new_page(**OWN)
    page.clock.install()
    cuts: list[WebSocketRoute] = []

    def cut(socket: WebSocketRoute) -> None:
        cuts.append(socket)
        socket.send('{"type":"changed"}')  # which opens it
        socket.close(code=1001)

    page.route_web_socket(SOCKETS, cut)
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.until(lambda: cuts, "the connection")
    for _ in range(40):  # two minutes
        page.clock.fast_forward(3000)
        page.wait_for_timeout(50)
    assert 2 <= len(cuts) < 12


def test_the_next_connection_is_there_before_the_old_one_ends(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page(**OWN)
    page.clock.install()
    traffic = Traffic(page)
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.until(lambda: len(ids(alice)) == 1, "the connection")
    first = ids(alice)
    for _ in range(27):  # a little more than the 105 minutes after which it is there at the latest
        page.clock.fast_forward(4 * 60_000)
        page.wait_for_timeout(20)
    todos.until(lambda: ids(alice) and not ids(alice) & first, "the next connection")
    assert {str(each) for each in traffic.sent} == {'{"action":"ping"}'}


def test_signing_out_ends_it(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    traffic = Traffic(page)
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.until(lambda: ids(alice), "the connection")
    todos.sign_out()
    todos.until(lambda: not ids(alice), "the end")
    assert all(socket.is_closed() for socket in traffic.sockets)
    assert len(traffic.sockets) == 1


def test_what_one_refusal_held_back_shows(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos, _ = opened(new_page, live_server, alice)
    refusals = [403]

    def refuse(route: Route) -> None:
        if refusals:
            route.fulfill(status=refusals.pop(), body="{}")
        else:
            route.continue_()

    todos.page.context.route(re.compile(r"/api/todos/\?since="), refuse)
    make(alice, title="Made elsewhere")
    todos.until(lambda: not refusals, "the refusal")
    expect(todos.row("Made elsewhere")).to_be_visible()
