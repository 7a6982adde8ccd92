"""MyTodoList's page: wherever something takes away what has the focus, keys go on from a place nearby."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, make_many


@pytest.fixture
def todos(new_page: NewPage, live_server: LiveServer, alice: Persona) -> TodoPage:
    make(alice, title="Open")
    make(alice, title="Done", completed=True)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.wait_until_saved()
    return todos


def heading(todos: TodoPage) -> Locator:
    return todos.page.get_by_role("heading", level=1)


def test_after_undo(todos: TodoPage) -> None:
    todos.row("Open").locator(".title").press("Delete")
    todos.undo().press("Enter")
    expect(heading(todos)).to_be_focused()
    expect(todos.row("Open")).to_be_visible()


def test_after_clearing_what_is_done(todos: TodoPage) -> None:
    todos.page.get_by_text("Completed (1)").click()
    todos.page.get_by_role("button", name="Delete all of these").press("Enter")
    expect(heading(todos)).to_be_focused()


def test_after_selecting_all_there_is(todos: TodoPage) -> None:
    todos.page.get_by_text("Completed (1)").click()
    expect(todos.row("Done")).to_be_visible()
    for name in ("Select", "All", "Delete"):
        todos.page.get_by_role("button", name=name, exact=True).click()
    expect(todos.page.get_by_role("button", name="Select", exact=True)).to_be_hidden()
    expect(heading(todos)).to_be_focused()


def test_after_asking_for_more(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make_many(alice, 203)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.titles).to_have_count(200)
    todos.page.get_by_role("button", name="Show more").press("Enter")
    expect(todos.row("Number 200").locator(".title")).to_be_focused()
    expect(todos.page.get_by_role("button", name="Show more")).to_be_hidden()


@pytest.mark.parametrize("how", ["Escape", "Enter"], ids=["by-key", "by-button"])
def test_after_the_bin_on_a_phone(new_page: NewPage, live_server: LiveServer, alice: Persona, how: str) -> None:
    page = TodoPage(new_page(viewport=PHONE), live_server).signed_in(alice).page
    page.get_by_role("button", name="Lists and tags").click()
    page.get_by_role("button", name="Bin").press("Enter")
    dialog = page.get_by_role("dialog", name="Bin")
    dialog.get_by_role("button", name="Close").press(how)
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Bin")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Lists and tags")).to_be_focused()


def test_who_moves_a_list_in_its_dialog_hears_where_to(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """What is said behind a dialog, nobody hears."""
    for name in ("A", "B"):
        alice.api.put(f"/api/todos/lists/{name}/", {"name": name, "order": ord(name)})
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.get_by_role("link", name="A", exact=True).click()
    todos.page.get_by_role("button", name="Change this list").click()
    dialog = todos.page.get_by_role("dialog", name="List")
    dialog.get_by_role("button", name="Move down").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Place 2 of 2")
