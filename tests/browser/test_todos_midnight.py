"""MyTodoList's page stays open while time passes: what was due later is due now."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make

EVENING = datetime(2031, 3, 4, 23, 50, tzinfo=UTC)


def evening(new_page: NewPage, live_server: LiveServer, alice: Persona) -> TodoPage:
    """The page, opened at that time, with something due at 23:55, on the day and on the next."""
    make(alice, title="Call", due="2031-03-04T23:55:00Z")
    make(alice, title="Rent", due="2031-03-04")
    make(alice, title="Party", due="2031-03-05")
    page = new_page(timezone_id="UTC")
    page.clock.install(time=EVENING)
    page.clock.resume()
    todos = TodoPage(page, live_server).signed_in(alice)
    expect(todos.row("Call").locator(".fact.today")).to_contain_text("Today")
    expect(todos.row("Rent").locator(".fact.today")).to_have_text("Today")
    expect(todos.row("Party").locator(".fact.due")).to_have_text("Tomorrow")
    return todos


def test_rows_say_what_is_due_by_now(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = evening(new_page, live_server, alice)
    todos.page.clock.fast_forward(timedelta(minutes=7) // timedelta(milliseconds=1))
    expect(todos.row("Call").locator(".fact.overdue")).to_contain_text("Overdue: Today")
    todos.page.clock.fast_forward(timedelta(minutes=7) // timedelta(milliseconds=1))
    expect(todos.row("Call").locator(".fact.overdue")).to_contain_text("Overdue: Yesterday")
    expect(todos.row("Rent").locator(".fact.overdue")).to_have_text("Overdue: Yesterday")
    expect(todos.row("Party").locator(".fact.today")).to_have_text("Today")
    todos.page.get_by_role("link", name="Today 3").click()
    expect(todos.titles).to_have_text(["Call", "Rent", "Party"])
    assert todos.problems == []


def test_who_looks_again_in_the_morning_sees_the_new_day_at_once(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todos = evening(new_page, live_server, alice)
    todos.page.clock.pause_at(EVENING + timedelta(seconds=40))
    todos.page.clock.set_system_time(EVENING + timedelta(hours=9))  # no timer has come: the device slept
    todos.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    todos.page.clock.run_for(50)  # a frame, and no minute
    expect(todos.row("Party").locator(".fact.today")).to_have_text("Today")
