"""MyTodoList's page: without a network, with a slow one, and with one that loses things."""

import re
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.conftest import OWN, PHONE, NewPage
from tests.browser.todo_page import TodoPage, held, worker_rests
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, make_many, stored
from todos import pages


def names(persona: Persona) -> list[str]:
    return [todo["title"] for todo in persona.api.get("/api/todos/?limit=100").json()]


@pytest.mark.service_worker
def test_it_works_without_a_network(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("Keep", "Change", "Finish", "Drop"):
        make(alice, title=title)
    page = new_page(viewport=PHONE)
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    worker_rests(page)
    with todos.offline():
        page.reload()
        expect(todos.titles).to_have_text(["Keep", "Change", "Finish", "Drop"])
        expect(page.locator("#status-text")).to_have_text("Offline")
        page.evaluate("navigator.storage.persist = async () => { window.isAskedToKeep = true }")
        todos.add("Made offline")
        page.wait_for_function("window.isAskedToKeep")
        todos.row("Change").locator(".title").click()
        page.get_by_label("Title").fill("Changed offline")
        page.keyboard.press("Enter")
        page.get_by_label("Done: Finish").click()
        todos.row("Drop").locator(".title").focus()
        page.keyboard.press("Delete")
        todos.add("Made and dropped")
        todos.row("Made and dropped").locator(".title").focus()
        page.keyboard.press("Delete")
        expect(page.locator("#status-text")).to_have_text("Offline, 4 changes waiting")
        page.reload()
        expect(todos.titles).to_have_text(["Keep", "Changed offline", "Made offline"])
        assert names(alice) == ["Keep", "Change", "Finish", "Drop"]
    todos.wait_until_saved()
    assert names(alice) == ["Keep", "Changed offline", "Finish", "Made offline"]
    assert alice.api.get("/api/todos/?completed=true").json()[0]["title"] == "Finish"
    assert todos.problems == []


def test_typing_survives_a_window_that_dies(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="One", notes="Old notes")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.row("One").locator(".title").click()
    page.get_by_label("Title").press_sequentially(" and a half")
    todos.page.locator("#new-title").evaluate("field => { field.value = 'Not yet add'; }")
    todos.page.evaluate("document.querySelector('#new-title').dispatchEvent(new Event('input', {bubbles: true}))")
    other = page.context.new_page()
    page.close(run_before_unload=False)
    again = TodoPage(other, live_server).open()
    expect(again.titles).to_have_text(["One and a half"])
    expect(other.get_by_label("A new to-do")).to_have_value("Not yet add")
    again.details("One and a half").get_by_label("Notes").press_sequentially("Written, not left. ")
    last = page.context.new_page()
    other.close()
    final = TodoPage(last, live_server).open()
    expect(final.details("One and a half").get_by_label("Notes")).to_have_value(re.compile("Written, not left. "))


def test_an_answer_that_gets_lost_makes_nothing_twice(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    lost: list[str] = []

    def lose_answers(route: Any) -> None:
        method = route.request.method
        if method in {"PUT", "PATCH", "DELETE"} and lost.count(method) < 1:
            route.fetch()
            lost.append(method)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/api/todos/*/", lose_answers)
    todos.add("Once")
    todos.until(lambda: lost == ["PUT"])
    todos.row("Once").locator(".title").click()
    page.get_by_label("Title").fill("Once only")
    page.keyboard.press("Enter")
    todos.until(lambda: "PATCH" in lost)
    todos.wait_until_saved()
    assert names(alice) == ["Once only"]
    expect(page.locator(".question")).to_have_count(0)
    todos.row("Once only").locator(".title").focus()
    page.keyboard.press("Delete")
    todos.until(lambda: "DELETE" in lost)
    todos.wait_until_saved()
    assert names(alice) == []
    expect(page.locator(".question")).to_have_count(0)
    assert todos.problems == []


def test_a_server_in_trouble_is_asked_again(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page(viewport=PHONE)
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    statuses = [503, 429, 500]

    def trouble(route: Any) -> None:
        if statuses and route.request.method == "PUT":
            route.fulfill(status=statuses.pop(), headers={"Retry-After": "1"}, body="not JSON at all")
        else:
            route.continue_()

    page.context.route("**/api/todos/*/", trouble)
    todos.add("Patience")
    todos.until(lambda: names(alice) == ["Patience"], seconds=30)
    todos.wait_until_saved()
    assert not statuses
    # It can't say what is new: what is shown may be old.
    page.context.route("**/api/todos/?*", lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("Not up to date")).to_be_in_viewport(ratio=1)
    page.context.unroute_all()
    todos.wait_until_saved()


def test_who_looks_again_does_not_wait_for_the_next_try(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """After some failures it is a minute away; a phone in another network often hears of none."""
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    tries: list[str] = []

    def fail(route: Route) -> None:
        tries.append(route.request.method)
        route.abort()

    page.route(re.compile("/api/todos/"), fail)
    todos.add("Written in the tunnel")
    for _ in range(7):
        todos.until(lambda: "PUT" in tries, "the next try")
        tries.clear()
        page.clock.fast_forward(80_000)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    page.unroute_all()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    todos.until(lambda: stored(alice, title="Written in the tunnel"), "it")


def test_what_the_server_refuses_can_be_mended(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    answer = '{"title": "Invalid", "status": 400, "errors": [{"detail": "Not like this."}]}'
    page.context.route("**/api/todos/*/", lambda route: route.fulfill(status=400, body=answer))
    todos.add("Refused")
    expect(page.get_by_text("This could not be saved: Not like this.")).to_be_visible()
    expect(page.locator("#status-text")).to_have_text("1 change to decide")
    todos.add("Another")
    expect(page.locator("#status-text")).to_have_text("2 changes to decide")
    page.context.unroute_all()
    todos.row("Refused").get_by_role("button", name="Try again").click()
    todos.row("Another").get_by_role("button", name="Undo my change").click()
    todos.wait_until_saved()
    assert names(alice) == ["Refused"]


@pytest.mark.service_worker
def test_a_slow_network_holds_nobody_up(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    worker_rests(page)
    held: list[Route] = []
    is_slow = True
    page.context.route("**/api/todos/**", lambda route: held.append(route) if is_slow else route.continue_())
    for number in range(3):
        todos.add(f"Quick {number}")
    todos.titles.first.click()
    page.get_by_label("Title").fill("Quicker")
    page.keyboard.press("Enter")
    expect(todos.titles).to_have_text(["Quicker", "Quick 1", "Quick 2"])
    todos.until(lambda: held, "the request")
    assert names(alice) == []  # all of that before the network has taken anything
    is_slow = False
    for route in held:
        route.continue_()
    todos.wait_until_saved()
    assert names(alice) == ["Quicker", "Quick 1", "Quick 2"]


def test_a_new_device_says_that_to_dos_are_on_their_way(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """It says that there are none once the server has: who signs in on a new phone has lost nothing."""
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    asked = held(page, "**/api/todos/?since=*")
    todos.open()
    expect(page.locator("#empty")).to_have_text("Your to-dos are on their way.")
    todos.until(lambda: asked, "the question")
    asked.pop().fulfill(status=503)
    todos.until(lambda: asked, "the next question")
    expect(page.locator("#empty")).to_have_text("Your to-dos are on their way.")
    page.unroute_all()  # which lets it go
    expect(page.locator("#empty")).to_have_text("Nothing to do yet. Add something below.")
    asked = held(page, "**/api/todos/?since=*")
    page.reload()
    expect(page.locator("#empty")).to_have_text("Nothing to do yet. Add something below.")


def test_what_is_made_while_the_first_answer_is_on_its_way_stays(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch()))

    page.context.route(re.compile(r"/api/todos/\?since=&"), hold)
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    todos.open().until(lambda: held, "the first answer")
    page.get_by_label("Name of a new list").fill("Garden")
    page.keyboard.press("Enter")
    todos.add("Rake")
    todos.until(lambda: names(alice) == ["Rake"] and alice.api.get("/api/todos/lists/").json(), "both are saved")
    for route, response in held:
        route.fulfill(response=response)
    make(alice, title="Made elsewhere later", list="Garden")
    expect(todos.row("Made elsewhere later")).to_be_visible()
    expect(todos.titles).to_have_text(["Rake", "Made elsewhere later"])
    expect(page.locator("#lists .name")).to_have_text(["Garden"])
    todos.wait_until_saved()
    assert todos.problems == []


def test_long_absence_begins_anew(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    gone, kept = make(alice, title="Gone by then"), make(alice, title="Kept")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    expect(todos.titles).to_have_count(2)
    refusals = [410]

    def too_old(route: Any) -> None:
        if "since=&" not in route.request.url and refusals:
            route.fulfill(status=refusals.pop(), body="{}")
        else:
            route.continue_()

    page.context.route("**/api/todos/?since=*", too_old)
    alice.api.delete(f"/api/todos/{gone['id']}/")
    expect(todos.titles).to_have_text([kept["title"]])
    assert not refusals


def test_it_holds_more_than_a_page(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make_many(alice, 230)
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    expect(page.locator("#count")).to_have_text("230 open")
    expect(todos.titles).to_have_count(200)
    page.get_by_role("button", name="Show more").click()
    expect(todos.titles).to_have_count(230)
    page.get_by_label("Search all to-dos").fill("number 229")
    expect(todos.titles).to_have_text(["Number 229"])


def test_typing_before_the_page_is_ready_counts(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    fresh = page.context.new_page()
    waiting = held(fresh, "**/workspace.js")
    fresh.goto(todos.url, wait_until="commit")
    field = fresh.get_by_label("A new to-do")
    for title in ("Typed in a hurry", "And one more"):
        field.fill(title)
        field.press("Enter")
    field.fill("And yet")
    for route in waiting:
        route.continue_()
    expect(TodoPage(fresh, live_server).titles).to_have_text(["Typed in a hurry", "And one more"])
    expect(field).to_have_value("And yet")


@pytest.mark.service_worker
@pytest.mark.parametrize("is_canary", [False, True])
def test_it_opens_without_a_network_after_a_canary(
    new_page: NewPage, live_server: LiveServer, alice: Persona, monkeypatch: pytest.MonkeyPatch, is_canary: bool
) -> None:
    """For a while one version answers for the worker, and another for the page that it keeps."""
    make(alice, title="Kept")
    document, is_former = pages._document, is_canary

    def of_either() -> str:
        found = document()
        return re.sub(r'(/static/todos/[^"]*\.js)"', r'\1?former"', found) if is_former else found

    monkeypatch.setattr(pages, "_version", lambda _: "present")
    monkeypatch.setattr(pages, "_document", of_either)
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.wait_for_timeout(1500)  # the worker tries
    is_former = False
    for _ in range(2):
        page.reload()
        todos.wait_until_saved()
        worker_rests(page)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    with todos.offline():
        page.reload(wait_until="commit")
        expect(todos.titles).to_have_text(["Kept"])


def test_what_a_session_refused_once_is_sent_later(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.route("**/todos/session/", lambda route: route.fulfill(status=403, body="{}"))
    page.route("**/api/todos/**", lambda route: route.fulfill(status=401, body="{}"))
    todos.add("Waits")
    expect(page.locator("#banner")).to_be_visible()
    page.unroute_all()
    todos.until(lambda: stored(alice, title="Waits"), "the to-do")
    todos.wait_until_saved()
