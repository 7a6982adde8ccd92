"""The account in the page: another password, and its end."""

import json
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from mydata.models import Export, State
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, NewPage
from tests.browser.todo_page import TodoPage
from tests.live import LiveServer
from tests.mydata.test_erasure import is_gone
from tests.mydata.test_import import calendar
from tests.personas import PASSWORD, Persona
from tests.todos.making import make
from tests.waiting import until

NOTHING_LEFT = "async () => !localStorage.length && !(await indexedDB.databases()).length"
WRONG, NEW = "Wrong-Horse-7-Battery", "Other-Horse-8-Battery"


@pytest.fixture(params=[None, PHONE], ids=["desk", "phone"])
def todos(request: pytest.FixtureRequest, new_page: NewPage, live_server: LiveServer, alice: Persona) -> TodoPage:
    """The page with its account's dialog open."""
    options: dict[str, Any] = {"viewport": request.param} if request.param else {}
    todos = TodoPage(new_page(**options), live_server).sign_in(alice)
    todos.page.get_by_label("Account and settings").click()
    return todos


def opened(todos: TodoPage, name: str) -> Locator:
    """The form below this line of the dialog."""
    todos.page.locator("summary").get_by_text(name, exact=True).click()
    return todos.page.locator("#account details[open] form")


def test_an_account_is_deleted(todos: TodoPage, alice: Persona) -> None:
    make(alice, title="Water the plants")
    form = opened(todos, "Delete my account")
    form.get_by_label("Your password").fill(WRONG)
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("This is not the password of your account.")
    expect(form.get_by_label("Your password")).to_have_value("")
    assert violations(todos.page) == []
    assert is_gone(alice)()
    assert alice.api.get("/api/todos/").json() != []
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(todos.page.get_by_role("button", name="Create an account")).to_be_visible()
    todos.page.wait_for_function(NOTHING_LEFT)  # in whichever page: Cognito's leads back to this one
    until(lambda: alice.api.get("/api/todos/").json() == [], "the end of the to-dos")
    assert todos.problems == []


def test_a_copy_of_the_data_is_downloaded(todos: TodoPage, alice: Persona) -> None:
    make(alice, title="Water the plants")
    todos.page.locator("summary").get_by_text("Download my data", exact=True).click()
    place = todos.page.locator("#export")
    expect(place.get_by_role("link", name="Download")).to_be_hidden()
    assert violations(todos.page) == []
    row = Export.ask(alice.sub)
    row.set(state=State.RUNNING, done=50, total=100)
    place.get_by_role("button", name="Pack my data").click()
    expect(place.get_by_role("progressbar")).to_have_js_property("value", 49)
    assert violations(todos.page) == []
    row.set(state=State.FAILED)
    expect(place.get_by_role("status")).to_contain_text("could not be packed")
    place.get_by_role("button", name="Pack my data").click()
    expect(place.get_by_role("status")).to_contain_text("Your data is ready", timeout=30_000)
    assert violations(todos.page) == []
    with todos.page.expect_download() as download:
        place.get_by_role("link", name="Download").click()
    packed = zipfile.ZipFile(download.value.path())
    assert json.loads(packed.read("data.json"))["todos"][0]["title"] == "Water the plants"
    assert download.value.suggested_filename.startswith("mydata-20")
    assert todos.problems == []


def test_a_calendar_is_imported(todos: TodoPage, alice: Persona) -> None:
    todos.page.locator("summary").get_by_text("Import", exact=True).click()
    place = todos.page.locator("#import")
    content = calendar("UID:1\r\nSUMMARY:Water the plants", "UID:2\r\nDESCRIPTION:no title")

    def choose(content: bytes) -> None:
        file: Any = {"name": "todos.ics", "mimeType": "text/calendar", "buffer": content}
        place.get_by_label("Choose a file").set_input_files(file)

    choose(content)
    expect(place.get_by_role("status")).to_have_text("1 imported, 0 already there, 1 refused.", timeout=30_000)
    expect(place.get_by_role("listitem")).to_contain_text("Line 7: title: ")
    assert violations(todos.page) == []
    choose(content)
    expect(place.get_by_role("status")).to_have_text("0 imported, 1 already there, 1 refused.", timeout=30_000)
    choose(b"\x89PNG")
    expect(place.get_by_role("alert")).to_contain_text("neither a ZIP file", timeout=30_000)
    assert violations(todos.page) == []
    todos.page.keyboard.press("Escape")
    expect(todos.page.locator("main")).to_contain_text("Water the plants")
    assert todos.problems == []


def test_a_password_is_changed(todos: TodoPage, alice: Persona) -> None:
    form = opened(todos, "Change my password")
    for old, new, said in (
        (WRONG, NEW, "This is not the password of your account."),
        (PASSWORD, "only-small-letters", "This password is too easy"),
        (PASSWORD, NEW, "Your password is changed."),
    ):
        form.get_by_label("Your password").fill(old)
        form.get_by_label("New password").fill(new)
        form.get_by_role("button").click()
        expect(form.get_by_role("alert")).to_contain_text(said)
    assert violations(todos.page) == []
    todos.page.get_by_role("button", name="Sign out").click()
    expect(todos.page.get_by_role("button", name="Create an account")).to_be_visible()
    todos.page.get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email, NEW)
    assert todos.problems == []
