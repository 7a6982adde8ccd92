"""MyTodoList's page and a server that has forgotten: rows that their time took, and a region that is behind."""

from playwright.sync_api import expect

from dynamo import connection
from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, path_of, stored
from tests.waiting import until
from todos.lists import ListRow
from todos.models import Todo

LISTS = "/api/todos/lists/"


def test_a_list_made_again_after_a_month_is_there(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page, names = todos.page, todos.page.locator("#lists .name")
    page.get_by_label("Name of a new list").fill("Christmas")
    page.keyboard.press("Enter")
    expect(names).to_have_text(["Christmas"])
    page.get_by_role("button", name="Change this list").click()
    page.get_by_role("button", name="Delete the list").click()
    expect(names).to_have_count(0)
    todos.wait_until_saved()
    until(lambda: alice.api.get(LISTS).json() == [], "its end")
    page.reload()
    todos.wait_until_saved()  # with the tombstone
    ListRow.remove((alice.sub, "list#Christmas"))
    page.get_by_label("Name of a new list").fill("Christmas")
    page.keyboard.press("Enter")
    until(lambda: alice.api.get(LISTS).json(), "the list")
    make(alice, title="Later", list="Christmas")
    expect(todos.row("Later")).to_be_visible()
    expect(names).to_have_text(["Christmas"])


def test_a_to_do_made_again_after_a_month_is_there(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Again")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.titles).to_have_text(["Again"])
    alice.api.delete(path_of(todo))
    expect(todos.titles).to_have_count(0)
    Todo.remove((alice.sub, todo["id"]))
    assert alice.api.put(path_of(todo), {"title": "Again"}).status_code == 201  # as an import does
    make(alice, title="Later")
    expect(todos.titles).to_have_text(["Again", "Later"])


def test_what_is_kept_after_a_month_is_there(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Plan", notes="a")
    alice.api.patch(path_of(todo), {"notes": "b"})
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    with todos.offline():
        row = todos.details("Plan")
        row.get_by_label("Notes").fill("Written on the island")
        row.get_by_label("Tags").focus()
        expect(page.locator("#status-text")).to_contain_text("1 change")
        alice.api.delete(path_of(todo))
        Todo.remove((alice.sub, todo["id"]))
    page.get_by_role("button", name="Keep it").click()
    until(lambda: stored(alice, title="Plan", notes="Written on the island"), "it")
    make(alice, title="Later")
    expect(todos.titles).to_have_text(["Plan", "Later"])
    todos.wait_until_saved()


def test_a_server_that_is_behind_gets_what_is_changed(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """A second region took over without the last second of writes (docs/adr/0008)."""
    todo = make(alice, title="Plan")
    before = dict(Todo.fetch((alice.sub, todo["id"])).raw)
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.details("Plan").get_by_label("Priority").select_option("3")
    until(lambda: stored(alice, title="Plan", priority=3), "the change")
    todos.wait_until_saved()
    connection.shared().send("PutItem", {"TableName": Todo.Meta.table_name, "Item": before})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if path_of(todo) in request.url else None)
    todos.row("Plan").get_by_label("Done: Plan").click()
    todos.add("Another")
    until(lambda: stored(alice, title="Another"), "what was changed later")
    todos.wait_until_saved()
    assert stored(alice, title="Plan", completed=True)
    assert len(asked) < 20
