"""MyTodoList's page: two devices end the same, and no typing is lost, whatever the network does."""

from pathlib import Path
from typing import Any

from tests.browser.conftest import NewPage
from tests.live import LiveServer

SIMULATION = (Path(__file__).parent / "two_devices.js").read_text()
RUNS = 400


def test_it_converges(new_page: NewPage, live_server: LiveServer) -> None:
    page = new_page()
    page.goto(f"{live_server.url}/todos/")
    # The file begins with its description; a function is what evaluate calls.
    simulate = SIMULATION[SIMULATION.index("async (seed)") :]
    many = f"async (runs) => {{ const simulate = {simulate}; for (let seed = 1; seed <= runs; seed += 1) {{ const wrong = await simulate(seed * 7919); if (wrong) return wrong; }} return null; }}"  # noqa: E501
    wrong: Any = page.evaluate(many, RUNS)
    assert wrong is None, wrong
