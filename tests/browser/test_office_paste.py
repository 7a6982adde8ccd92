"""Pasting from office programs, whose clipboard holds text, HTML and a picture of both."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import office
from tests.browser.conftest import NewPage
from tests.browser.desk import POSTS, sign_in
from tests.live import LiveServer
from tests.media.uploading import jpeg
from tests.personas import Persona, sign_up

PASTE = """([selector, texts, files]) => {
  const transfer = new DataTransfer(), field = document.querySelector(selector);
  for (const [kind, text] of Object.entries(texts)) transfer.setData(kind, text);
  for (const [name, content] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
  }
  field.focus();
  const event = new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true});
  // A browser puts in the text itself where nobody does it for it.
  if (field.dispatchEvent(event) && texts["text/plain"]) document.execCommand("insertText", false, texts["text/plain"]);
}"""


@pytest.fixture(scope="module")
def ed() -> Persona:
    return sign_up("ed", "editors")


@pytest.fixture
def page(live_server: LiveServer, new_page: NewPage, ed: Persona) -> Page:
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, ed, f"{POSTS}add/")
    expect(page.locator("[data-insert]")).to_be_visible()
    return page


def paste(page: Page, selector: str, texts: dict[str, str], *files: str) -> None:
    picture = base64.b64encode(jpeg((640, 480))).decode()
    page.evaluate(PASTE, [selector, texts, dict.fromkeys(files, picture)])


CLIPBOARDS = {
    "Word": (office.WORD, "Plan", office.WORD_MARKDOWN),
    "LibreOffice": (office.LIBREOFFICE, "A heading", office.LIBREOFFICE_MARKDOWN),
    "Google Docs": (office.GOOGLE, "Minutes", office.GOOGLE_MARKDOWN),
    "a spreadsheet": (office.SHEET, "Name\tSum", office.SHEET_MARKDOWN),
    "an editor of code": (office.CODE, office.CODE_TEXT, office.CODE_TEXT),
    "words alone": (office.WORDS, office.WORDS_TEXT, office.WORDS_TEXT),
}


def test_formatted_text_becomes_markdown_and_its_picture_is_left(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/uploads/") else None)
    field = page.locator("[name=body]")
    for html, plain, markdown in CLIPBOARDS.values():
        field.fill("Before. After.")
        field.evaluate("(field) => field.setSelectionRange(8, 8)")
        paste(page, "[name=body]", {"text/plain": plain, "text/html": html, "text/rtf": "{}"}, "image.png")
        expect(field).to_have_value(f"Before. {markdown}After.")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press("Control+z")
        expect(field).to_have_value("Before. After.")
    assert sent == []


def test_it_says_which_pictures_it_left_out(page: Page) -> None:
    paste(page, "[name=body]", {"text/plain": "Plan", "text/html": office.WORD})
    expect(page.locator(".writing [data-status]")).to_have_text("Left out: 1 picture. Insert each by itself.")


def test_a_picture_with_its_own_address_or_name_is_a_picture(page: Page) -> None:
    """As browsers put it on the clipboard, and file managers."""
    for texts in ({"text/html": '<img src="https://a.example/x.jpg">'}, {"text/plain": "fields.jpg"}):
        paste(page, "[name=body]", texts, "fields.jpg")
        dialog = page.locator("dialog[open]")
        expect(dialog).to_contain_text("fields.jpg")
        dialog.get_by_role("button", name="Done").click()
        expect(page.locator("[name=body]")).to_have_value(re.compile(r"!\[\]\[fields"))
        page.locator("[name=body]").fill("")


def test_words_pasted_beside_a_picture_are_words(page: Page) -> None:
    expect(page.locator("[data-picture-field] [data-choose]")).to_be_visible()
    paste(page, "[name=hero_1]", {"text/plain": "A field", "text/html": "<b>A field</b>"}, "image.png")
    expect(page.locator("[name=hero_1]")).to_have_value("A field")
    expect(page.locator("[data-picture-field] [data-status]")).to_have_text("")


def test_no_script_of_what_is_pasted_runs(page: Page) -> None:
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    html = "<h2>x<img src=x onerror=alert(1)></h2><script>alert(2)</script><a href='javascript:alert(3)'>y</a>"
    paste(page, "[name=body]", {"text/plain": "x", "text/html": html})
    expect(page.locator("[name=body]")).to_have_value("## x\n\ny")
    assert ran == []
