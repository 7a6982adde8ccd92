"""What repeats, in MyTodoList's page: its next time, and its end."""

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, order, stored
from tests.waiting import until


def test_what_repeats_comes_again_and_undo_takes_it_away(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Pay the rent", due="2090-12-29")
    todos = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    row = todos.details("Pay the rent")
    row.get_by_label("Repeat").select_option("Every month on the last Friday")
    until(lambda: stored(alice, repeat="FREQ=MONTHLY;BYDAY=-1FR;TZID=Europe/Berlin"), "the rule")
    expect(row.locator(".facts")).to_contain_text("Every month on the last Friday")
    row.get_by_role("checkbox").click()  # check() would look again, and find the next one's
    undo = todos.undo()
    until(lambda: stored(alice, completed=False, due="2091-01-26"), "the next")
    expect(row.filter(has_text="26 Jan 2091").or_(row.filter(has_text="Jan 26, 2091"))).to_be_visible()
    undo.click()
    until(lambda: order(alice) == ["Pay the rent"] and len(alice.api.get("/api/todos/").json()) == 1, "no next")
    expect(row).to_have_count(1)
    assert todos.problems == []


def test_what_repeats_ends_after_some_times_or_on_a_day(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Take the tablet", due="2090-12-29")
    todos = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    row = todos.details("Take the tablet")
    expect(row.get_by_label("Ends")).to_be_hidden()
    row.get_by_label("Repeat").select_option("Every day")
    until(lambda: stored(alice, repeat="FREQ=DAILY;TZID=Europe/Berlin"), "the rule")
    row.get_by_label("Ends").select_option("On a day")
    expect(row.get_by_label("Last day")).to_be_focused()
    row.get_by_label("Last day").fill("2091-01-31")
    row.get_by_label("Last day").press("Tab")
    until(lambda: stored(alice, repeat="FREQ=DAILY;UNTIL=20910131;TZID=Europe/Berlin"), "the last day")
    expect(row.locator(".facts")).to_contain_text("Every day, until 2091-01-31")
    row.get_by_label("Ends").select_option("After a number")
    expect(row.get_by_label("Last day")).to_be_hidden()
    times = row.get_by_label("How many are left, this one too")
    expect(times).to_be_focused()
    for wrong in ("0", "1000", "-2", ""):  # what is no number of times is not saved
        times.fill(wrong)
        times.press("Tab")
    assert stored(alice, repeat="FREQ=DAILY;UNTIL=20910131;TZID=Europe/Berlin")
    row.get_by_label("Ends").select_option("After a number")
    times.fill("2")
    times.press("Tab")
    until(lambda: stored(alice, repeat="FREQ=DAILY;COUNT=2;TZID=Europe/Berlin"), "how often")
    expect(row.locator(".facts")).to_contain_text("Every day, 2 left")
    assert violations(todos.page) == []
    # Another rule keeps its end; without a rule there is none.
    row.get_by_label("Repeat").select_option("Every week")
    until(lambda: stored(alice, repeat="FREQ=WEEKLY;COUNT=2;TZID=Europe/Berlin"), "the other rule")
    row.get_by_role("checkbox").click()
    undo = todos.undo()
    last = {"completed": False, "due": "2091-01-05", "repeat": "FREQ=WEEKLY;COUNT=1;TZID=Europe/Berlin"}
    until(lambda: stored(alice, **last), "the last")
    expect(row.filter(has_text="Jan 5")).to_be_visible()
    undo.click()
    until(lambda: stored(alice, completed=False, repeat="FREQ=WEEKLY;COUNT=2;TZID=Europe/Berlin"), "both again")
    expect(row).to_have_count(1)
    row = todos.details("Take the tablet")
    row.get_by_label("Repeat").select_option("Never")
    until(lambda: stored(alice, repeat=""), "no rule")
    expect(row.get_by_label("Ends")).to_be_hidden()
    assert todos.problems == []


def test_what_was_done_without_a_network_comes_again_all_the_same(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Pay the rent", due="2090-12-29", repeat="FREQ=MONTHLY")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.row("Pay the rent")).to_be_visible()
    with todos.offline():
        todos.row("Pay the rent").get_by_role("checkbox").click()
        todos.add("Water the plants")
        row = todos.details("Water the plants")
        row.get_by_label("Due", exact=True).fill("2090-12-30")
        row.get_by_label("Repeat").select_option("Every day")
        row.get_by_role("checkbox").click()
        todos.page.get_by_text("Completed (2)").click()
        expect(todos.titles).to_have_count(0)
        todos.row("Pay the rent").get_by_role("checkbox").press("Delete")
        expect(todos.row("Pay the rent")).to_have_count(0)
    until(lambda: stored(alice, title="Water the plants", completed=False, due="2090-12-31"), "the next of a new one")
    until(lambda: stored(alice, title="Pay the rent", completed=False, due="2091-01-29"), "the next of a deleted one")
    until(lambda: not stored(alice, title="Pay the rent", due="2090-12-29"), "the deletion")
    assert todos.problems == []
