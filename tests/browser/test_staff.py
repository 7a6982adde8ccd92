"""The admin and Swagger UI in a real browser: signing in and out, under a policy that allows nothing inline."""

import io
import re
from collections.abc import Iterator

import pytest
import zxingcpp
from django.test import override_settings
from PIL import Image
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.accounts import notes
from tests.accounts.totp import code, wrong_code
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, PHONE, NewPage
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona, sign_up
from tests.waiting import next_second


@pytest.fixture(scope="module", autouse=True)
def _notes() -> Iterator[None]:
    with notes.installed():
        yield


@pytest.fixture
def refused(new_page: NewPage) -> tuple[Page, list[str]]:
    """A page, and what its policy refused or its scripts failed at."""
    page = new_page()
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def sign_in(page: Page, person: Persona) -> None:
    page.fill("input[name=username]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def test_an_editor_signs_in_writes_and_signs_out(live_server: LiveServer, refused: tuple[Page, list[str]]) -> None:
    page, said = refused
    edith = sign_up("edith", "publishers")
    page.goto(f"{live_server.url}/admin/staff/note/add/")
    sign_in(page, edith)
    expect(page).to_have_url(f"{live_server.url}/admin/staff/note/add/")
    page.fill("input[name=id]", f"from-a-browser-{edith.sub}")
    page.fill("[name=text]", "Hello.")
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    for path in ("", "staff/", "staff/note/", f"staff/note/from-a-browser-{edith.sub}/delete/"):
        assert page.goto(f"{live_server.url}/admin/{path}").status == 200  # type: ignore[union-attr]  # there is one
    page.click("#logout-form button")
    expect(page).to_have_url(f"{live_server.url}/admin/signed-out/")
    assert said == []


def test_a_late_form_comes_back(live_server: LiveServer, refused: tuple[Page, list[str]]) -> None:
    page, said = refused
    edith = sign_up("edith", "editors")
    page.goto(f"{live_server.url}/admin/staff/note/add/")
    sign_in(page, edith)
    page.fill("input[name=id]", f"late-{edith.sub}")
    page.fill("[name=text]", "Half-written.")
    page.context.clear_cookies(name="staff")
    page.click("input[name=_save]")
    sign_in(page, edith)
    expect(page.locator("[name=text]")).to_have_value("Half-written.")
    expect(page.locator(".errornote, .errorlist").first).to_be_visible()
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert said == []


def test_who_is_in_no_group_can_read_that_on_a_phone(live_server: LiveServer, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE)
    alice = sign_up("alice")
    page.goto(f"{live_server.url}/admin/")
    sign_in(page, alice)
    expect(page.get_by_text("is in no group")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_swagger_ui_signs_in_and_asks(live_server: LiveServer, refused: tuple[Page, list[str]]) -> None:
    page, said = refused
    alice = sign_up("alice")
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_role("button", name="Authorize").first.click()
    oauth = page.locator(".auth-container", has_text="OAuth2")
    oauth.get_by_text("select all").click()
    with page.expect_popup() as opened:
        oauth.locator("button.authorize").click()
    sign_in(opened.value, alice)
    expect(oauth.get_by_text("Logout")).to_be_visible()
    page.locator(".close-modal").click()
    operation = page.locator("#operations-me-me")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name=re.compile("Execute")).click()
    expect(operation.locator(".live-responses-table")).to_contain_text(alice.sub)
    assert said == []


def test_an_editor_sets_up_an_authenticator_app(live_server: LiveServer, new_page: NewPage, edith: Persona) -> None:
    page, said = new_page(), list[str]()

    def check() -> None:
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(viewport)
            assert violations(page) == [], viewport
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), viewport

    page.on("pageerror", lambda error: said.append(str(error)))
    with override_settings(STAFF_MFA=True):
        page.goto(f"{live_server.url}/admin/staff/note/")
        sign_in(page, edith)
        expect(page).to_have_url(f"{live_server.url}/admin/second-factor/")
        key = page.locator("#key").inner_text()
        picture = page.get_by_role("img", name="QR code with the key below").screenshot()
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
        assert found.text == page.get_by_role("link", name="open your app with it").get_attribute("href")
        check()
        field = page.get_by_label("Type the six digits the app shows")
        field.fill(wrong_code(key))
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_role("alert")).to_contain_text("This code is not right.")
        check()
        field.fill(code(key))
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("Signing in asks for a code of your authenticator app now.")).to_be_visible()
        check()
        next_second()
        page.get_by_role("link", name="Sign in with a code").click()
        page.get_by_role("link", name="Sign in").click()
        sign_in(page, edith)
        page.get_by_label("Code of your authenticator app").fill(code(key, 1))
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{live_server.url}/admin/")
    assert said == []
