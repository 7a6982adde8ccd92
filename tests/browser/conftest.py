"""A real browser: Debian's Chromium, or the one CHROMIUM names; without one these tests are skipped, and say so.

Where there is chromium-headless-shell, which has no windows to draw and takes a third less time, most tests are in it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

if TYPE_CHECKING:
    from tests.personas import Persona

NewPage = Callable[..., Page]

# How long a page is waited for, in milliseconds; a page that is as expected is not waited for.
PATIENCE = 15_000
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
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
    """One browser for all tests; each page has a context, so cookies and caches, of its own."""
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


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """new_page(viewport=PHONE, color_scheme="dark", ...): a page in a context of its own.

    The to-do page gets its service worker, which fetches all files once more, in tests marked so.
    """
    contexts = []
    workers = "allow" if request.node.get_closest_marker("service_worker") else "block"

    def make(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": DESKTOP, "service_workers": workers, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def pia() -> "Persona":
    """Writes and publishes."""
    from tests.personas import sign_up

    return sign_up("pia", "publishers")
