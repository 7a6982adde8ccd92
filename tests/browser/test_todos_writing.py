"""MyTodoList's page in all scripts: from right to left, too."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make

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
