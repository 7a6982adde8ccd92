"""MyTodoList's page where the browser keeps nothing more: whatever was typed is there still, and the page says so."""

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.test_todos_attachments import JPEG, file
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, stored

FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  window.isFull = true;
  IDBObjectStore.prototype.put = function (...args) {
    const isMeant = JSON.stringify(args).includes(window.only ?? "");
    if (window.isFull && isMeant) throw new DOMException("Full", "QuotaExceededError");
    return put.apply(this, args);
  };
}"""
NO_DRAFTS = """() => {
  Storage.prototype.setItem = () => { throw new DOMException("Full", "QuotaExceededError"); };
}"""
DENIED = """Object.defineProperty(window, "localStorage", {get() {
  throw new DOMException("Access is denied for this document.", "SecurityError");
}})"""
AWAY = """IDBFactory.prototype.open = () => {
  throw new DOMException("Internal error opening backing store.", "UnknownError");
}"""


def test_a_to_do_without_room_stays_in_its_field(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.evaluate(FULL)
    field = page.get_by_label("A new to-do")
    field.fill("Important")
    field.press("Enter")
    expect(page.locator(".toast")).to_contain_text("It could not be kept on this device")
    expect(field).to_have_value("Important")


def test_a_title_without_room_can_be_saved_later(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Before")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.evaluate(FULL)
    page.evaluate("window.only = 'After'")  # what the page may be asking the server meanwhile is no part of this
    todos.row("Before").locator(".title").click()
    title = page.get_by_label("Title")
    title.fill("After")
    title.press("Enter")
    expect(page.locator(".toast")).to_have_text(["It could not be kept on this device: Full"])
    page.evaluate("window.isFull = false")
    title.fill("After all")
    title.press("Enter")
    todos.until(lambda: stored(alice, title="After all"), "the title")


def test_what_is_done_without_room_is_told_of_and_as_it_was(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Pay")
    make(alice, title="Sign", list="Work")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.evaluate(FULL)
    told = page.locator(".toast", has_text="It could not be kept on this device: Full")
    page.get_by_label("Done: Pay").click()
    expect(told).to_have_count(1)
    expect(page.get_by_label("Done: Pay")).not_to_be_checked()
    todos.row("Pay").locator(".title").press("Delete")
    expect(told).to_have_count(2)
    page.get_by_label("Name of a new list").fill("Garden")
    page.get_by_label("Name of a new list").press("Enter")
    expect(told).to_have_count(3)
    expect(todos.page.get_by_role("navigation").get_by_role("link", name="Garden")).to_have_count(0)


def test_words_are_understood_without_room_for_drafts(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    page.evaluate(NO_DRAFTS)
    field = page.get_by_label("A new to-do")
    field.fill("Rent !1")
    expect(page.get_by_label("Understood", exact=True)).to_contain_text("High priority")
    field.press("Enter")
    todos.until(lambda: stored(alice, title="Rent", priority=3), "the to-do")


def test_a_file_without_room_is_told_of(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Odd")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Odd")
    todos.page.evaluate(FULL)
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    expect(todos.page.locator(".toast")).to_contain_text("The file could not be kept on this device")


def test_a_page_whose_storage_was_cleared_begins_anew(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Before")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    session = page.context.new_cdp_session(page)
    with page.expect_navigation():
        session.send("Storage.clearDataForOrigin", {"origin": live_server.url, "storageTypes": "indexeddb"})
    expect(todos.titles).to_have_text(["Before"])
    todos.add("Important")
    todos.until(lambda: stored(alice, title="Important"), "the to-do")


def test_a_browser_without_storage_says_so(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    page.add_init_script(AWAY)
    todos.open()
    expect(page.locator("#status-text")).to_have_text("This browser can't keep anything")


def test_a_browser_that_denies_storage_says_so(new_page: NewPage, live_server: LiveServer) -> None:
    """As where all cookies are blocked: the button to sign in could do nothing."""
    page = new_page()
    page.add_init_script(DENIED)
    TodoPage(page, live_server).open()
    expect(page.get_by_role("alert")).to_contain_text("This browser keeps nothing for this site")
