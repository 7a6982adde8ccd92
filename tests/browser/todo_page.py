"""MyTodoList's page as a person uses it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.accounts.browser import COOKIE, PATH, Browser
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona
from tests.waiting import until

# What a change may take to show in another window, in milliseconds: it was heard of, as who hears nothing asks every
# twenty seconds. How fast that is, tests/browser/test_todos_live_latency.py measures.
LIVE = 15_000
SAVED = re.compile("^Saved$")


def worker_rests(page: Page) -> None:
    """Wait until the service worker is there: it takes over the page at its next load, at latest."""
    state = "navigator.serviceWorker.ready.then((registration) => registration.active.state)"
    until(lambda: page.evaluate(state) == "activated", "the worker")


def held(place: Page | BrowserContext, pattern: str) -> list[Route]:
    """The requests to such addresses from now on; each waits for the test to let it go."""
    found: list[Route] = []

    def hold(route: Route) -> None:
        found.append(route)

    place.route(pattern, hold)
    return found


class TodoPage:
    """One window."""

    def __init__(self, page: Page, live_server: LiveServer) -> None:
        self.page = page
        self.live_server = live_server
        self.url = f"{live_server.url}/todos/"
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)
        page.on("dialog", self._refuse)

    def _note(self, message: Any) -> None:
        # A refused request is what many of these tests are about; a broken policy or an exception never is.
        refusals = ("Failed to load resource", "WebSocket connection to")
        if message.type == "error" and not any(refusal in message.text for refusal in refusals):
            self.problems.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def undo(self) -> Locator:
        """The button that takes back what was just done: with the focus in it, its notice stays until it is chosen."""
        button = self.page.get_by_role("button", name=re.compile(r"^Undo \(")).last
        button.focus()
        return button

    def open(self) -> "TodoPage":
        self.page.goto(self.url)
        return self

    def sign_in(self, persona: Persona) -> "TodoPage":
        """Through Cognito's page."""
        self.open()
        self.page.get_by_role("button", name="Sign in").click()
        self.fill_in(persona.email)
        return self

    def signed_in(self, persona: Persona) -> "TodoPage":
        """Open it without Cognito's page, which is half of the time of tests that are about something else."""
        self.remember(persona)
        self.open()
        self.is_ready()
        return self

    def remember(self, persona: Persona) -> None:
        """Have the browser keep what signing in leaves behind."""
        browser = Browser()
        said = browser.enter(persona).json()
        cookie = browser.client.cookies[COOKIE].value
        self.page.context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": cookie,
                    "url": self.live_server.url + PATH,
                    "httpOnly": True,
                    "sameSite": "Strict",
                }
            ]
        )
        if self.page.evaluate("origin") != self.live_server.url:
            self.page.goto(f"{self.live_server.url}/robots.txt")
        user = json.dumps({"sub": said["sub"], "email": said["email"]})
        self.page.evaluate("(user) => localStorage.setItem('todos.user', user)", user)

    def fill_in(self, email: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("Username").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.is_ready()

    def is_ready(self) -> None:
        """Wait until it is."""
        expect(self.page.get_by_label("A new to-do")).to_be_visible()
        # From then on it listens to keys.
        expect(self.page.locator("#status-text")).not_to_have_text("Opening…")

    def sign_out(self) -> None:
        """With everything saved."""
        self.page.get_by_label("Account and settings").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_role("button", name="Create an account")).to_be_visible()

    def add(self, title: str) -> Locator:
        field = self.page.get_by_label("A new to-do")
        field.fill(title)
        field.press("Enter")
        row = self.row(title)
        expect(row).to_be_visible()
        return row

    def row(self, title: str) -> Locator:
        exact = re.compile(f"^{re.escape(title)}$")
        return self.page.locator("li.todo").filter(has=self.page.locator(".title", has_text=exact))

    @property
    def titles(self) -> Locator:
        """The open ones."""
        return self.page.locator("#todos .title")

    def details(self, title: str) -> Locator:
        row = self.row(title)
        row.get_by_role("button", name=f"Details of {title}").click()
        return row

    def wait_until_saved(self) -> None:
        expect(self.page.locator("#status-text")).to_have_text(SAVED)

    def until(self, check: Callable[[], object], what: str = "it", seconds: float = 20) -> None:
        """As tests.waiting.until, while this window's requests go on being answered by the test."""
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
            self.page.wait_for_timeout(50)

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Without a network."""
        context: BrowserContext = self.page.context
        context.set_offline(True)
        try:
            yield
        finally:
            context.set_offline(False)

    def second(self) -> "TodoPage":
        """Another window of the same browser."""
        other = TodoPage(self.page.context.new_page(), self.live_server)
        other.open()
        expect(other.page.get_by_label("A new to-do")).to_be_visible()
        return other
