"""A real browser: Debian's Chromium, or the one CHROMIUM names; without one these tests are skipped, and say so.

Where there is chromium-headless-shell, which has no windows to draw and takes a third less time, most tests are in it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect, sync_playwright

if TYPE_CHECKING:
    from tests.personas import Persona

NewPage = Callable[..., Page]

# How long a page is waited for, in milliseconds; a page that is as expected is not waited for.
PATIENCE = 15_000
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
OWN = {"viewport": DESKTOP}
# What pages of one origin leave behind in a browser, beside cookies.
CLEAR = """async () => {
  localStorage.clear();
  sessionStorage.clear();
  for (const name of await caches.keys()) await caches.delete(name);
  for (const { name } of await indexedDB.databases()) {
    await new Promise((done) => {
      Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: done, onblocked: done });
    });
  }
}"""
# Screens and colours: each of them in `make test`, each with the other in `make prove`.
LOOKS = [
    pytest.param(DESKTOP, "light", id="desktop-light"),
    pytest.param(DESKTOP, "dark", id="desktop-dark", marks=pytest.mark.prove),
    pytest.param(PHONE, "light", id="phone-light", marks=pytest.mark.prove),
    pytest.param(PHONE, "dark", id="phone-dark"),
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all browsers of the process, as there can be no second."""
    # It keeps an event loop running in this thread, in which Django would refuse its synchronous views to the tests
    # that come later.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests; what pages keep in it is not shared, but for files of the site (see `new_page`)."""
    yield from _launch(playwright, "chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The same with all that windows have, such as notifications and apps that are installed."""
    yield from _launch(playwright, "chromium", "google-chrome")


def _launch(playwright: Playwright, *names: str) -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("There is no Chromium: apt-get install chromium, or set CHROMIUM to one.")
    # Root, as CI often is, has no sandbox.
    browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    yield browser
    browser.close()


class Room:
    """A context for the first page of each test of a file: emptied in between, it keeps the files of the site.

    Its first page is none of the tests', and opens theirs: so all are in one process, which knows these files, too.
    """

    def __init__(self, chromium: Browser, site_url: str) -> None:
        self.context = chromium.new_context(viewport=DESKTOP, service_workers="block")
        self.context.set_default_timeout(PATIENCE)
        self._first = self.context.new_page()
        self._first.goto(f"{site_url}/robots.txt")

    def new_page(self) -> Page:
        """A page that has been nowhere yet."""
        with self._first.expect_popup() as opened:
            self._first.evaluate("open('about:blank')")
        return opened.value

    def clear(self) -> None:
        """Leave nothing to the next test: no page, no cookie, nothing kept, no request that waits for an answer."""
        for page in self.context.pages:
            if page is not self._first:
                page.close()
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.clear_cookies()
        self._first.evaluate(CLEAR)


@pytest.fixture(scope="module")
def room(chromium: Browser) -> Iterator[Room]:
    from tests import live

    room = Room(chromium, live.server.url)
    yield room
    room.context.close()


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """new_page(): a page; the next one of the same test, and each with options, is in a context of its own.

    Options are those of contexts, as viewport=PHONE. `new_page(**OWN)` is in a context of its own, too, as pages need
    whose clock is set, or that ask for what others may have kept. The to-do page gets its service worker, which fetches
    all files once more, in tests marked so.
    """
    contexts, rooms = list[BrowserContext](), list[Room]()
    workers = "allow" if request.node.get_closest_marker("service_worker") else "block"

    def make(**options: Any) -> Page:
        if not options and not rooms and workers == "block":
            rooms.append(request.getfixturevalue("room"))
            return rooms[0].new_page()
        context = chromium.new_context(**{"viewport": DESKTOP, "service_workers": workers, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for room in rooms:
        room.clear()
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def pia() -> "Persona":
    """Writes and publishes."""
    from tests.personas import sign_up

    return sign_up("pia", "publishers")
