"""Ten thousand reminders at the same minute: all arrive, each once, and how soon."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID

import pytest

from reminders import schedules
from reminders.models import Reminder, Subscription
from tests.reminders.push_service import Browser
from tests.waiting import until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3000)]
COUNT, OWNERS, THREADS = 10_000, 500, 8


@pytest.fixture
def arrivals() -> Iterator[tuple[str, dict[str, list[float]]]]:
    """The address of a push service that notes when a message came, by its topic."""
    came: dict[str, list[float]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            came.setdefault(self.headers["Topic"], []).append(time.time())
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/push", came
    server.shutdown()
    server.server_close()


def test_all_arrive_once(arrivals: tuple[str, dict[str, list[float]]], report: Callable[[str, str], None]) -> None:
    url, came = arrivals
    values = Browser(endpoint=url).values
    owners = [f"flood-{number}" for number in range(OWNERS)]
    for owner in owners:
        Subscription.keep(owner, **values)
    begun, at = time.monotonic(), datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60 + COUNT // 40)

    def plan(number: int) -> None:
        owner, todo = owners[number % OWNERS], str(UUID(int=number))
        Reminder.note(owner, todo, version=1, title="x", due=at.isoformat(), remind=0, is_moved=True)
        schedules.arrange(owner, todo, at, at)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(plan, range(COUNT)))
    report("making them", f"{COUNT / (time.monotonic() - begun):.0f} a second")
    assert datetime.now(UTC) < at, "they were made too late for this test"
    until(lambda: len(came) == COUNT, "all reminders", 2400)
    late = sorted(moments[0] - at.timestamp() for moments in came.values())
    for share in (0.5, 0.95, 1.0):
        report(f"{share:.0%} arrived within", f"{late[int(share * COUNT) - 1]:.0f} s")
    report("came twice", str(sum(len(moments) > 1 for moments in came.values())))
    assert min(late) >= 0
