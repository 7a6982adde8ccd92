"""A real browser: Debian's Chromium, or the one CHROMIUM names; without one these tests are skipped, and say so."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

if TYPE_CHECKING:
    from tests.personas import Persona

NewPage = Callable[..., Page]

# How long a page is waited for, in milliseconds; a page that is as expected is not waited for.
PATIENCE = 15_000
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each page has a context, so cookies and caches, of its own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("There is no Chromium: apt-get install chromium, or set CHROMIUM to one.")
    # Playwright keeps an event loop running in this thread, in which Django would refuse its synchronous views to the
    # tests that come later.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # Root, as CI often is, has no sandbox.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """new_page(viewport=PHONE, color_scheme="dark", ...): a page in a context of its own."""
    contexts = []

    def make(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": DESKTOP, **options})
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
