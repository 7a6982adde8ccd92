"""MyTodoList's page: an ordinary day with it."""

import re
import time
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OWN, PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, order, stored
from tests.waiting import until


def test_it_adds(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.page.get_by_text("Nothing to do yet. Add something below.")).to_be_visible()
    todos.add("Buy milk")
    todos.add("  Feed   the cat ".strip().replace("   ", " "))
    expect(todos.titles).to_have_text(["Buy milk", "Feed the cat"])
    expect(todos.page.get_by_label("A new to-do")).to_be_focused()
    expect(todos.page.get_by_label("A new to-do")).to_have_value("")
    todos.wait_until_saved()
    assert order(alice) == ["Buy milk", "Feed the cat"]
    assert todos.problems == []


def test_it_edits_in_place(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Buy milk")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    title = todos.row("Buy milk").locator(".title")
    title.click()
    todos.page.get_by_label("Title").fill("Nothing at all")
    todos.page.keyboard.press("Escape")
    expect(title).to_be_focused()
    title.press("Enter")
    field = todos.page.get_by_label("Title")
    expect(field).to_be_focused()
    field.fill("Buy oat milk")
    field.press("Enter")
    expect(todos.titles).to_have_text(["Buy oat milk"])
    expect(todos.titles).to_be_focused()
    until(lambda: stored(alice, title="Buy oat milk"))
    todos.titles.click()
    todos.page.get_by_label("Title").fill("Buy soy milk")
    todos.page.get_by_label("Search all to-dos").click()
    until(lambda: stored(alice, title="Buy soy milk"))
    assert todos.problems == []


def test_it_completes_and_reopens(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("One", "Two", "Three"):
        make(alice, title=title)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.get_by_label("Done: Two").click()
    expect(todos.titles).to_have_text(["One", "Three"])
    expect(todos.page.get_by_label("Done: Three")).to_be_focused()
    until(lambda: stored(alice, title="Two", completed=True))
    todos.page.get_by_text("Completed (1)").click()
    todos.page.get_by_label("Done: Two").click()
    expect(todos.titles).to_have_text(["One", "Two", "Three"])
    until(lambda: stored(alice, title="Two", completed=False))


def test_it_deletes_and_takes_it_back(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    made = make(alice, title="Precious", notes="All of it", tags=["rare"], due="2030-01-31T09:00:00Z", priority=3)
    make(alice, title="Other")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.details("Precious").get_by_role("button", name="Delete").click()
    undo = todos.undo()
    expect(todos.titles).to_have_text(["Other"])
    until(lambda: order(alice) == ["Other"])
    undo.click()
    expect(todos.titles).to_have_text(["Precious", "Other"])
    until(lambda: order(alice) == ["Precious", "Other"])
    again = alice.api.get(f"/api/todos/{made['id']}/").json()
    kept = ("title", "notes", "tags", "due", "priority", "order", "list")
    assert {name: again[name] for name in kept} == {name: made[name] for name in kept}
    todos.titles.first.focus()
    todos.page.keyboard.press("Delete")
    expect(todos.titles).to_have_text(["Other"])
    expect(todos.titles).to_be_focused()
    todos.page.keyboard.press("Control+z")
    expect(todos.titles).to_have_text(["Precious", "Other"])
    todos.wait_until_saved()
    assert order(alice) == ["Precious", "Other"]
    assert todos.problems == []


def test_it_keeps_details(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Renew the passport")
    todos = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    row = todos.details("Renew the passport")
    row.get_by_label("Notes").fill("Photo: 35 by 45 mm\n- old passport")
    row.get_by_label("Due", exact=True).fill("2031-01-31")
    row.get_by_label("Time").fill("09:30")
    row.get_by_label("List").fill("Errands")
    row.get_by_label("Tags").fill("Travel,  Papers,travel")
    row.get_by_label("Tags").press("Tab")
    row.get_by_label("Priority").select_option("High")
    wanted: dict[str, Any] = {"notes": "Photo: 35 by 45 mm\n- old passport", "due": "2031-01-31T08:30:00.000Z"}
    wanted |= {"list": "Errands", "tags": ["travel", "papers"], "priority": 3}
    until(lambda: stored(alice, **wanted), "the details")
    expect(row.locator(".facts")).to_contain_text("High priority")
    row.get_by_role("button", name="None").click()
    until(lambda: stored(alice, due=None), "no due date")
    row.get_by_label("Tags").fill("x" * 60 + ", fine")
    row.get_by_label("Tags").press("Tab")
    expect(row.get_by_role("alert")).to_contain_text("At most 20 tags of 50 characters")
    until(lambda: stored(alice, tags=["fine"]), "the tag that fits")
    assert todos.problems == []


def test_it_shows_lists_tags_and_days(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Milk", list="Groceries", tags=["white"])
    make(alice, title="Paint", tags=["white"], due=datetime.now(UTC).isoformat())
    make(alice, title="Rent", due="2099-01-01T00:00:00Z")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    places = todos.page.get_by_role("navigation")
    for link, titles in {
        "Groceries 1": ["Milk"],
        "white 2": ["Milk", "Paint"],
        "Today 1": ["Paint"],
        "Upcoming 2": ["Paint", "Rent"],
        "Inbox 2": ["Paint", "Rent"],
        "All to-dos 3": ["Milk", "Paint", "Rent"],
    }.items():
        places.get_by_role("link", name=link).click()
        expect(todos.titles).to_have_text(titles)
    todos.page.go_back()
    expect(todos.page.get_by_role("heading", level=1)).to_have_text("Inbox")
    todos.page.get_by_label("Name of a new list").fill("Garden & more")
    todos.page.keyboard.press("Enter")
    expect(todos.page.get_by_role("heading", level=1)).to_have_text("Garden & more")
    todos.add("Rake")
    until(lambda: stored(alice, title="Rake", list="Garden & more"))
    places.get_by_role("link", name="white").click()
    todos.add("Snow")
    until(lambda: stored(alice, title="Snow", tags=["white"]))
    assert todos.problems == []


def test_it_searches(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Crème brûlée", list="Dessert")
    make(alice, title="Order stroopwafels", notes="the ones with CREAM")
    make(alice, title="Bread", completed=True, tags=["cream-coloured"])
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    search = todos.page.get_by_label("Search all to-dos")
    search.fill("creme DESS")
    expect(todos.titles).to_have_text(["Crème brûlée"])
    search.fill("cream")
    expect(todos.page.locator(".todo .title")).to_have_text(["Order stroopwafels", "Bread"])
    search.fill("no such thing")
    expect(todos.page.get_by_text("Nothing has all of these words.")).to_be_visible()
    search.fill("")
    expect(todos.titles).to_have_count(2)


def test_it_is_sorted_by_dragging(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("A", "B", "C", "D"):
        make(alice, title=title)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    mouse = todos.page.mouse
    start, end = (todos.page.get_by_role("button", name=f"Move {name}").bounding_box() for name in ("D", "B"))
    assert start
    assert end
    mouse.move(start["x"] + 20, start["y"] + 20)
    mouse.down()
    mouse.move(start["x"] + 20, end["y"] + 60, steps=8)
    mouse.move(start["x"] + 20, end["y"] + 10, steps=4)
    mouse.up()
    expect(todos.titles).to_have_text(["A", "D", "B", "C"])
    until(lambda: order(alice) == ["A", "D", "B", "C"])
    mouse.move(start["x"] + 20, start["y"] + 20)
    mouse.down()
    mouse.move(start["x"] + 20, end["y"] - 90, steps=5)
    todos.page.keyboard.press("Escape")
    mouse.up()
    expect(todos.titles).to_have_text(["A", "D", "B", "C"])
    assert todos.problems == []


def test_it_is_sorted_by_a_finger(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("A", "B", "C"):
        make(alice, title=title)
    todos = TodoPage(new_page(viewport=PHONE, has_touch=True, is_mobile=True), live_server).signed_in(alice)
    start, end = (todos.page.get_by_role("button", name=f"Move {name}").bounding_box() for name in ("A", "C"))
    assert start
    assert end
    finger = todos.page.context.new_cdp_session(todos.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    x, top, bottom = start["x"] + 20, start["y"] + 20, end["y"] + 40
    touch("touchStart", (x, top))
    for step in range(1, 9):
        touch("touchMove", (x, top + (bottom - top) * step / 8))
    touch("touchEnd")
    expect(todos.titles).to_have_text(["B", "C", "A"])
    until(lambda: order(alice) == ["B", "C", "A"])


# A database that is busy with something else keeps a change waiting.
HOLD = """() => new Promise((held) => indexedDB.databases().then(([{ name }]) => {
  const opening = indexedDB.open(name);
  opening.onsuccess = () => {
    const end = Date.now() + 1500;
    const store = opening.result.transaction(["todos", "pending"], "readwrite").objectStore("todos");
    const again = () => { if (Date.now() < end) store.count().onsuccess = again; else opening.result.close(); };
    again();
    held();
  };
}))"""


def test_what_is_drawn_meanwhile_takes_no_key_back(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("A", "B", "C"):
        make(alice, title=title)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page = todos.page
    page.get_by_role("button", name="Move A").focus()
    page.keyboard.press("Space")
    page.evaluate(HOLD)
    page.keyboard.press("ArrowDown")
    page.locator("#query").dispatch_event("input")
    page.wait_for_timeout(200)
    assert todos.titles.all_inner_texts() == ["B", "A", "C"]  # now, not later
    page.keyboard.press("ArrowDown")
    expect(todos.titles).to_have_text(["B", "C", "A"])
    until(lambda: order(alice) == ["B", "C", "A"], "the order")
    todos.wait_until_saved()
    expect(todos.titles).to_have_text(["B", "C", "A"])


def test_it_is_sorted_by_keys(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title in ("A", "B", "C"):
        make(alice, title=title)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    keys = todos.page.keyboard
    todos.titles.last.focus()
    keys.press("Alt+ArrowUp")
    expect(todos.titles).to_have_text(["A", "C", "B"])
    expect(todos.row("C").locator(".title")).to_be_focused()
    expect(todos.page.locator("#announcer")).to_have_text("C: place 2 of 3.")
    todos.page.get_by_role("button", name="Move A").focus()
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(todos.titles).to_have_text(["C", "B", "A"])
    keys.press("Escape")
    expect(todos.titles).to_have_text(["A", "C", "B"])
    keys.press("Alt+ArrowUp")
    expect(todos.page.locator("#announcer")).to_have_text("It is the first.")
    todos.wait_until_saved()
    assert order(alice) == ["A", "C", "B"]


def test_it_makes_room_where_there_is_none(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for title, place in (("A", 1.0), ("B", 1.0), ("C", 1.0000000000000002)):
        make(alice, title=title, order=place)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.titles.last.focus()
    todos.page.keyboard.press("Alt+ArrowUp")
    expect(todos.titles).to_have_text(["A", "C", "B"])
    until(lambda: order(alice) == ["A", "C", "B"])


def test_it_clears_what_is_done(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    for number in range(3):
        make(alice, title=f"Done {number}", completed=True)
    make(alice, title="Open")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.get_by_text("Completed (3)").click()
    todos.page.get_by_role("button", name="Delete all of these").click()
    undo = todos.undo()
    expect(todos.page.get_by_text(re.compile("Completed"))).to_be_hidden()
    until(lambda: len(alice.api.get("/api/todos/").json()) == 1)
    undo.click()
    expect(todos.page.get_by_text("Completed (3)")).to_be_visible()
    until(lambda: len(alice.api.get("/api/todos/").json()) == 4)


def test_a_new_one_is_the_last_whatever_was_moved_there(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    for title in ("One", "Two", "Three"):
        make(alice, title=title)
    make(alice, title="Of a fast clock", order=int(time.time() * 1000) + 36_000_000)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    for title in ("One", "Two"):
        handle = todos.page.get_by_label(f"Move {title}")
        handle.focus()
        while todos.titles.last.text_content() != title:
            handle.press("Alt+ArrowDown")
        todos.add(f"After {title}")
        expect(todos.titles.last).to_have_text(f"After {title}")
    todos.wait_until_saved()
    assert order(alice) == ["Three", "Of a fast clock", "One", "After One", "Two", "After Two"]


def test_a_wrong_clock_gives_no_place_in_the_future(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page(**OWN)
    page.clock.install(time=time.time() + 86_400)
    page.clock.resume()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    todos.add("Tomorrow's")
    todos.wait_until_saved()
    make(alice, title="By the API")
    assert order(alice) == ["Tomorrow's", "By the API"]


def test_details_open_no_keyboard_on_a_phone(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Read")
    todos = TodoPage(new_page(viewport=PHONE, has_touch=True, is_mobile=True), live_server).signed_in(alice)
    row = todos.details("Read")
    expect(row.get_by_label("Notes")).to_be_visible()
    expect(row.get_by_label("Notes")).not_to_be_focused()
    row.get_by_role("button", name="Details of Read").click()
    expect(row.get_by_label("Notes")).to_have_count(0)


def test_quick_add_shows_what_it_understands(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(viewport=PHONE, locale="de-DE"), live_server).signed_in(alice)
    field = todos.page.get_by_label("A new to-do")
    understood = todos.page.get_by_label("Understood", exact=True).get_by_role("button")
    field.fill("Bake 2030-12-31 17:00")
    expect(understood).to_have_text(re.compile("^31 Dec 2030 17:00 "))  # in words of the page, by the reader's clock
    field.fill("Pay rent tomorrow #home !1")
    expect(understood).to_have_text([re.compile("^Tomorrow "), re.compile("^High priority "), re.compile("^#home ")])
    assert todos.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field.press("Enter")
    expect(understood).to_have_count(0)
    expect(todos.page.locator("#announcer")).to_have_text("Added Pay rent, Tomorrow, High priority, #home.")
    row = todos.row("Pay rent")
    expect(row.locator(".facts")).to_contain_text("Tomorrow")
    until(lambda: stored(alice, title="Pay rent", priority=3, tags=["home"]))
    field.fill("Watch Tomorrow")
    understood.click()
    expect(field).to_be_focused()
    field.press("Enter")
    until(lambda: stored(alice, title="Watch Tomorrow", due=None))
    assert todos.problems == []


def test_what_is_added_out_of_sight_is_told_of(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page = todos.page
    page.get_by_role("link", name="Today").click()
    todos.add("Here")
    expect(page.locator(".toast")).to_have_count(0)
    field = page.get_by_label("A new to-do")
    field.fill("Elsewhere tomorrow")
    field.press("Enter")
    expect(page.locator(".toast")).to_have_text("Added to Inbox: Elsewhere, Tomorrow")
    page.get_by_label("Search all to-dos").fill("here")
    expect(todos.titles).to_have_text(["Here", "Elsewhere"])
    field.fill("Milk")
    field.press("Enter")
    expect(page.locator(".toast")).to_have_text(["Added to Inbox: Elsewhere, Tomorrow", "Added to Inbox: Milk"])


def test_keys_and_links(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Read https://example.com/a?b=1.", notes="and (https://example.org/x), javascript:alert(1)")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.page.locator("#title").focus()
    todos.page.keyboard.press("n")
    expect(todos.page.get_by_label("A new to-do")).to_be_focused()
    todos.page.keyboard.type("n/?")
    expect(todos.page.get_by_label("A new to-do")).to_have_value("n/?")
    todos.page.locator("#title").focus()
    todos.page.keyboard.press("/")
    expect(todos.page.get_by_label("Search all to-dos")).to_be_focused()
    todos.page.locator("#title").focus()
    todos.page.keyboard.press("?")
    expect(todos.page.get_by_role("dialog", name="Account")).to_be_visible()
    links = todos.page.locator(".fact.link a")
    expect(links).to_have_text(["example.com", "example.org"])
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == ["https://example.com/a?b=1", "https://example.org/x"]
    assert {link.get_attribute("rel") for link in links.all()} == {"noreferrer"}
    assert todos.problems == []
