"""MyTodoList's page: accessible, the right size, under a strict policy, installable; by keyboard alone."""

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, expect
from rest_framework.test import APIClient

from tests.browser.axe import violations
from tests.browser.conftest import LOOKS, PHONE, NewPage
from tests.browser.todo_page import TodoPage, held
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make
from todos import pages

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ROOT = Path(__file__).resolve().parents[2]
VNU = Path(os.environ.get("VNU_JAR", "build/tools/node_modules/vnu-jar/build/dist/vnu.jar"))
STATIC = ROOT / "todos/static"
MODULES = sorted((STATIC / "todos").rglob("*.js"))

# What a thumb can't hit: controls smaller than 44 by 44 pixels, save for links within a text.
SMALL = """() => [...document.querySelectorAll("button, select, summary, input, nav a")]
  .filter((element) => element.checkVisibility({visibilityProperty: true}) && element.type !== "file")
  .map((element) => (["radio", "checkbox"].includes(element.type) && element.closest("label")) || element)
  .map((element) => [element.outerHTML.slice(0, 120), element.getBoundingClientRect()])
  .filter(([, {width, height}]) => width < 43.9 || height < 43.9)
  .map(([html, {width, height}]) => `${width} x ${height}: ${html}`)"""

FOCUSED = """(({ariaLabel, labels, textContent}) => ariaLabel || labels?.[0]?.textContent || textContent)(
  document.activeElement)"""


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_it_is_accessible(
    new_page: NewPage, live_server: LiveServer, alice: Persona, viewport: dict[str, int], scheme: str
) -> None:
    make(alice, title="Renew the passport", due="2020-01-01T09:00:00Z", priority=3, tags=["papers"], notes="x")
    make(alice, title="W" * 300, list="x" * 100, priority=2)
    make(alice, title="Done", completed=True)
    page = new_page(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    todos = TodoPage(page, live_server)

    def check(where: str) -> None:
        assert violations(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], where
        assert page.evaluate(SMALL) == [], where

    todos.open()
    check("welcome")
    page.get_by_role("button", name="Create an account").click()
    check("sign-up")
    todos.signed_in(alice)
    todos.wait_until_saved()
    check("list")
    page.get_by_text("Completed (1)").click()
    todos.details("Renew the passport")
    check("details")
    page.keyboard.press("Escape")
    todos.row("Renew the passport").locator(".title").click()
    page.keyboard.type("!")
    alice.api.patch(alice.api.get("/api/todos/").json()[0]["url"], {"title": "Other"})
    expect(page.locator("#todos .title").first).to_have_text("Other")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_be_visible()
    page.get_by_label("Done: Done").click()
    check("a question and a notice")
    page.get_by_label("Account and settings").click()
    check("account")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="All", exact=True).click()
    check("selection")
    page.keyboard.press("Escape")
    page.goto(f"{todos.url}#list={'x' * 100}")
    page.get_by_role("button", name="Change this list").click()
    check("a list")
    page.keyboard.press("Escape")
    if viewport is PHONE:
        page.get_by_role("button", name="Lists and tags").click()
        expect(page.get_by_role("button", name="Close")).to_be_focused()
        check("lists")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Lists and tags")).to_be_focused()
    assert todos.problems == []


def test_who_skips_to_the_field_while_the_page_loads_stays_there(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    page = new_page()
    todos = TodoPage(page, live_server)
    todos.remember(alice)
    waiting = held(page, "**/todos/workspace*.js")
    todos.page.goto(todos.url, wait_until="commit")
    page.get_by_text("Skip to adding a to-do").focus()
    page.keyboard.press("Enter")
    todos.until(lambda: waiting, "the script")
    waiting[0].continue_()
    expect(page.locator("#status-text")).not_to_have_text("Opening…")
    expect(page.get_by_label("A new to-do")).to_be_focused()
    assert "#" not in page.url  # another fragment would be another view, which takes the focus, late
    page.keyboard.type("One")
    page.keyboard.press("Enter")
    expect(todos.titles).to_have_text(["One"])


def test_it_needs_no_mouse(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).open()
    keys = page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            if name in page.evaluate(FOCUSED):
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("Sign in")
    keys.press("Enter")
    page.get_by_label("Username").wait_for()
    keys.type(alice.email)
    keys.press("Tab")
    keys.type("Correct-Horse-7-Battery")
    keys.press("Enter")
    todos.is_ready()
    tab_to("Skip to adding a to-do")
    keys.press("Enter")
    for title in ("One", "Two", "Three"):
        keys.type(title)
        keys.press("Enter")
    expect(todos.titles).to_have_text(["One", "Two", "Three"])
    keys.press("Shift+Tab")
    expect(page.get_by_role("button", name="Move Three")).to_be_focused()
    keys.press("ArrowUp")
    expect(page.get_by_role("button", name="Move Two")).to_be_focused()
    keys.press("Shift+Tab")
    keys.press("Enter")
    expect(page.get_by_label("Notes")).to_be_focused()
    keys.type("by key")
    tab_to("Priority")
    keys.press("ArrowDown")
    keys.press("Escape")
    expect(page.get_by_role("button", name="Details of Two")).to_be_focused()
    expect(todos.row("Two").locator(".facts")).to_contain_text("Low priority")
    page.get_by_label("Done: Two").focus()
    keys.press("Space")
    expect(todos.titles).to_have_text(["One", "Three"])
    keys.press("Control+z")
    expect(todos.titles).to_have_text(["One", "Two", "Three"])
    keys.press("/")
    keys.type("t")
    expect(page.locator("#announcer")).to_have_text("2 found.")
    todos.wait_until_saved()
    assert todos.problems == []


def test_it_fits_a_small_phone_and_letters_of_twice_their_size(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Renew the passport", list="A list with a longer name", due="2030-01-01")
    page = new_page(viewport={"width": 320, "height": 640})
    todos = TodoPage(page, live_server).open()
    for width in (320, 195):  # and 390 pixels at 200 %
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "welcome"
    todos.signed_in(alice)
    todos.details("Renew the passport")
    for width in (320, 195):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "details"
        for selector in ("#title", ".title"):
            wide = page.locator(selector).evaluate("(element) => element.getBoundingClientRect().width")
            assert wide > 80, f"{selector} has no room at {width}"
    page.get_by_label("Account and settings").click()
    assert page.locator("#account").evaluate("(dialog) => dialog.scrollWidth - dialog.clientWidth") == 0


def test_its_colours_can_be_chosen(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page(color_scheme="light")
    todos = TodoPage(page, live_server).signed_in(alice)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Account and settings").click()
    page.get_by_label("Dark").check()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(todos.page.get_by_label("A new to-do")).to_be_visible()
    assert page.evaluate(ground) == dark


def test_what_is_printed_are_to_dos_on_white(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    """On wide paper, too, whatever colours the screen has."""
    make(alice, title="Buy milk")
    make(alice, title="Done", completed=True)
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.wait_until_saved()
    todos.page.get_by_text("Completed (1)").click()
    expect(todos.row("Done")).to_be_visible()
    ground = "getComputedStyle(document.body).backgroundColor"
    for scheme, theme in itertools.product(SCHEMES, ("", "light", "dark")):
        todos.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        todos.page.emulate_media(media="print", color_scheme=scheme)
        assert todos.page.evaluate(ground) == "rgb(251, 250, 247)", (scheme, theme)
        assert todos.page.locator("button:not(.title)").filter(visible=True).count() == 0
        assert todos.page.locator("main").evaluate("(main) => main.offsetWidth") > 700
        todos.page.emulate_media(media="screen")


def test_its_policy_is_strict(api: APIClient) -> None:
    answer = api.get("/todos/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "trusted-types worker",
    ):
        assert part in policy.split("; ")
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "*" not in policy
    page = answer.content.decode()
    assert re.findall(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style", page) == []
    assert answer.cookies == {}
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")


def test_lists_are_lists_to_voiceover(api: APIClient) -> None:
    """Safari takes a list without marks for none, unless it is in a navigation or says so itself."""
    page = api.get("/todos/").content.decode()
    for name in ("todos", "done", "bin-todos"):
        assert re.search(f'<ul id="{name}"[^>]* role="list"', page), name


def test_it_is_kept_by_caches(api: APIClient) -> None:
    for path in ("/todos/", "/todos/manifest.webmanifest", "/todos/service-worker.js"):
        answer = api.get(path)
        assert answer["Cache-Control"].startswith("public, max-age=0, s-maxage=60")
        assert api.get(path, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
        assert api.post(path).status_code == 405


def test_it_can_be_installed(whole_chromium: Browser, live_server: LiveServer) -> None:
    page = whole_chromium.new_page()
    TodoPage(page, live_server).open()
    manifest = page.request.get(f"{live_server.url}/todos/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        assert page.request.get(urljoin(live_server.url, icon["src"])).ok
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    session = page.context.new_cdp_session(page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"]  # as every context of a test is
    assert session.send("Page.getAppManifest")["errors"] == []
    page.close()


def test_the_worker_names_every_file(api: APIClient) -> None:
    page, worker = (api.get(path).content.decode() for path in ("/todos/", "/todos/service-worker.js"))
    assets = set(json.loads(worker[worker.index("ASSETS = ") + 9 : worker.index("].map") + 1]))
    needed = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page))
    assert needed <= assets
    assert {f"/static/{module.relative_to(STATIC).as_posix()}" for module in MODULES} <= needed


def test_it_signs_up_on_cognitos_page_where_that_can(api: APIClient) -> None:
    with override_settings(LOCAL=False):
        page = api.get("/todos/").content.decode()
    assert 'data-signup="hosted"' in page
    assert "123456" not in page
    assert 'data-signup="here"' in api.get("/todos/").content.decode()


def test_hashed_modules_find_each_other(tmp_path: Path) -> None:
    storage = {"BACKEND": "config.staticfiles.HashedFiles", "OPTIONS": {"location": tmp_path}}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": storage}, STATIC_ROOT=str(tmp_path)):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "drf_*", "rest_*"])
        modules = pages.modules()
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert len(modules) == len(MODULES) - 1
    for name in modules:
        hashed = tmp_path / names[name]
        for imported in re.findall(r'^(?! ?[/*]).*from "(\.[^"]+)"', hashed.read_text(), re.MULTILINE):
            assert re.search(r"\.[0-9a-f]{12}\.js$", imported), f"{name} imports {imported}"
            assert (hashed.parent / imported).exists()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_modules_are_small(module: Path) -> None:
    text = module.read_text()
    assert len(text.splitlines()) < 180
    assert re.match(r"/\*\*|//", text), "it begins by saying what it is"
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|console\.", text)


@pytest.mark.skipif(shutil.which("java") is None, reason="There is no Java.")
@pytest.mark.skipif(not VNU.is_file(), reason="There is no vnu: npm install --prefix build/tools vnu-jar, or VNU_JAR.")
def test_its_html_is_valid(api: APIClient, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(api.get("/todos/").content)
    command = ["java", "-jar", str(VNU), "--errors-only", "--format", "json", str(page)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stderr
    errors = [(error["message"], error.get("extract")) for error in json.loads(said)["messages"]]
    assert errors == []
