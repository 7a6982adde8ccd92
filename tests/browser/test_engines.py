"""Firefox and WebKit go through the to-do page, the admin and the blog, where they are installed."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.blog.writing import word
from tests.browser.engines import Engine, firefox, old_webkit, webkit
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona, sign_up
from tests.waiting import until

# The first visible control of that name: its label, aria-label or text.
FIND = """((name) => {
  const tidy = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
  const names = (each) => [each.getAttribute("aria-label"), each.textContent, each.value,
                           ...[...(each.labels ?? [])].map((label) => label.textContent)].map(tidy);
  const controls = "button, a, input, textarea, select, summary, .title, [role=button]";
  return [...document.querySelectorAll(controls)].find(
    (each) => each.getClientRects().length && names(each).includes(name));
})"""
MIDDLE = """(() => {
  const each = FOUND;
  if (!each) return null;
  each.scrollIntoView({block: "center"});
  const box = each.getBoundingClientRect();
  return [Math.floor(box.x + box.width / 2), Math.floor(box.y + box.height / 2)];
})()"""
# A photo is chosen in a file field.
ATTACH = """(async (field) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 400, height: 300});
  canvas.getContext("2d").fillRect(0, 0, 200, 150);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
  const transfer = new DataTransfer();
  transfer.items.add(new File([blob], "fields.jpg", {type: "image/jpeg"}));
  field.files = transfer.files;
  field.dispatchEvent(new Event("change", {bubbles: true}));
  return true;
})"""
TITLES = "[...document.querySelectorAll('#todos .title')].map((each) => each.textContent)"
ENTER, ESCAPE, ALT, UP = "\ue007", "\ue00c", "\ue00a", "\ue013"


class Walker:
    """Someone at the keyboard and mouse of an engine."""

    def __init__(self, engine: Engine, server: LiveServer) -> None:
        self.engine, self.server = engine, server

    def open(self, path: str) -> None:
        self.engine.goto(self.server.url + path)

    def sees(self, expression: str) -> Any:
        """Wait until an expression of the page is true; its value."""
        return until(lambda: self.engine.evaluate(expression), expression[:200], 30)

    def named(self, name: str) -> str:
        """The expression of a control by its name."""
        return f"{FIND}({json.dumps(name)})"

    def click(self, element: str, then: str = "") -> None:
        """Click in the middle of what an expression finds, as soon as it finds something that lies still.

        Again where nothing came of it: a page of a busy machine may have moved, or not have listened yet.
        """
        for _ in range(6):
            self._click(element)
            with contextlib.suppress(AssertionError):
                until(lambda: not then or self.engine.evaluate(then), then, 10)
                return
        raise AssertionError(f"{then} did not happen")

    def _click(self, element: str) -> None:
        x, y = until(lambda: self.engine.evaluate(MIDDLE.replace("FOUND", element)), element)
        self.engine.perform(
            [
                {
                    "type": "pointer",
                    "id": "mouse",
                    "parameters": {"pointerType": "mouse"},
                    "actions": [
                        {"type": "pointerMove", "x": x, "y": y, "duration": 0},
                        {"type": "pointerDown", "button": 0},
                        {"type": "pointerUp", "button": 0},
                    ],
                }
            ]
        )

    def press(self, keys: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        held = [{"type": "keyDown", "value": ALT}] * (ALT in keys)
        strokes = [{"type": kind, "value": key} for key in keys if key != ALT for kind in ("keyDown", "keyUp")]
        actions = [*held, *strokes, *({**each, "type": "keyUp"} for each in held)]
        self.engine.perform([{"type": "key", "id": "keyboard", "actions": actions}])

    def type_into(self, name: str, text: str) -> None:
        self.click(self.named(name))
        self.press(text)

    def attach(self, selector: str) -> None:
        """Choose a photo."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.sees(f"Boolean({field})")
        self.engine.evaluate(f"{ATTACH}({field})")

    def sign_in(self, person: Persona) -> None:
        """On the hosted page, which is in front."""
        self.type_into("Username", person.email)
        self.type_into("Password", PASSWORD)
        self.press(ENTER)

    def add(self, title: str) -> None:
        self.type_into("A new to-do", title + ENTER)
        self.sees(f"{TITLES}.includes({json.dumps(title)})")

    def saved(self) -> None:
        self.sees("document.querySelector('#status-text').textContent === 'Saved'")


def titles(*wanted: str) -> str:
    """Whether these are the open to-dos, in this order."""
    return f"JSON.stringify({TITLES}) === JSON.stringify({json.dumps(wanted)})"


# Of the two WebKits the older one is the one that has less of what a page may use.
@pytest.fixture(scope="module", params=[firefox, pytest.param(webkit, marks=pytest.mark.prove), old_webkit])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with request.param(tmp_path_factory.mktemp(request.param.__name__)) as started:
        yield started


@pytest.fixture
def walker(engine: Engine, live_server: LiveServer) -> Walker:
    return Walker(engine, live_server)


AWAY = """(() => {
  window.fetchWhenThere ??= window.fetch;
  window.fetch = AWAY ? () => Promise.reject(new TypeError("away")) : window.fetchWhenThere;
})()"""


def stored(persona: Persona, title: str) -> dict[str, Any]:
    """What the server has of a to-do, empty where it has none."""
    todos = persona.api.get("/api/todos/?limit=100").json()
    return next((todo for todo in todos if todo["title"] == title), {})


def test_a_day_with_to_dos(walker: Walker, alice: Persona) -> None:
    walker.open("/todos/")
    walker.click(walker.named("Sign in"), then=f"Boolean({walker.named('Username')})")
    walker.sign_in(alice)
    for title in ("Buy milk", "Feed the cat", "Call home"):
        walker.add(title)
    walker.sees(titles("Buy milk", "Feed the cat", "Call home"))
    walker.saved()

    walker.click(walker.named("Buy milk"))
    walker.press(" and oats" + ENTER)
    walker.sees(titles("Buy milk and oats", "Feed the cat", "Call home"))

    # Notes are kept, whatever follows them while they are typed.
    walker.click(walker.named("Details of Buy milk and oats"))
    walker.type_into("Notes", "Two litres")
    walker.click(walker.named("Tomorrow"))
    until(lambda: stored(alice, "Buy milk and oats").get("due"), "the date")
    until(lambda: stored(alice, "Buy milk and oats")["notes"] == "Two litres", "the notes")
    walker.attach("#todos input[type=file]")
    until(lambda: [one["status"] for one in stored(alice, "Buy milk and oats")["attachments"]] == ["ready"], "the file")
    walker.press(ESCAPE)
    walker.sees("![...document.querySelectorAll('#todos textarea')].some((each) => each.getClientRects().length)")

    walker.click(walker.named("Call home"), then="document.activeElement.matches('#todos [aria-label=Title]')")
    walker.press(ESCAPE)
    walker.sees("document.activeElement.matches('.title')")
    walker.press(ALT + UP)
    walker.sees(titles("Buy milk and oats", "Call home", "Feed the cat"))
    walker.saved()

    walker.engine.evaluate(AWAY.replace("AWAY ?", "true ?"))
    walker.add("Written without a network")
    walker.sees("document.querySelector('#status-text').textContent !== 'Saved'")
    walker.engine.evaluate(AWAY.replace("AWAY ?", "false ?"))
    until(lambda: stored(alice, "Written without a network"), "what was written meanwhile")

    walker.engine.new_window()
    walker.open("/todos/")
    walker.sees(titles("Buy milk and oats", "Call home", "Feed the cat", "Written without a network"))
    walker.click(walker.named("Account and settings"), then=f"Boolean({walker.named('Sign out')})")
    walker.click(walker.named("Sign out"), then=f"Boolean({walker.named('Create an account')})")
    walker.open("/todos/")
    walker.sees(f"Boolean({walker.named('Sign in')})")
    assert walker.engine.errors == []


def test_a_post_from_its_title_to_its_readers(walker: Walker) -> None:
    pia, title = sign_up("pia", "publishers"), f"Four fields {word()}"
    walker.open("/admin/blog/post/add/")
    walker.sign_in(pia)
    walker.type_into("Title:", title)
    walker.click("document.querySelector('[name=body]')")
    walker.press("Some *text*, five words.")
    preview = "document.querySelector('iframe[title=Preview]')?.contentDocument?.querySelector"
    walker.sees(f"{preview}('.prose em')?.textContent === 'text'")
    walker.engine.evaluate("document.querySelector('[data-choose]').focus()")  # as a click on the button does
    walker.attach("[data-picture-field] input[type=file]")
    walker.sees("document.activeElement?.name === 'hero_1'")
    walker.press("Four coloured fields")
    walker.click("document.querySelector('input[type=radio][value=published]')")
    walker.click("document.querySelector('input[name=_continue]')")
    walker.sees("Boolean(document.querySelector('.messagelist .success'))")
    slug = walker.engine.evaluate("document.querySelector('[name=slug]').value")
    for width in (375, 1280):
        walker.engine.resize(width)
        walker.open(f"/posts/{slug}/")
        walker.sees(f"document.querySelector('h1').textContent === {json.dumps(title)}")
        walker.sees("document.querySelector('.hero img').complete")
        assert walker.engine.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert walker.engine.errors == []
