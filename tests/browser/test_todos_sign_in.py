"""MyTodoList's page: signing up, in and out, and where tokens are not."""

import json
import re
import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OWN, NewPage
from tests.browser.todo_page import TodoPage, held
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona
from tests.waiting import until

# Everything this browser keeps for the site, as one text: what a stolen disk or a script of another page would find.
STORED = """async () => {
  const found = [localStorage, sessionStorage].map((storage) => JSON.stringify({...storage}));
  found.push(document.cookie, location.href);
  for (const {name} of await indexedDB.databases()) {
    const answer = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    const database = await answer(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      found.push(JSON.stringify(await answer(database.transaction(store).objectStore(store).getAll())));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  return found.join("\\n");
}"""


@pytest.mark.service_worker
def test_it_signs_in_and_out(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "oauth2/authorize" in request.url else None)
    todos.sign_in(alice)
    expect(page).to_have_url(f"{todos.url}")
    assert re.search("code_challenge=[A-Za-z0-9_-]{43}&code_challenge_method=S256", asked[0])
    assert re.search("state=[A-Za-z0-9_-]{43}&nonce=[A-Za-z0-9_-]{43}", asked[0])
    todos.add("Unmistakable")
    todos.wait_until_saved()
    page.get_by_label("Account and settings").click()
    expect(page.get_by_text(alice.email)).to_be_visible()
    page.keyboard.press("Escape")
    todos.sign_out()
    assert "Unmistakable" not in page.evaluate(STORED)
    assert alice.email not in page.evaluate(STORED)
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert todos.problems == []


@pytest.mark.parametrize("name", ["Sign in", "Create an account"])
def test_a_click_before_the_scripts_are_there_is_not_lost(
    new_page: NewPage, live_server: LiveServer, name: str
) -> None:
    page = new_page()
    waiting = held(page, "**/app*.js")
    page.goto(f"{live_server.url}/todos/", wait_until="commit")
    page.get_by_role("button", name=name).click()
    until(lambda: page.evaluate("document.readyState") == "interactive" and waiting, "the script to be asked for")
    assert page.locator("#sign-up-form").is_hidden()
    waiting[0].continue_()
    expect(page.get_by_label("Username" if name == "Sign in" else "Email")).to_be_visible()


def test_it_signs_up(new_page: NewPage, live_server: LiveServer) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).open()
    email = f"dora-{uuid.uuid4().hex[:12]}@example.com"
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.locator("#sign-up-password").fill("only-small-letters")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_contain_text("This password is too easy")
    page.locator("#sign-up-password").fill("Seven-Green-Apples-1")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text(email)).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("A new code is on its way.")).to_be_visible()
    page.get_by_label("Code", exact=True).fill("123456")
    page.get_by_role("button", name="Confirm").click()
    todos.fill_in(email, "Seven-Green-Apples-1")
    todos.add("The first")
    todos.wait_until_saved()
    assert todos.problems == []


def test_refusals_are_in_our_words(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    TodoPage(page, live_server).open()
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill(alice.email)
    page.locator("#sign-up-password").fill("Seven-Green-Apples-1")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_contain_text("There is an account with this address already.")


def session_cookie(page: Page) -> dict[str, Any]:
    return next(dict(cookie) for cookie in page.context.cookies() if cookie["name"] == "todos-session")


@pytest.mark.service_worker
def test_no_script_finds_a_token(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer) if answer.request.resource_type == "fetch" else None)
    todos = TodoPage(page, live_server).sign_in(alice)
    todos.add("Something")
    todos.wait_until_saved()
    cookie = session_cookie(page)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/todos/session/")
    refresh = cookie["value"].partition(".")[2]
    said = next(answer for answer in answers if answer.url.endswith("/todos/session/"))
    exchanged = said.json()
    found = page.evaluate(STORED)
    assert "Something" in found
    assert refresh not in found
    assert exchanged["access_token"] not in found
    assert exchanged["access_token"].split(".")[-1] not in found
    assert not any("oauth2/token" in answer.url for answer in answers)
    assert refresh not in said.text()


def test_it_stays_signed_in_when_the_browser_is_closed(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page(**OWN)
    todos = TodoPage(page, live_server).sign_in(alice)
    todos.add("Before")
    todos.wait_until_saved()
    assert session_cookie(page)["expires"] > time.time() + 29 * 24 * 3600
    kept = page.context.storage_state()
    cookies = [cookie for cookie in kept["cookies"] if cookie["expires"] > 0]  # as a browser that is closed
    page.context.close()
    again = TodoPage(new_page(storage_state={**kept, "cookies": cookies}), live_server).open()
    expect(again.row("Before")).to_be_visible()
    again.add("After")
    again.wait_until_saved()
    assert len(alice.api.get("/api/todos/").json()) == 2
    assert again.problems == []


def test_on_a_shared_computer_the_session_ends_with_the_browser(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).open()
    page.get_by_label("Keep me signed in").uncheck()
    page.get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email)
    todos.wait_until_saved()
    assert session_cookie(page)["expires"] == -1


def test_a_sign_out_without_a_network_is_finished_later(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.context.route("**/todos/session/", lambda route: route.abort())
    page.context.route("**/logout?*", lambda route: route.abort())
    page.get_by_label("Account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()
    assert session_cookie(page)
    page.context.unroute_all()
    page.reload()
    until(lambda: all(cookie["name"] != "todos-session" for cookie in page.context.cookies()), "the end of the session")
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()


def test_a_sign_out_that_is_finished_late_ends_no_later_session(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """Another window signs in while this one, at its start, waits for the lock."""
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    page.evaluate("() => { localStorage.clear(); localStorage.setItem('todos.leaving', 'yes'); }")
    page.add_init_script(
        "navigator.locks.request('todos-session', () => new Promise((resolve) => { window.release = resolve; }))"
    )
    ended: list[str] = []
    page.on("request", lambda request: ended.append(request.url) if request.method == "DELETE" else None)
    todos.open()
    waits = "navigator.locks.query().then(({ pending }) => pending.some(({ name }) => name === 'todos-session'))"
    todos.until(lambda: page.evaluate(waits), "the sign-out")
    page.evaluate("() => { localStorage.removeItem('todos.leaving'); window.release(); }")
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_label("Email")).to_be_visible()
    assert ended == []
    assert session_cookie(page)


def test_a_renewal_under_way_does_not_outlive_a_sign_out(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """Its answer brings a cookie, too: the sign-out waits for it."""
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    renewals: list[Any] = []
    page.context.route(
        "**/todos/session/",
        lambda route: renewals.append(route) if route.request.method == "POST" else route.continue_(),
    )
    todos.open()
    todos.until(lambda: renewals, "the renewal")
    answer = renewals[0].fetch()
    ways_out = held(page.context, "**/api/auth/config/")  # the page stays while the test looks
    page.get_by_label("Account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    waits = "navigator.locks.query().then(({ pending }) => pending.some(({ name }) => name === 'todos-session'))"
    todos.until(lambda: ways_out or page.evaluate(waits), "the sign-out")
    renewals[0].fulfill(response=answer)
    todos.until(lambda: ways_out, "the end of the sign-out")
    page.context.unroute_all()
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()
    assert all(cookie["name"] != "todos-session" for cookie in page.context.cookies())


def test_a_reload_and_a_second_window_stay_signed_in(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    page.reload()
    todos.add("After the reload")
    todos.wait_until_saved()
    other = todos.second()
    expect(other.row("After the reload")).to_be_visible()
    other.wait_until_saved()
    page.get_by_label("Account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(other.page.get_by_role("button", name="Create an account")).to_be_visible()
    assert todos.problems == other.problems == []


def test_it_renews_a_token_that_is_refused(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    refusals = [401]

    def refuse_once(route: Any) -> None:
        if refusals and route.request.method == "PUT":
            body = json.dumps({"title": "Sign in first", "status": refusals.pop()})
            route.fulfill(status=401, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    page.context.route("**/api/todos/**", refuse_once)
    todos.add("Still here")
    todos.wait_until_saved()
    assert not refusals
    assert alice.api.get("/api/todos/").json()[0]["title"] == "Still here"


def test_a_session_that_is_over_loses_nothing(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.wait_until_saved()
    page.context.route("**/todos/session/", lambda route: route.fulfill(status=401, body="{}"))
    page.context.route("**/api/todos/**", lambda route: route.fulfill(status=401, body="{}"))
    todos.add("Written when signed out")
    expect(page.locator("#banner-text")).to_contain_text("You are signed out.")
    page.context.clear_cookies()  # or the page would go on by itself, now that it may
    page.context.unroute_all()
    page.get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email)
    expect(todos.row("Written when signed out")).to_be_visible()
    todos.wait_until_saved()
    assert alice.api.get("/api/todos/").json()[0]["title"] == "Written when signed out"


def test_the_way_back_shows_nothing_of_who_signed_out(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """Safari freezes a page that is left and shows it as it was; this browser does not, so it is told that it did."""
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.add("Unmistakable")
    todos.wait_until_saved()
    page.evaluate("localStorage.removeItem('todos.user')")  # as another window does; a frozen page hears of nothing
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()
    expect(page.get_by_text("Unmistakable")).to_have_count(0)


def test_a_sign_in_that_can_not_begin_says_so(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    page.context.clear_cookies()
    page.context.route("**/api/auth/config/", lambda route: route.abort())
    todos.open()
    page.locator("#banner").get_by_role("button", name="Sign in").click()
    expect(page.locator("#toasts")).to_contain_text("You can't sign in right now")
    page.context.unroute_all()
    page.locator("#banner").get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email)
    assert todos.problems == []


def test_it_refuses_a_sign_in_it_did_not_begin(new_page: NewPage, live_server: LiveServer) -> None:
    page = new_page()
    todos = TodoPage(page, live_server)
    page.goto(f"{todos.url}?code=stolen&state=made-up")
    expect(page.get_by_role("alert")).to_have_text("This sign-in was not begun here. Please sign in again.")
    expect(page).to_have_url(todos.url)
    page.goto(f"{todos.url}?error=access_denied&error_description=%3Cimg+src=x+onerror=alert(1)%3E")
    expect(page.get_by_role("alert")).to_have_text("The sign-in came to nothing. Please try again.")
    assert todos.problems == []


def test_who_cannot_be_remembered_is_not_taken_for_who_was_here_before(
    new_page: NewPage, live_server: LiveServer, alice: Persona, bob: Persona
) -> None:
    """Bob's token would send Alice's changes to Bob."""
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    todos.add("Alice's own")
    todos.wait_until_saved()
    page.context.clear_cookies()
    page.reload()
    page.add_init_script(
        """const set = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
          if (key === "todos.user") throw new DOMException("Full", "QuotaExceededError");
          set.call(this, key, value);
        };"""
    )
    page.locator("#banner").get_by_role("button", name="Sign in").click()
    page.get_by_label("Username").fill(bob.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#welcome-problem")).to_contain_text("This browser keeps nothing for this site")
    expect(todos.titles).to_have_count(0)


def test_the_way_back_to_cognitos_page_leads_on_to_the_to_dos(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    """For an hour it gives another code without asking, for a sign-in that has ended long ago."""
    page = new_page()
    todos = TodoPage(page, live_server).sign_in(alice)
    todos.wait_until_saved()
    page.goto(f"{todos.url}?code=another&state=of-before")
    todos.add("Still signed in")
    todos.wait_until_saved()
    expect(page).to_have_url(todos.url)


def test_a_shared_computer_stays_one(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).open()
    page.get_by_label("Keep me signed in").uncheck()
    page.get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email)
    assert session_cookie(page)["expires"] == -1
    page.context.clear_cookies()  # the session is over
    page.reload()
    expect(page.locator("#banner")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    todos.fill_in(alice.email)
    assert session_cookie(page)["expires"] == -1
