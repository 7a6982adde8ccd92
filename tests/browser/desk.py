"""An editor's browser, signed in, and what scripts failed at or the page's policy refused."""

from playwright.sync_api import Dialog, Page, expect

from tests.accounts.editor import Editor
from tests.live import LiveServer
from tests.personas import Persona

POSTS = "/admin/blog/post/"
ADD = f"{POSTS}add/"


def sign_in(page: Page, server: LiveServer, person: Persona, path: str = POSTS) -> list[str]:
    """Open a page of the admin; the list that errors in the browser's console are added to from then on.

    Without Cognito's page, which tests/browser/test_staff.py goes through.
    """
    editor = Editor(server.url)
    editor.sign_in(person)
    page.context.add_cookies([{"name": "staff", "value": editor.key or "", "url": server.url, "httpOnly": True}])
    page.goto(server.url + path)
    expect(page).to_have_url(server.url + path)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def save(page: Page) -> None:
    """Press “Save and continue editing”, and wait until it is said to be done."""
    page.click("input[name=_continue]")
    expect(page.locator(".messagelist .success").first).to_be_visible()


def note(asked: list[str], dialog: Dialog) -> None:
    """What kind of a dialog it was; and say yes."""
    asked.append(dialog.type)
    dialog.accept()
