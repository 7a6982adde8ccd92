"""A region dies under load, and what it cost: `make drill`, which writes the table of docs/failover.md.

Two regions of the embedded AWS, both deployed as an operator does it. Readers and writers come through the code of
CloudFront's function, as CloudFront would have them. Then the home region answers nothing more, neither its API nor its
tables nor anything else that is signed for it. Nobody does anything.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Any

import urllib3

from infra.failover.store import Store
from infra.local.emulator import PROJECT_DIR
from infra.stacks import PROJECT
from tests.deploy import edge_function
from tests.deploy.account import REGION, Account, empty_account
from tests.deploy.edge import TEMPLATE
from tests.deploy.second import SECOND, SecondRegion
from tests.deploy.site import Site

PAGE = PROJECT_DIR / "docs" / "failover.md"
BEGIN, END = "<!-- drill -->", "<!-- /drill -->"
NEXT = re.compile(r"<[^>]*?(/api/todos/[^>]*)>; rel=\"next\"")
KEYS_SECONDS = 1.0  # how old the keys may be that an edge location knows
AFTER_SECONDS = 15.0  # how long readers and writers go on when all is over
LIMIT_SECONDS = 300.0
READ_GOAL, WRITE_GOAL = 10.0, 120.0


class Edge:
    """CloudFront for API requests: its function's code chooses, its time-outs hold."""

    def __init__(self, code: str, store: Store, homes: Site, second: Site) -> None:
        self.code, self.store = code, store
        self.sites = {"home-reads": homes, "blog": homes, "todos": homes, "second-api": second}
        self._keys: tuple[float, dict[str, str]] = (-KEYS_SECONDS, {})
        self._chosen: dict[str, list[str] | int] = {}
        self._lock = Lock()

    def request(self, method: str, path: str, body: Any = None, token: str = "") -> int:
        """The status a reader gets; 504 when nobody answers in time."""
        chosen = self._choice(method, path)
        if isinstance(chosen, int):
            return chosen
        status = 504
        for origin in chosen or ["todos"]:
            status = self._ask(origin, method, path, body, token)
            if status not in {500, 502, 503, 504}:
                break
        return status

    def _choice(self, method: str, path: str) -> list[str] | int:
        """The origins to ask, or the status the function answers itself."""
        keys = self._current_keys()
        asked = json.dumps([method, path, keys])
        if asked not in self._chosen:
            [chosen] = edge_function.run(self.code, (method, path), keys=keys)
            self._chosen[asked] = chosen.result.get("statusCode") or chosen.origins
        return self._chosen[asked]

    def _current_keys(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() - self._keys[0] > KEYS_SECONDS:
                self._keys = (time.monotonic(), self.store.read())
            return self._keys[1]

    def _ask(self, origin: str, method: str, path: str, body: Any, token: str) -> int:
        site = self.sites[origin]
        url, headers = site.place(path)
        headers = {**headers, "Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        try:
            return site.http.request(
                method, url, body=data, headers=headers, redirect=False, timeout=timeout_of(origin)
            ).status
        except urllib3.exceptions.HTTPError:
            return 504


def timeout_of(origin: str) -> urllib3.Timeout:
    """What the template says for an origin."""
    config = TEMPLATE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    origins = [each["Fn::If"][1] if "Fn::If" in each else each for each in config["Origins"]]
    [found] = [each for each in origins if each["Id"] == origin]
    return urllib3.Timeout(connect=found["ConnectionTimeout"], read=found["CustomOriginConfig"]["OriginReadTimeout"])


@dataclass
class Seen:
    """What readers or writers saw: when they were answered as they should be, and for how long they were not."""

    good: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)

    def gap_after(self, moment: float) -> float:
        """Seconds from a moment until the first who was served."""
        return min((at for at in self.good if at > moment), default=float("inf")) - moment


@dataclass
class Result:
    """What a drill measured, in seconds from the moment the region died."""

    detected: float
    moved: float
    first_read: float
    slowest_read: float
    first_write: float
    acknowledged: int
    lost: int
    doubled: int
    given_up: str

    def rows(self) -> list[tuple[str, str, str]]:
        """What, measured, goal."""
        return [
            ("the first reader served by the second region", f"{self.first_read:.1f} s", f"{READ_GOAL:.0f} s"),
            ("the longest any reader waited", f"{self.slowest_read:.1f} s", ""),
            ("the failure was found", f"{self.detected:.1f} s", ""),
            ("the key was moved", f"{self.moved:.1f} s", ""),
            ("the first write acknowledged by the second region", f"{self.first_write:.1f} s", f"{WRITE_GOAL:.0f} s"),
            ("writes acknowledged in all", str(self.acknowledged), ""),
            ("of them lost", str(self.lost), "0"),
            ("of them doubled", str(self.doubled), "0"),
            ("what was said to be given up", self.given_up or "nothing", ""),
        ]

    def problems(self) -> list[str]:
        """Which goals were missed."""
        return [
            *(["reading took too long to go on"] if self.first_read > READ_GOAL else []),
            *(["writing took too long to go on"] if self.first_write > WRITE_GOAL else []),
            *(["acknowledged writes were lost"] if self.lost else []),
            *(["acknowledged writes were doubled"] if self.doubled else []),
        ]


class Drill:
    """The two regions, and what happens in them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.home, self.second = Site(account), Site(SecondRegion(account))
        outputs = account.client("cloudformation").describe_stacks(StackName=f"{PROJECT}-production-edge")
        arn = {each["OutputKey"]: each["OutputValue"] for each in outputs["Stacks"][0]["Outputs"]}["RegionsStoreArn"]
        self.store = Store(arn, account.session.get_credentials(), account.emulator.endpoint_url)
        function = account.client("cloudfront").get_function(Name=f"{PROJECT}-production-choose-origin", Stage="LIVE")
        self.edge = Edge(function["FunctionCode"].read().decode(), self.store, self.home, self.second)
        self.token = self.home.sign_up("alice")
        self.titles: list[str] = []
        self.reads, self.writes = Seen(), Seen()
        self.waits: list[float] = []
        self.stop = Event()

    def run(self) -> Result:
        """Kill the home region under load and wait until all is over."""
        off = self.account.emulator.state_dir / "off.json"
        with ThreadPoolExecutor(4) as threads:
            running = [threads.submit(self._repeat, act) for act in (self._read, self._read, self._write, self._write)]
            try:
                time.sleep(5)
                off.write_text(
                    json.dumps({"regions": [REGION], "apis": [self.home.hosts["production"].partition(".")[0]]})
                )
                died = time.monotonic()
                detected, moved = self._watch_it(died)
                time.sleep(AFTER_SECONDS)
            finally:
                self.stop.set()
            for each in running:
                each.result()
        return self._result(died, detected, moved)

    def _watch_it(self, died: float) -> tuple[float, float]:
        detected = moved = 0.0
        while not moved or self.store.read()["writes"] == "off":
            keys = self.store.read()
            detected = detected or (time.monotonic() if keys["writes"] == "off" or keys["region"] == "second" else 0.0)
            moved = moved or (time.monotonic() if keys["region"] == "second" else 0.0)
            if time.monotonic() - died > LIMIT_SECONDS:
                raise AssertionError(f"the site has not moved after {LIMIT_SECONDS:.0f} s: {keys}")
            time.sleep(0.2)
        return detected - died, moved - died

    def _repeat(self, act: Callable[[], None]) -> None:
        while not self.stop.wait(0.2):
            act()

    def _read(self) -> None:
        began = time.monotonic()
        status = self.edge.request("GET", "/api/todos/?limit=1", token=self.token)
        (self.reads.good if status == 200 else self.reads.bad).append(time.monotonic())
        self.waits.append(time.monotonic() - began)

    def _write(self) -> None:
        title = f"Number {time.time_ns()}"
        status = self.edge.request("POST", "/api/todos/", {"title": title}, token=self.token)
        if status == 201:
            self.titles.append(title)
        (self.writes.good if status == 201 else self.writes.bad).append(time.monotonic())

    def _result(self, died: float, detected: float, moved: float) -> Result:
        there = self._titles_there()
        return Result(
            detected=detected,
            moved=moved,
            first_read=self.reads.gap_after(died),
            slowest_read=max(self.waits),
            first_write=self.writes.gap_after(died),
            acknowledged=len(self.titles),
            lost=len(set(self.titles) - set(there)),
            doubled=len(there) - len(set(there)),
            given_up=self._given_up(),
        )

    def _titles_there(self) -> list[str]:
        """The titles of all to-dos the second region has."""
        found: list[str] = []
        path = "/api/todos/?limit=100"
        while path:
            answer = self.second.request("GET", path, token=self.token)
            assert answer.status == 200, answer.data
            found += [each["title"] for each in answer.json()]
            following = NEXT.search(answer.headers.get("Link", ""))
            path = following[1] if following else ""
        return found

    def _given_up(self) -> str:
        states = self.second.account.client("stepfunctions")
        machines = states.list_state_machines()["stateMachines"]
        machine = next(each["stateMachineArn"] for each in machines if each["name"].endswith("-failover"))
        [execution, *_] = states.list_executions(stateMachineArn=machine)["executions"]
        output = json.loads(states.describe_execution(executionArn=execution["executionArn"])["output"])
        return next((each[26:] for each in output["said"] if "missing" in each), "")


@contextmanager
def two_regions() -> Iterator[Drill]:
    """Both regions of a new account."""
    with TemporaryDirectory() as folder, empty_account(Path(folder)) as account:
        account.zappa("deploy", "production")
        account.run("infra.deploy", "second-region", "production", SECOND)
        yield Drill(account)


def table(result: Result) -> str:
    """The table of docs/failover.md."""
    lines = [f"| {what} | {measured} | {goal} |" for what, measured, goal in result.rows()]
    return "\n".join(["| from the moment the home region died | measured | goal |", "|---|---|---|", *lines])


def write(result: Result) -> None:
    """Put the table into docs/failover.md."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(result)}\n{END}{rest.partition(END)[2]}")


def main() -> int:
    """Run a drill, print and write its table; 1 when a goal was missed."""
    with two_regions() as drill:
        result = drill.run()
    print(table(result))
    write(result)
    for problem in result.problems():
        print(problem, file=sys.stderr)
    return bool(result.problems())


if __name__ == "__main__":
    sys.exit(main())
