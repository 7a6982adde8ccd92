"""MyTodoList's page in two windows of one browser: neither undoes what was done in the other."""

from playwright.sync_api import expect

from tests.browser.conftest import OWN, NewPage
from tests.browser.test_todos_attachments import JPEG, file
from tests.browser.todo_page import TodoPage, held
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, stored
from tests.waiting import until

# A window that sleeps hears of the others' changes when it wakes, which may be after its timers have run.
SLEEPING = """
  window.BroadcastChannel = class extends BroadcastChannel {
    set onmessage(handler) {
      super.onmessage = (event) => window.isAsleep ? (window.late ??= []).push(() => handler(event)) : handler(event);
    }
  };
"""


def two(new_page: NewPage, live_server: LiveServer, persona: Persona, script: str = "") -> tuple[TodoPage, TodoPage]:
    page = new_page(**OWN)  # one that hangs would take the other pages of its process along
    if script:
        page.add_init_script(script)
    first = TodoPage(page, live_server).signed_in(persona)
    first.wait_until_saved()
    second = first.second()
    second.wait_until_saved()
    return first, second


def test_a_window_that_slept_does_not_bring_back_what_was_deleted(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    first, second = two(new_page, live_server, alice, SLEEPING)
    page = first.page
    page.evaluate("window.isAsleep = true")
    page.route("**/api/todos/*/", lambda route: route.abort("connectionreset"))
    page.bring_to_front()
    first.add("Once")
    expect(second.row("Once")).to_be_visible()
    second.until(lambda: stored(alice, title="Once"), "what the other window sends")
    second.wait_until_saved()
    second.page.bring_to_front()
    second.row("Once").locator(".title").focus()
    second.page.keyboard.press("Delete")
    second.until(lambda: not stored(alice, title="Once"), "its end")
    second.wait_until_saved()
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(2000)
    page.evaluate("window.isAsleep = false; for (const tell of window.late) tell()")
    expect(first.titles).to_have_count(0)
    first.wait_until_saved()
    assert not stored(alice, title="Once")


def test_notes_written_in_both_are_kept_or_asked_about(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Plan", notes="Old")
    first, second = two(new_page, live_server, alice)
    there = second.details("Plan")
    there.get_by_label("Notes").focus()
    first.page.context.route("**/api/**", lambda route: route.abort())
    first.page.bring_to_front()
    here = first.details("Plan")
    here.get_by_label("Notes").fill("Old, and a whole page more")
    here.get_by_label("Tags").focus()
    expect(second.page.locator("li.todo[data-pending=yes]")).to_be_visible()
    second.page.bring_to_front()
    second.page.keyboard.press("Control+End")
    second.page.keyboard.type("!")
    there.get_by_label("Tags").focus()
    first.page.context.unroute_all()
    second.until(lambda: stored(alice, title="Plan", notes="Old, and a whole page more!"), "both")


def test_a_title_written_in_both_is_kept(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Plan")
    first, second = two(new_page, live_server, alice)
    second.row("Plan").locator(".title").click()
    first.page.context.route("**/api/**", lambda route: route.abort())
    first.page.bring_to_front()
    first.row("Plan").locator(".title").click()
    first.page.get_by_label("Title").fill("Plan for the whole year")
    first.page.keyboard.press("Enter")
    expect(second.page.locator("li.todo[data-pending=yes]")).to_be_visible()
    second.page.bring_to_front()
    second.page.keyboard.press("End")
    second.page.keyboard.type("!")
    second.page.keyboard.press("Enter")
    first.page.context.unroute_all()
    second.until(lambda: stored(alice, title="Plan for the whole year!"), "both")


def test_signing_out_in_one_knows_of_files_of_the_other(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Holiday")
    first, second = two(new_page, live_server, alice)
    waiting = held(first.page.context, "**/*-uploads-*")
    first.details("Holiday").get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    first.until(lambda: waiting, "the upload")
    second.page.get_by_label("Account and settings").click()
    second.page.get_by_role("button", name="Sign out").click()
    expect(second.page.get_by_text("Not everything is saved yet")).to_be_visible()


def test_signing_out_does_not_wait_for_a_window_that_hangs(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    first, second = two(new_page, live_server, alice)
    first.page.evaluate("setInterval(() => {}, 50)")
    session = first.page.context.new_cdp_session(first.page)
    session.send("Debugger.enable")
    session.send("Debugger.pause")
    second.page.wait_for_timeout(500)
    try:
        second.sign_out()
    finally:
        session.send("Debugger.resume")
        session.send("Debugger.disable")
    until(lambda: second.page.evaluate("localStorage.getItem('todos.user')") is None, "nothing left")
