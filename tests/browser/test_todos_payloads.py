"""MyTodoList's page: a few hundred texts that are scripts elsewhere are texts here."""

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.payloads import PAYLOADS
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.media.uploading import ask
from tests.personas import Persona
from tests.todos.making import make

# As the API takes them: without NUL.
TEXTS = [payload.replace("\0", "") for payload in PAYLOADS]
# Each is the title of one to-do, the notes of another and the list and a tag of a third.
EACH = 3
NOTE_POLICY = """document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
  console.error("policy:", violatedDirective, blockedURI))"""


def test_no_payload_runs(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    names = [ask(alice, b"x", name=" ".join(text.split()))["id"] for text in TEXTS[::30]][:10]
    for start in range(0, len(TEXTS), EACH):
        title, notes, name = (TEXTS + TEXTS)[start : start + EACH]
        tags = list({text.strip()[:50]: None for text in TEXTS[start : start + EACH]})
        make(alice, title=title, notes=notes, list=name.strip()[:100], tags=tags, order=start)
    make(alice, title="Files", attachments=names, order=-1)
    page = new_page()
    page.add_init_script(NOTE_POLICY)
    todos = TodoPage(page, live_server).signed_in(alice)
    page.get_by_role("button", name="Show more").or_(todos.titles.first).first.wait_for()
    row = todos.details("Files")
    expect(row.locator(".file")).to_have_count(len(names))
    expect(page.locator("#count")).to_have_text(f"{len(range(0, len(TEXTS), EACH)) + 1} open")
    for number in range(1, 6):
        page.locator(".todo .open").nth(number).click()
    page.get_by_label("Search all to-dos").fill("<script>")
    page.goto(f"{todos.url}#list=%3Cimg%20src=x%20onerror=alert(1)%3E")
    expect(page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)>")
    page.goto(f"{todos.url}#tag=%E0%A4%A")
    expect(page.get_by_role("heading", level=1)).to_have_text("All to-dos")
    # A script that ran would have opened a dialog; one that tried is in the console.
    assert todos.problems == []


def test_what_is_typed_is_text(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    payload = '"><img src=x onerror=alert(1)>'
    row = todos.add(payload)
    row.get_by_role("button", name="Details of").click()
    row.get_by_label("Notes").fill(payload)
    row.get_by_label("List").fill(payload)
    row.get_by_label("Tags").fill(payload)
    row.get_by_label("Tags").press("Tab")
    expect(page.get_by_role("navigation")).to_contain_text(payload)
    page.keyboard.press("Escape")
    row.locator(".title").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_contain_text(payload)
    assert todos.problems == []
