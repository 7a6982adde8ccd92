"""MyTodoList's page: whatever is typed is kept, whatever follows it, and nothing that is only half typed is saved."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, path_of, stored
from tests.waiting import until

# Firefox and WebKit say nothing when a focused field is removed; this browser is made to do as they do.
SILENT = """for (const name of ["change", "focusout", "blur"]) {
  addEventListener(name, (event) => {
    if (event.target.matches?.("textarea, input:not([type=checkbox])")) event.stopImmediatePropagation();
  }, true);
}"""
# A click that leaves the focus where it is, as on a button in WebKit.
CLICK = "(element) => element.click()"


def by_escape(todos: TodoPage, row: Any) -> None:
    todos.page.keyboard.press("Escape")


def by_chip(todos: TodoPage, row: Any) -> None:
    row.get_by_role("button", name="Tomorrow").evaluate(CLICK)
    todos.page.keyboard.press("Escape")


def by_priority(todos: TodoPage, row: Any) -> None:
    row.get_by_label("Priority").select_option("2")
    todos.page.keyboard.press("Escape")


def by_another_view(todos: TodoPage, row: Any) -> None:
    todos.page.evaluate("location.hash = '#list=Elsewhere'")


def by_completing(todos: TodoPage, row: Any) -> None:
    row.locator(".check").evaluate(CLICK)


def by_leaving_the_page(todos: TodoPage, row: Any) -> None:
    todos.page.goto("about:blank")
    todos.open()


# Each in a to-do of its own: its title, the field, what is typed into it, and what becomes of that.
FIELDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Write": ("Notes", "What was typed", {"notes": "What was typed"}),
    "Rake": ("Tags", "Home, garden", {"tags": ["home", "garden"]}),
    "Shop": ("List", "Errands", {"list": "Errands"}),
}
LEAVING = [by_escape, by_chip, by_priority, by_another_view, by_completing, by_leaving_the_page]


@pytest.mark.parametrize("leave", LEAVING, ids=lambda leave: leave.__name__)
def test_what_is_typed_is_kept(
    new_page: NewPage, live_server: LiveServer, alice: Persona, leave: Callable[[TodoPage, Any], None]
) -> None:
    for title in FIELDS:
        make(alice, title=title)
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    for title, (name, typed, wanted) in FIELDS.items():
        page.evaluate("location.hash = ''")
        row = todos.details(title)
        page.evaluate(SILENT)
        row.get_by_label(name, exact=name != "Notes").press_sequentially(typed)
        leave(todos, row)
        until(partial(stored, alice, title=title, **wanted), f"{name} is kept")
    assert todos.problems == []


def test_a_title_is_kept_when_its_row_goes(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Write")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.row("Write").locator(".title").click()
    page.evaluate(SILENT)
    page.get_by_label("Title").fill("Write more")
    by_another_view(todos, None)
    until(lambda: stored(alice, title="Write more"))


def test_notes_typed_in_what_is_deleted_elsewhere_are_kept(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    made = make(alice, title="Write")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Write")
    page.evaluate(SILENT)
    # Slower than the news of the deletion, so that it comes while the field is not saved.
    row.get_by_label("Notes").press_sequentially("Not lost")
    alice.api.delete(f"/api/todos/{made['id']}/")
    expect(page.get_by_text("You changed this, but it was deleted elsewhere")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    until(lambda: stored(alice, title="Write", notes="Not lost"))


def test_a_to_do_half_typed_is_not_thrown_away_by_a_sign_out(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """Nothing else is unsaved: it is told, and is there when its writer signs in again."""
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.get_by_label("A new to-do").type("Water the pl")
    page.get_by_label("Account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#leave-note")).to_contain_text("Not everything is saved yet (1).")
    page.get_by_role("button", name="Sign out all the same").click()
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()
    todos.sign_in(alice)
    expect(page.get_by_label("A new to-do")).to_have_value("Water the pl")
    page.get_by_label("A new to-do").fill("")
    todos.sign_out()


def test_a_year_is_saved_when_it_is_whole(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Renew")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Renew")
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.method == "PATCH" else None)
    field = row.get_by_label("Due", exact=True)
    field.focus()
    for key in "0131":
        page.keyboard.press(key)
    for key in "2031":
        page.keyboard.press(key)
        page.wait_for_timeout(900)  # longer than the pause after which a date is saved
    field.press("Tab")
    until(lambda: any("due" in one for one in sent), "the date")
    todos.wait_until_saved()
    assert {one["due"][:4] for one in sent} == {"2031"}
    assert todos.problems == []


def test_a_date_half_typed_changes_nothing(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    made = make(alice, title="Renew", due="2031-01-31T12:00:00Z")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Renew")
    field = row.get_by_label("Due", exact=True)
    field.focus()
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    todos.details("Renew")
    expect(field).to_have_value(re.compile("2031-01-31"))
    todos.wait_until_saved()
    assert stored(alice, id=made["id"], due=made["due"])


def test_a_time_without_a_date_is_one_of_today(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Call")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Call")
    row.get_by_label("Time").fill("23:30")
    row.get_by_label("Notes").click()
    expect(row.locator(".fact.due")).to_contain_text("Today")
    todos.wait_until_saved()
    assert todos.problems == []


def test_another_day_leaves_the_time_as_it_is(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Dentist", due="2031-01-31T08:30:00Z")
    page = new_page(timezone_id="Europe/Berlin")
    page.clock.set_fixed_time("2031-07-01T12:00:00+02:00")
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Dentist")
    expect(row.get_by_label("Time")).to_have_value("09:30")
    row.get_by_role("button", name="Tomorrow").click()
    until(lambda: stored(alice, id=todo["id"], due="2031-07-02T07:30:00.000Z"), "tomorrow at half past nine")
    expect(row.get_by_label("Time")).to_have_value("09:30")
    row.get_by_role("button", name="None").click()
    until(lambda: stored(alice, id=todo["id"], due=None))
    row.get_by_role("button", name="Today").click()
    until(lambda: stored(alice, id=todo["id"], due="2031-07-01"))


def test_a_day_is_the_same_day_everywhere(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Birthday")
    berlin = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    row = berlin.details("Birthday")
    row.get_by_label("Due", exact=True).fill("2031-12-05")
    row.get_by_label("Notes").click()
    until(lambda: stored(alice, title="Birthday", due="2031-12-05"))
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        there = TodoPage(new_page(timezone_id=zone), live_server).signed_in(alice)
        expect(there.row("Birthday").locator(".fact.due")).to_have_text(re.compile(r"^\s*Dec 5, 2031$"))


FORMER_PAGE = """(sub) => new Promise((resolve) => {
  indexedDB.open(`todos-${sub}`).onsuccess = ({ target: { result } }) => {
    const change = result.transaction("meta", "readwrite");
    change.objectStore("meta").put("", "cursor");
    change.oncomplete = () => { result.close(); resolve(); };
  };
})"""


def test_days_kept_as_moments_become_days_once(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Old", due="2031-12-05T22:59:00Z")  # 23:59 in Berlin
    make(alice, title="Elsewhere", due="2031-12-05T14:59:00Z")  # in Tokyo
    todos = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    expect(todos.row("Old").locator(".fact.due")).to_contain_text("11:59")
    todos.wait_until_saved()
    assert not stored(alice, title="Old", due="2031-12-05")  # a device that never knew other days takes it as it is
    todos.page.evaluate(FORMER_PAGE, alice.sub)
    todos.page.reload()
    until(lambda: stored(alice, title="Old", due="2031-12-05"))
    make(alice, title="Meant", due="2031-12-05T22:59:00Z")
    expect(todos.row("Meant").locator(".fact.due")).to_contain_text("11:59")
    todos.wait_until_saved()
    assert not stored(alice, title="Meant", due="2031-12-05")
    assert not stored(alice, title="Elsewhere", due="2031-12-05")


def test_both_are_what_is_in_the_field_by_then(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Cake", notes="flour")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Cake")
    todos.wait_until_saved()
    with todos.offline():
        row.get_by_label("Notes").fill("flour and sugar")
        row.get_by_label("Tags").focus()
        expect(page.locator("#status-text")).to_contain_text("1 change")
        alice.api.patch(path_of(todo), {"notes": "flour and salt"})
    expect(row.get_by_role("button", name="Keep both")).to_be_visible()
    row.locator("textarea[name=notes]").fill("flour, sugar and three eggs")
    row.get_by_label("Tags").focus()
    expect(row.locator(".question")).to_contain_text("three eggs")
    row.get_by_role("button", name="Keep both").click()
    todos.wait_until_saved()
    notes = alice.api.get(path_of(todo)).json()["notes"]
    assert "three eggs" in notes
    assert "salt" in notes


def test_what_is_typed_right_before_deleting_comes_back(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todo = make(alice, title="Write")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Write")
    todos.wait_until_saved()
    row.get_by_label("Notes").fill("All I know")
    row.get_by_role("button", name="Delete").click()
    todos.undo().click()
    expect(todos.row("Write")).to_be_visible()
    todos.wait_until_saved()
    assert alice.api.get(path_of(todo)).json()["notes"] == "All I know"


def test_a_field_nobody_types_in_shows_what_is_new(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Plan", notes="Old")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Plan")
    row.get_by_label("Notes").focus()
    alice.api.patch(path_of(todo), {"notes": "New", "priority": 3})
    expect(row.get_by_label("Priority")).to_have_value("3")
    expect(row.get_by_label("Notes")).to_have_value("New")
    row.get_by_label("Tags").focus()
    todos.wait_until_saved()
    assert alice.api.get(path_of(todo)).json()["notes"] == "New"


def test_who_types_types_on_while_others_move(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    first, second, third, last = [make(alice, title=title) for title in "ABCD"]
    page = new_page()
    page.add_init_script("delete Element.prototype.moveBefore")  # as in Firefox and Safari: what moves loses the focus
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.row("C").locator(".title").click()
    title = page.get_by_label("Title")
    between = (second["order"] + third["order"]) / 2
    moves = [(first, last["order"] + 1, "BCDA"), (last, first["order"] - 1, "DBCA"), (first, between, "DBAC")]
    for todo, place, titles in moves:
        title.press_sequentially("x")
        alice.api.patch(path_of(todo), {"order": place})
        expect(todos.titles).to_have_text(list(titles))
        expect(title).to_be_focused()
    title.press("Enter")
    until(lambda: stored(alice, title="Cxxx"))
    assert todos.problems == []
