"""The account in the page: another password, and its end."""

import json
import re
import zipfile
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, expect

from blog.models import Post
from config.aws import client
from infra.local import mailbox
from mydata.models import Export, Import, State
from reminders.models import Preferences
from tests.accounts.totp import code, wrong_code
from tests.blog.writing import write
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, PHONE, NewPage
from tests.browser.todo_page import TodoPage, held
from tests.live import LiveServer
from tests.mydata.test_erasure import is_gone
from tests.mydata.test_import import calendar
from tests.personas import PASSWORD, Persona, sign_up
from tests.todos.making import make
from tests.waiting import until

NOTHING_LEFT = "async () => !localStorage.length && !(await indexedDB.databases()).length"
WRONG, NEW = "Wrong-Horse-7-Battery", "Other-Horse-8-Battery"


# A phone has the same dialog, narrower: that all of it is usable there, one test says for every form.
@pytest.fixture(params=[DESKTOP, pytest.param(PHONE, marks=pytest.mark.prove)], ids=["desk", "phone"])
def todos(request: pytest.FixtureRequest, new_page: NewPage, live_server: LiveServer, alice: Persona) -> TodoPage:
    """The page with its account's dialog open."""
    todos = TodoPage(new_page(viewport=request.param), live_server).signed_in(alice)
    todos.page.get_by_label("Account and settings").click()
    return todos


def opened(todos: TodoPage, name: str) -> Locator:
    """The form below this line of the dialog."""
    todos.page.locator("summary").get_by_text(name, exact=True).click()
    return todos.page.locator("#account details[open] form")


def test_a_click_before_the_scripts_are_there_is_not_lost(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    fresh = todos.page.context.new_page()
    waiting = held(fresh, "**/workspace*.js")
    fresh.goto(todos.url, wait_until="commit")
    fresh.get_by_label("Account and settings").click()
    todos.until(lambda: waiting, "the script to be asked for")
    assert fresh.locator("#account").is_hidden()
    waiting[0].continue_()
    expect(fresh.locator("#account")).to_be_visible()


def test_every_form_of_the_account_fits_a_phone(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = TodoPage(new_page(viewport=PHONE), live_server).signed_in(alice).page
    page.get_by_label("Account and settings").click()
    for name in ("Change my address", "Download my data", "Import", "Change my password", "Delete my account"):
        page.locator("summary").get_by_text(name, exact=True).click()
    expect(page.locator("#account details[open]")).to_have_count(5)
    assert violations(page) == []
    assert page.locator("#account").evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")
    assert page.locator("#account").evaluate("(dialog) => dialog.getBoundingClientRect().right") <= PHONE["width"]


@pytest.mark.service_worker
def test_an_account_is_deleted(todos: TodoPage, alice: Persona) -> None:
    make(alice, title="Water the plants")
    form = opened(todos, "Delete my account")
    expect(form.get_by_label("Your posts stay under the name")).to_be_hidden()
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


def test_who_writes_the_blog_leaves_posts_under_a_name(new_page: NewPage, live_server: LiveServer) -> None:
    pia = sign_up("pia", "publishers")
    post = write(pia, author_name="Pia")
    todos = TodoPage(new_page(viewport=PHONE), live_server).signed_in(pia)
    todos.page.get_by_label("Account and settings").click()
    form = opened(todos, "Delete my account")
    form.get_by_label("Your posts stay under the name").fill("Pia of the Hill")
    assert violations(todos.page) == []
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(todos.page.get_by_role("button", name="Create an account")).to_be_visible()
    until(is_gone(pia), "the end of the account", 120)
    assert Post.fetch((post["slug"],)).author_name == "Pia of the Hill"
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


def test_a_file_that_meets_another_import_is_not_taken_for_it(todos: TodoPage, alice: Persona) -> None:
    todos.page.locator("summary").get_by_text("Import", exact=True).click()
    place, other = todos.page.locator("#import"), Import.ask(alice.sub)
    other.set(state=State.RUNNING)
    file: Any = {"name": "todos.ics", "mimeType": "text/calendar", "buffer": calendar("UID:1\r\nSUMMARY:Mine")}
    place.get_by_label("Choose a file").set_input_files(file)
    expect(place.get_by_role("alert")).to_contain_text("Another file is still being imported")
    other.set(state=State.READY)
    place.get_by_label("Choose a file").set_input_files(file)
    expect(place.get_by_role("status")).to_have_text("1 imported, 0 already there, 0 refused.", timeout=30_000)
    expect(place.get_by_role("alert")).to_be_hidden()


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


@pytest.mark.parametrize(
    ("cognito_says", "said"),
    [
        ("User is disabled.", "This account was turned off, or is being deleted."),
        ("Password attempts exceeded", "That was too often. Please wait a while and try again."),
    ],
)
def test_not_every_refusal_is_a_wrong_password(todos: TodoPage, alice: Persona, cognito_says: str, said: str) -> None:
    """Cognito has one name for all of them: of whoever is disabled, as while the account is being deleted, too."""
    if cognito_says == "User is disabled.":
        client("cognito-idp").admin_disable_user(UserPoolId=settings.COGNITO["user_pool_id"], Username=alice.email)
    else:  # the embedded AWS counts no wrong passwords
        refusal = {"__type": "NotAuthorizedException", "message": cognito_says}
        api = f"{settings.COGNITO['api_url']}/"
        todos.page.context.route(api, lambda route: route.fulfill(status=400, json=refusal))
    form = opened(todos, "Change my password")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_label("New password").fill(NEW)
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text(said)


@pytest.mark.parametrize("is_temporary", [True, False], ids=["another one set", "none at all"])
def test_a_password_that_an_operator_has_reset_is_told(todos: TodoPage, alice: Persona, is_temporary: bool) -> None:
    cognito, who = client("cognito-idp"), {"UserPoolId": settings.COGNITO["user_pool_id"], "Username": alice.email}
    if is_temporary:
        cognito.admin_set_user_password(**who, Password=NEW, Permanent=False)
    else:
        cognito.admin_reset_user_password(**who)
    form = opened(todos, "Delete my account")
    form.get_by_label("Your password").fill(NEW if is_temporary else PASSWORD)
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text(
        "Your password was reset. Sign out, then in again, and choose another there."
    )


def test_who_has_an_authenticator_app_types_its_code_too(todos: TodoPage, alice: Persona) -> None:
    cognito = client("cognito-idp")
    key = cognito.associate_software_token(AccessToken=alice.access_token)["SecretCode"]
    cognito.verify_software_token(AccessToken=alice.access_token, UserCode=code(key))
    cognito.set_user_mfa_preference(
        AccessToken=alice.access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    form = opened(todos, "Change my password")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_label("New password").fill(NEW)
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("Type the code your authenticator app shows, too.")
    field = form.get_by_label("Code of your authenticator app")
    expect(field).to_be_focused()
    assert violations(todos.page) == []
    field.fill(wrong_code(key))
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("This code is not right. Wait for the next one your app shows.")
    field.fill(code(key, 1))
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("Your password is changed.")
    expect(form.get_by_label("Your password")).to_have_value("")
    assert todos.problems == []


def code_for(address: str) -> str:
    """The code in the newest mail to that address."""
    text = until(lambda: next((mail.text for mail in mailbox.mails() if mail.to == address), ""), "the mail")
    return str(re.findall(r"\b\d{6}\b", text)[0])


def test_an_address_is_changed_once_its_code_is_entered(todos: TodoPage, alice: Persona, bob: Persona) -> None:
    settings = {"zone": "UTC", "time": "09:00", "mail": True}
    assert alice.api.put("/api/reminders/settings/", settings).status_code == 200
    address, page = f"new-{alice.email}", todos.page
    form = opened(todos, "Change my address")
    for new, password, said in (
        (address, WRONG, "This is not the password of your account."),
        (alice.email.upper(), PASSWORD, "This is your address already."),
        (bob.email, PASSWORD, "This address can't be used for your account."),
    ):
        form.get_by_label("New address").fill(new)
        form.get_by_label("Your password").fill(password)
        form.get_by_role("button").click()
        expect(form.get_by_role("alert")).to_contain_text(said)
    assert violations(page) == []
    form.get_by_label("New address").fill(address)
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button").click()
    status = page.locator("#address-note")
    form.get_by_role("button", name="Take another address").click()
    expect(form.get_by_label("New address")).to_be_focused()
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(status).to_contain_text(f"{alice.email} stays your address")
    expect(form.get_by_label("Code from that mail")).to_be_focused()
    assert violations(page) == []
    assert alice.api.get("/api/me/").json()["email"] == alice.email
    first = code_for(address)
    form.get_by_label("Code from that mail").fill(f"{(int(first) + 1) % 1_000_000:06}")
    form.get_by_role("button", name="Change my address").click()
    expect(form.get_by_role("alert")).to_contain_text("This is not the code we sent.")
    form.get_by_role("button", name="Send another code").click()
    expect(status).to_contain_text("Another code is on its way")
    second = until(lambda: code_for(address) if code_for(address) != first else "", "another code")
    form.get_by_label("Code from that mail").fill(second)
    form.get_by_role("button", name="Change my address").click()
    expect(status).to_have_text(f"Your address is {address} now. Sign in with it from now on.")
    expect(page.locator("#account-email")).to_have_text(address)
    assert alice.api.get("/api/me/").json()["email"] == address
    assert Preferences.of(alice.sub).email == address
    # What asks for the password goes by the new address.
    form = opened_anew(todos, "Change my password")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_label("New password").fill(NEW)
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_have_text("Your password is changed.")
    assert todos.problems == []


def opened_anew(todos: TodoPage, name: str) -> Locator:
    """As `opened`, with all else of the dialog closed."""
    todos.page.locator("#account details[open] > summary").click()
    return opened(todos, name)


def test_a_device_that_did_not_change_the_address_learns_of_it(todos: TodoPage, alice: Persona) -> None:
    address, cognito = f"new-{alice.email}", client("cognito-idp")
    settings = {"zone": "UTC", "time": "09:00", "mail": True}
    assert alice.api.put("/api/reminders/settings/", settings).status_code == 200
    attributes = [{"Name": "email", "Value": address}]
    cognito.update_user_attributes(AccessToken=alice.access_token, UserAttributes=attributes)  # type: ignore[arg-type]
    code = code_for(address)
    cognito.verify_user_attribute(AccessToken=alice.access_token, AttributeName="email", Code=code)
    todos.page.reload()
    until(lambda: Preferences.of(alice.sub).email == address, "reminders by mail go to the new address")
    todos.page.get_by_label("Account and settings").click()
    expect(todos.page.locator("#account-email")).to_have_text(address)
