"""MyTodoList's page: lists are made, renamed, coloured, moved and deleted, on every device."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage
from tests.browser.todo_page import LIVE, TodoPage, worker_rests
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, read
from tests.waiting import until

LISTS = "/api/todos/lists/"


def put(persona: Persona, name: str, **values: Any) -> None:
    assert persona.api.put(f"{LISTS}{name}/", {"name": name, **values}, format="json").status_code == 201


def on_server(persona: Persona) -> list[tuple[str, str, str | None]]:
    """(id, name, color), in the order people see."""
    lists = sorted(persona.api.get(LISTS).json(), key=lambda one: one["order"])
    return [(one["id"], one["name"], one["color"]) for one in lists]


def names(todos: TodoPage) -> Locator:
    """The lists beside the to-dos."""
    return todos.page.locator("#lists .name")


def open_list(todos: TodoPage, name: str) -> None:
    menu = todos.page.get_by_role("button", name="Lists and tags")
    if menu.is_visible():
        menu.click()
    todos.page.locator("#lists a").filter(has_text=name).click()
    expect(todos.page.get_by_role("heading", level=1)).to_have_text(name)


def open_dialog(todos: TodoPage, name: str) -> Locator:
    open_list(todos, name)
    todos.page.get_by_role("button", name="Change this list").click()
    return todos.page.locator("#list-dialog")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_list_is_renamed_in_one_action(
    new_page: NewPage, live_server: LiveServer, alice: Persona, viewport: dict[str, int]
) -> None:
    made = [make(alice, title=f"To-do {number}", list="Garden") for number in range(3)]
    todos = TodoPage(new_page(viewport=viewport), live_server).signed_in(alice)
    dialog = open_dialog(todos, "Garden")
    dialog.get_by_label("Name").fill(" inbox")
    dialog.get_by_role("button", name="Save").click()
    message = dialog.get_by_label("Name").evaluate("(field) => field.validationMessage")
    assert message == "Another list has this name."
    dialog.get_by_label("Name").fill("Yard & more")
    dialog.get_by_role("radio", name="green").check(force=True)
    dialog.get_by_role("button", name="Save").click()
    expect(todos.page.get_by_role("heading", level=1)).to_have_text("Yard & more")
    expect(todos.titles).to_have_count(3)
    until(lambda: on_server(alice) == [("Garden", "Yard & more", "green")], "the new name")
    assert [read(alice, todo) for todo in made] == made
    row = todos.details("To-do 1")
    expect(row.get_by_label("List")).to_have_value("Yard & more")
    assert todos.problems == []


def test_an_empty_list_and_its_changes_are_on_another_device(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todos, other = (TodoPage(new_page(), live_server).signed_in(alice) for _ in range(2))
    for name in ("Groceries", "Garden"):
        todos.page.get_by_label("Name of a new list").fill(name)
        todos.page.keyboard.press("Enter")
    expect(names(other)).to_have_text(["Groceries", "Garden"], timeout=LIVE)
    dialog = open_dialog(other, "Garden")
    dialog.get_by_role("button", name="Move up").click()
    expect(dialog.get_by_role("button", name="Move up")).to_be_disabled()
    expect(dialog.get_by_role("button", name="Move down")).to_be_focused()
    dialog.get_by_label("Name").fill("Yard")
    dialog.get_by_role("button", name="Save").click()
    expect(names(todos)).to_have_text(["Yard", "Groceries"], timeout=LIVE)
    todos.page.get_by_role("link", name="Yard").focus()
    todos.page.keyboard.press("Alt+ArrowDown")
    expect(names(todos)).to_have_text(["Groceries", "Yard"])
    expect(todos.page.get_by_role("link", name="Yard")).to_be_focused()
    expect(names(other)).to_have_text(["Groceries", "Yard"], timeout=LIVE)
    todos.page.get_by_label("Name of a new list").fill("Garden")  # its id is taken
    todos.page.keyboard.press("Enter")
    todos.add("Rake")
    expect(names(other)).to_have_text(["Groceries", "Yard", "Garden"], timeout=LIVE)
    until(lambda: [one["list"] for one in alice.api.get("/api/todos/").json()] == ["Garden 2"], "it is kept")
    assert (todos.problems, other.problems) == ([], [])


def test_deleting_moves_to_dos_or_deletes_them_and_is_taken_back(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    for order, name in enumerate(("Home", "Work", "Travel")):
        put(alice, name, color="blue", order=order)
    moved, gone = make(alice, title="Iron", list="Home"), make(alice, title="Pack", list="Travel")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    dialog = open_dialog(todos, "Home")
    dialog.get_by_label("Its to-do").select_option("move to Work")
    dialog.get_by_role("button", name="Delete the list").click()
    undo = todos.undo()
    expect(todos.page.get_by_role("heading", level=1)).to_have_text("Work")
    expect(todos.titles).to_have_text(["Iron"])
    expect(names(todos)).to_have_text(["Work", "Travel"])
    until(lambda: [one[0] for one in on_server(alice)] == ["Work", "Travel"], "the list to be deleted")
    assert read(alice, moved)["list"] == "Work"
    undo.click()
    expect(names(todos)).to_have_text(["Home", "Work", "Travel"])
    until(lambda: ("Home", "Home", "blue") in on_server(alice)[:1], "the list to be back")
    until(lambda: read(alice, moved)["list"] == "Home")
    dialog = open_dialog(todos, "Travel")
    dialog.get_by_label("Its to-do").select_option("are deleted, too")
    dialog.get_by_role("button", name="Delete the list").click()
    expect(names(todos)).to_have_text(["Home", "Work"])
    until(lambda: [one["title"] for one in alice.api.get("/api/todos/").json()] == ["Iron"])
    until(lambda: [one[0] for one in on_server(alice)] == ["Home", "Work"])
    todos.page.keyboard.press("Control+z")
    expect(names(todos)).to_have_text(["Home", "Work", "Travel"])
    todos.wait_until_saved()
    assert read(alice, gone)["list"] == "Travel"
    assert todos.problems == []


@pytest.mark.service_worker
def test_it_works_without_a_network(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    put(alice, "Garden", order=1)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(names(todos)).to_have_text(["Garden"])
    worker_rests(todos.page)
    with todos.offline():
        todos.page.get_by_label("Name of a new list").fill("Groceries")
        todos.page.keyboard.press("Enter")
        todos.add("Milk")
        dialog = open_dialog(todos, "Garden")
        dialog.get_by_label("Name").fill("Yard")
        dialog.get_by_role("button", name="Save").click()
        expect(todos.page.locator("#status-text")).to_contain_text("3 changes")
        other = todos.second()
        expect(names(other)).to_have_text(["Yard", "Groceries"])
        # Elsewhere it is deleted meanwhile: what was typed here keeps it.
        assert alice.api.delete(f"{LISTS}Garden/").status_code == 204
    todos.wait_until_saved()
    assert [one[:2] for one in on_server(alice)] == [("Garden", "Yard"), ("Groceries", "Groceries")]
    assert alice.api.get("/api/todos/").json()[0]["list"] == "Groceries"
    assert todos.problems == []


def test_who_types_on_after_naming_a_list_types_a_to_do_on_it(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.get_by_label("Name of a new list").focus()
    todos.page.keyboard.type("Garden\nRake\nSow\n")
    expect(todos.titles).to_have_text(["Rake", "Sow"])
    expect(todos.page.get_by_label("A new to-do")).to_be_focused()
    todos.wait_until_saved()
    assert {todo["list"] for todo in alice.api.get("/api/todos/").json()} == {"Garden"}
    assert todos.problems == []


def test_a_list_named_dots_deletes_nothing_else(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Kept")
    make(alice, title="Strange", list="..")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    open_list(todos, "..")
    expect(todos.page.get_by_role("button", name="Change this list")).to_be_hidden()
    todos.page.get_by_label("Name of a new list").fill("...")
    todos.page.keyboard.press("Enter")
    todos.page.get_by_label("Name of a new list").fill(".")
    todos.page.keyboard.press("Enter")
    expect(todos.page.get_by_role("heading", level=1)).to_have_text(".")
    todos.page.get_by_role("button", name="Change this list").click()
    todos.page.get_by_role("button", name="Move up").click()
    todos.page.get_by_role("button", name="Delete the list").click()
    expect(names(todos)).to_have_text(["...", ".."])
    todos.wait_until_saved()
    assert len(alice.api.get("/api/todos/").json()) == 2
    assert todos.problems == []
