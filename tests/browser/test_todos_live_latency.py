"""How long a change takes from one device's key to the other's screen, and how many requests follow."""

import math
from collections.abc import Callable
from functools import partial
from statistics import median

import pytest

from tests.browser.conftest import PHONE, NewPage
from tests.browser.test_todos_live import opened, rests
from tests.live import LiveServer
from tests.personas import Persona

pytestmark = pytest.mark.prove
CHANGES = 60

NOTE_KEYS = """() => {
  window.pressed = {};
  const note = ({ key, target }) => { if (key === "Enter") window.pressed[target.value] = Date.now(); };
  addEventListener("keydown", note, true);
}"""
NOTE_ROWS = """() => {
  window.shown = {};
  const look = () => {
    for (const { textContent } of document.querySelectorAll("#todos .title")) {
      window.shown[textContent.trim()] ??= Date.now();
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_how_long_a_change_takes_to_the_other_device(
    new_page: NewPage, live_server: LiveServer, alice: Persona, report: Callable[[str, str], None]
) -> None:
    desk, at_desk = opened(new_page, live_server, alice)
    phone, at_phone = opened(new_page, live_server, alice, viewport=PHONE, has_touch=True, is_mobile=True)
    report("requests of a page until it rests", str(len(at_phone.asked)))
    desk.page.evaluate(NOTE_KEYS)
    phone.page.evaluate(NOTE_ROWS)
    desk.until(lambda: rests(desk.page, at_desk), "rest")
    before = at_phone.questions()
    taken = []
    for number in range(CHANGES):
        title = f"Change {number}"
        desk.add(title)
        shown = partial(phone.page.evaluate, "(title) => window.shown[title]", title)
        phone.until(shown, title)
        taken.append(shown() - desk.page.evaluate("(title) => window.pressed[title]", title))
        desk.page.wait_for_timeout(300)
    taken.sort()
    report("key to the other screen, median", f"{median(taken):.0f} ms")
    report("the same, 95 %", f"{taken[math.ceil(0.95 * len(taken)) - 1]:.0f} ms")
    report("questions of the other device for each change", f"{(at_phone.questions() - before) / CHANGES:.1f}")
    assert len(taken) == CHANGES
    assert rests(phone.page, at_phone)
