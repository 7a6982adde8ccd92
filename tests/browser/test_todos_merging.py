"""MyTodoList's page: two devices end the same, and no typing is lost, whatever the network does."""

from pathlib import Path
from typing import Any

from tests.browser.conftest import NewPage
from tests.live import LiveServer

SIMULATION = (Path(__file__).parent / "two_devices.js").read_text()
LIVES = 2000
ALL = """async (lives) => {
  const live = SIMULATION;
  for (let seed = 1; seed <= lives; seed += 1) {
    const wrong = await live(seed);
    if (wrong) return wrong;
  }
  return null;
}"""


def test_two_devices_end_the_same(new_page: NewPage, live_server: LiveServer) -> None:
    page = new_page()
    page.goto(f"{live_server.url}/todos/")
    # The file begins by saying what it is; evaluate wants the function alone.
    live = SIMULATION[SIMULATION.index("async (seed)") :]
    wrong: Any = page.evaluate(ALL.replace("SIMULATION", live), LIVES)
    assert wrong is None, wrong
