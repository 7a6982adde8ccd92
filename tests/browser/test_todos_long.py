"""MyTodoList's page with more to-dos than it draws at once, which is 200."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make_many


@pytest.fixture
def todos(new_page: NewPage, live_server: LiveServer, alice: Persona) -> TodoPage:
    make_many(alice, 205)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.wait_until_saved()
    return todos


def test_what_is_added_is_seen(todos: TodoPage) -> None:
    todos.add("Newest")
    assert todos.problems == []


def test_what_moves_behind_the_last_that_is_drawn_is_before_the_next(todos: TodoPage) -> None:
    todos.row("Number 198").locator(".title").focus()
    todos.page.keyboard.press("Alt+ArrowDown")
    todos.wait_until_saved()
    expect(todos.titles.nth(198)).to_have_text("Number 199")
    expect(todos.titles.nth(199)).to_have_text("Number 198")
