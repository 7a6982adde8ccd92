"""MyTodoList's page stays open while a newer version of it is released."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OWN, NewPage
from tests.browser.todo_page import TodoPage, worker_rests
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, stored
from todos import pages

pytestmark = pytest.mark.service_worker


def test_an_open_page_says_that_there_is_a_newer_version(
    new_page: NewPage, live_server: LiveServer, alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(alice, title="Write")
    present = pages.STYLES
    monkeypatch.setattr(pages, "STYLES", [*present, "blog/draft.css"])  # the former version has a file more
    page = new_page(**OWN)
    page.clock.install()
    page.clock.resume()
    todos = TodoPage(page, live_server).signed_in(alice)
    worker_rests(page)
    todos.until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the first worker")
    banner = page.locator("#banner")
    row = todos.details("Write")
    row.get_by_label("Notes").fill("Half typed")
    page.get_by_label("A new to-do").fill("Half typed, too")
    expect(banner).to_be_hidden()
    monkeypatch.setattr(pages, "STYLES", present)
    page.clock.fast_forward("01:00:01")
    expect(banner).to_contain_text("There is a newer version of this page.")
    expect(page.locator("#announcer")).to_contain_text("There is a newer version of this page.")
    expect(page.get_by_label("A new to-do")).to_have_value("Half typed, too")
    banner.get_by_role("button", name="Reload").click()
    expect(banner).to_be_hidden()
    expect(page.get_by_label("A new to-do")).to_have_value("Half typed, too")
    todos.until(lambda: stored(alice, title="Write", notes="Half typed"), "the notes")
    assert todos.problems == []
