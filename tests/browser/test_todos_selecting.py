"""MyTodoList's page: several to-dos are completed, moved and deleted at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, make_many
from tests.waiting import until


@pytest.fixture
def five(alice: Persona) -> None:
    for title in ("A", "B", "C", "D", "E"):
        make(alice, title=title, list="Work" if title == "E" else "inbox")


def lists(persona: Persona) -> dict[str, str]:
    """The list of each open to-do."""
    return {todo["title"]: todo["list"] for todo in persona.api.get("/api/todos/?completed=false").json()}


@pytest.mark.usefixtures("five")
def test_by_touch(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(viewport=PHONE, has_touch=True), live_server).signed_in(alice)
    page = todos.page
    page.get_by_role("button", name="Select", exact=True).tap()
    expect(page.get_by_label("A new to-do")).to_be_hidden()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    page.get_by_label("Select: A").tap()
    todos.row("C").locator(".title").tap()
    expect(page.locator("#selected")).to_have_text("2 selected")
    page.get_by_label("Move the selected to-dos to a list").select_option("Work")
    undo = todos.undo()
    expect(page.locator("#selection")).to_be_hidden()
    until(lambda: lists(alice) == {"A": "Work", "B": "inbox", "C": "Work", "D": "inbox", "E": "Work"})
    undo.tap()
    until(lambda: lists(alice)["A"] == lists(alice)["C"] == "inbox")
    page.get_by_role("button", name="Select", exact=True).tap()
    page.get_by_role("button", name="All", exact=True).tap()
    page.get_by_label("Select: B").tap()
    page.get_by_role("button", name="Complete", exact=True).tap()
    expect(todos.titles).to_have_text(["B"])
    until(lambda: list(lists(alice)) == ["B"])
    page.get_by_text("Completed (4)").tap()
    page.get_by_role("button", name="Select", exact=True).tap()
    page.get_by_label("Select: D").tap()
    page.get_by_role("button", name="Reopen").tap()
    expect(todos.titles).to_have_text(["B", "D"])
    until(lambda: list(lists(alice)) == ["B", "D"])
    assert todos.problems == []


@pytest.mark.usefixtures("five")
def test_by_keys(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    keys = todos.page.keyboard
    todos.row("B").locator(".title").focus()
    keys.press("x")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("x")
    expect(todos.page.locator("#selected")).to_have_text("2 selected")
    alice.api.delete(alice.api.get("/api/todos/").json()[3]["url"])  # one of them, elsewhere
    expect(todos.page.locator("#selected")).to_have_text("1 selected")
    keys.press("ArrowUp")
    keys.press("x")
    keys.press("Delete")
    expect(todos.titles).to_have_text(["A", "E"])
    until(lambda: list(lists(alice)) == ["A", "E"])
    keys.press("Control+z")
    expect(todos.titles).to_have_text(["A", "B", "C", "E"])
    todos.titles.first.focus()
    for _ in range(3):
        keys.down("Backspace")  # the key that is called delete on a Mac, held
    keys.up("Backspace")
    expect(todos.titles).to_have_text(["B", "C", "E"])
    keys.press("Control+z")
    expect(todos.titles).to_have_text(["A", "B", "C", "E"])
    todos.titles.first.focus()
    keys.press("x")
    keys.press("Escape")
    expect(todos.page.locator("#selection")).to_be_hidden()
    expect(todos.page.get_by_label("Done: A")).not_to_be_checked()
    todos.wait_until_saved()
    assert list(lists(alice)) == ["A", "B", "C", "E"]
    todos.titles.first.press("x")
    todos.page.get_by_label("Move the selected to-dos to a list").press("ArrowDown")
    expect(todos.page.locator("#selection-list:open")).to_have_count(1)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        keys.press(key)
    until(lambda: lists(alice)["A"] == "Work")
    todos.titles.first.press("Enter")
    todos.page.keyboard.type("x")  # typed is typed
    expect(todos.page.locator("#selection")).to_be_hidden()
    assert todos.problems == []


def test_all_are_also_those_not_drawn_yet(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make_many(alice, 201)
    make(alice, completed=True)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page = todos.page
    expect(todos.titles).to_have_count(200)
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#selected")).to_have_text("201 selected")
    page.get_by_text("Completed (1)").click()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#selected")).to_have_text("202 selected")
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#selected")).to_have_text("0 selected")
    assert todos.problems == []


TWO_FINGERS = """() => {
  const handles = [...document.querySelectorAll("#todos .handle")];
  const fire = (target, type, pointerId, clientY) => target.dispatchEvent(
    new PointerEvent(type, {bubbles: true, cancelable: true, pointerId, pointerType: "touch", clientX: 30, clientY}));
  const y = (number) => handles[number].getBoundingClientRect().top + 5;
  fire(handles[0], "pointerdown", 1, y(0));
  fire(handles[2], "pointerdown", 2, y(2));
  fire(document, "pointermove", 1, y(1) + 10);
  fire(document, "pointerup", 1, y(1) + 10);
  fire(document, "pointerup", 2, y(2));
}"""


def test_of_two_fingers_the_first_moves(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in "ABCD":
        make(alice, title=title)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.wait_until_saved()
    todos.page.evaluate(TWO_FINGERS)
    expect(todos.page.locator(".is-lifted")).to_have_count(0)
    assert todos.problems == []
