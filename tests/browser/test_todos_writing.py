"""MyTodoList's page in all scripts: from right to left, and by an input method, whose keys are its own."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, stored

HEBREW = "שלום!"
# Whether the mark at the end of the text stands left of its first letter.
RUNS_LEFT = """(element) => {
  const [text] = [...element.childNodes].filter(({nodeType}) => nodeType === Node.TEXT_NODE);
  const left = (offset) => {
    const range = new Range();
    range.setStart(text, offset);
    range.setEnd(text, offset + 1);
    return range.getBoundingClientRect().left;
  };
  return left(text.length - 1) < left(text.data.search(/\\S/));
}"""


def test_what_is_written_from_right_to_left_runs_so(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title=HEBREW, notes=HEBREW, list=HEBREW)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page = todos.page
    page.get_by_role("navigation").get_by_role("link", name=HEBREW).click()
    expect(page.locator("#title")).to_have_text(HEBREW)
    for place in (todos.titles, page.locator("#title"), page.locator("#lists .name")):
        assert place.evaluate(RUNS_LEFT), place
    row = todos.details(HEBREW)
    row.locator(".title").click()
    for field in (page.get_by_label("Title"), row.get_by_label("Notes"), page.get_by_label("A new to-do")):
        assert field.evaluate("(element) => getComputedStyle(element).unicodeBidi") == "plaintext"


def test_links_end_where_they_do(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="次はhttps://example.com/a。見る", notes="「https://example.org/b」『https://example.net/c』")
    make(alice, title="Read (https://example.com/Rome_(city), ch. 2)", notes="https://example.org/d]; https://x.test/?")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.titles).to_have_count(2)
    links = [link.get_attribute("href") for link in todos.page.locator(".fact.link a").all()]
    assert links[:3] == ["https://example.com/a", "https://example.org/b", "https://example.net/c"]
    assert links[3:] == ["https://example.com/Rome_(city)", "https://example.org/d", "https://x.test/"]


def test_links_are_found_in_safari_16(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Read https://example.com/a", notes="not https://[x or https://example.org:port")
    page = new_page()
    page.add_init_script("delete URL.canParse; delete URL.parse")
    todos = TodoPage(page, live_server).signed_in(alice)
    expect(todos.row("Read https://example.com/a").locator(".fact.link a")).to_have_text(["example.com"])
    assert todos.problems == []


# Chromium says so itself; in Safari the composition is over when the key is told of, which then has no code but 229.
METHODS = [pytest.param("isComposing: true", id="chromium"), pytest.param("keyCode: 229", id="safari")]


def press_composing(field: Locator, key: str, method: str) -> None:
    """A key that the input method takes: it chooses among words, or gives them up."""
    event = f"new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true, {method}}})"
    field.evaluate(f"(field) => field.dispatchEvent({event})")


@pytest.mark.parametrize("method", METHODS)
def test_keys_of_an_input_method_are_its_own(
    new_page: NewPage, live_server: LiveServer, alice: Persona, method: str
) -> None:
    make(alice, title="会議")
    todos = TodoPage(new_page(viewport=PHONE), live_server).signed_in(alice)
    page = todos.page
    row = todos.row("会議")
    row.locator(".title").click()
    title = page.get_by_label("Title")
    for key in ("Escape", "Enter"):
        press_composing(title, key, method)
        expect(title).to_be_focused()
    title.press("Enter")
    expect(title).to_have_count(0)
    notes = todos.details("会議").get_by_label("Notes")
    notes.fill("にほん")
    press_composing(notes, "Escape", method)
    expect(notes).to_be_focused()
    page.get_by_role("button", name="Lists and tags").click()
    name = page.get_by_label("Name of a new list")
    name.fill("かいもの")
    press_composing(name, "Escape", method)
    expect(name).to_be_focused()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Select", exact=True).click()
    search = page.get_by_label("Search all to-dos")
    search.fill("会")
    press_composing(search, "Escape", method)
    expect(page.locator("#selection")).to_be_visible()
    todos.until(lambda: stored(alice, title="会議", notes="にほん"), "the notes")
    assert todos.problems == []
