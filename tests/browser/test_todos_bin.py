"""MyTodoList's page: the bin, from which everything of 30 days comes back."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, make_many, stored
from tests.waiting import until


def test_what_was_deleted_comes_back_from_the_bin(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Precious", notes="All of it")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.details("Precious").get_by_role("button", name="Delete").click()
    expect(todos.page.get_by_role("button", name=re.compile(r"^Undo \(\d s\)$"))).to_be_visible()
    todos.wait_until_saved()
    expect(todos.row("Precious")).to_have_count(0)
    todos.page.get_by_role("button", name="Bin").click()
    todos.page.get_by_role("button", name="Bring back Precious").click()
    expect(todos.page.get_by_text("Nothing was deleted within the last 30 days.")).to_be_visible()
    todos.page.keyboard.press("Escape")
    expect(todos.row("Precious")).to_be_visible()
    until(lambda: stored(alice, title="Precious", notes="All of it"))
    assert todos.problems == []


def test_who_brings_something_back_hears_so_in_the_dialog(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    for title in ("Precious", "Other"):
        make(alice, title=title)
    alice.api.delete("/api/todos/")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.get_by_role("button", name="Bin").click()
    bin_ = todos.page.get_by_role("dialog", name="Bin")
    bin_.get_by_role("button", name="Bring back Precious").click()
    expect(bin_.get_by_role("status")).to_have_text("Precious is back.")
    expect(bin_.get_by_role("listitem")).to_have_count(1)
    expect(bin_).to_be_focused()
    bin_.get_by_role("button", name="Bring back Other").click()
    expect(bin_.get_by_role("button", name="Delete all of these for good")).to_be_hidden()


def full_bin(todos: TodoPage, alice: Persona) -> tuple[TodoPage, Locator]:
    """A page whose bin, which is open, has three more than are shown at once."""
    make_many(alice, 103)
    alice.api.delete("/api/todos/")
    todos.signed_in(alice).page.get_by_role("button", name="Bin").click()
    return todos, todos.page.get_by_role("dialog", name="Bin")


def test_all_of_it_can_be_reached(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos, bin_ = full_bin(TodoPage(new_page(), live_server), alice)
    rows = bin_.get_by_role("listitem")
    expect(rows).to_have_count(100)
    last = bin_.get_by_role("button", name=re.compile("^Bring back")).last
    bin_.get_by_role("button", name="Show more").dblclick()
    expect(rows).to_have_count(103)
    expect(rows.nth(100).get_by_role("button")).to_be_focused()
    expect(bin_.get_by_role("button", name="Show more")).to_be_hidden()
    title = str(last.get_attribute("aria-label")).removeprefix("Bring back ")
    last.click()
    expect(todos.titles).to_have_text([title])
    expect(rows).to_have_count(102)
    assert todos.problems == []


def test_who_empties_it_is_told_how_many_go(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos, bin_ = full_bin(TodoPage(new_page(), live_server), alice)
    bin_.get_by_role("button", name="Delete all of these for good").click()
    expect(bin_.get_by_role("button", name="Delete 103 for good: they can't be brought back")).to_be_visible()
    expect(bin_.get_by_role("listitem")).to_have_count(103)
    bin_.get_by_role("button", name=re.compile("^Bring back")).first.click()
    bin_.get_by_role("button", name="Delete all of these for good").click()
    bin_.get_by_role("button", name="Delete 102 for good: they can't be brought back").click()
    expect(bin_.get_by_role("status")).to_have_text("Nothing was deleted within the last 30 days.")
    assert alice.api.get("/api/todos/bin/").json() == []
    assert todos.problems == []
