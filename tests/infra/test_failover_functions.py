"""Who decides on a fail-over and when: failures are counted, a veto holds, writes never stay frozen."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from infra.deploy import edge, failover
from infra.failover import functions, replication
from infra.failover.functions import Declined
from infra.failover.replication import Lag
from infra.lint import INFRA_DIR, load, templates

MACHINE = load(INFRA_DIR / "failover.yaml")["Resources"]["Machine"]["Properties"]["Definition"]["States"]


class Keys:
    """The keys at the edge."""

    def __init__(self) -> None:
        self.values = {"region": "home", "writes": "on"}
        self.written: list[dict[str, str]] = []

    def read(self) -> dict[str, str]:
        return dict(self.values)

    def write(self, **keys: str) -> None:
        self.values |= keys
        self.written.append(keys)


class World:
    """Both regions, the keys, time, and what happened."""

    def __init__(self) -> None:
        self.keys, self.vetoed, self.time = Keys(), False, 0.0
        self.started: list[bool] = []
        self.beats = 0
        self.home: Iterator[bool] = itertools.repeat(True)
        self.second = True

    def is_healthy(self, url: str) -> bool:
        return next(self.home) if url.startswith("home") else self.second

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def beat(self, *_: str) -> str:
        self.beats += 1
        return "now"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name, value in (("HOME_URL", "home"), ("SECOND_URL", "second"), ("HOME_REGION", "h"), ("TABLE", "t")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_REGION", "s")
    monkeypatch.setattr(functions, "is_healthy", world.is_healthy)
    monkeypatch.setattr(functions, "is_vetoed", lambda: world.vetoed)
    monkeypatch.setattr(functions, "store", lambda: world.keys)
    clock = SimpleNamespace(sleep=world.sleep, monotonic=lambda: world.time)
    monkeypatch.setattr("infra.failover.functions.time", clock)
    monkeypatch.setattr(replication, "beat", world.beat)
    return world


@pytest.fixture
def starts(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    def start() -> str:
        world.started.append(True)
        return "arn"

    monkeypatch.setattr(functions, "start", start)
    return world


def test_a_healthy_region_is_asked_every_five_seconds_for_a_minute(starts: World) -> None:
    assert functions.watch({}, None) == {"failures": 0, "execution": ""}
    assert starts.beats == 12
    assert starts.time == 55
    assert not starts.started


def test_three_failures_in_a_row_are_a_failure(starts: World) -> None:
    starts.home = iter([True, False, False, True, False, False, False])
    assert functions.watch({}, None) == {"failures": 3, "execution": "arn"}
    assert starts.time == 30
    assert starts.beats == 2


def test_two_failures_are_none(starts: World) -> None:
    starts.home = itertools.cycle([False, False, True])
    assert functions.watch({}, None)["execution"] == ""


def test_a_region_that_answers_but_reaches_no_table_is_left(starts: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "is_healthy", lambda url: url != "home/api/health/deep/")
    assert functions.watch({}, None)["execution"] == "arn"
    assert "does not answer" in functions.confirm(state())["said"][-1]


def test_nothing_starts_under_a_veto_or_when_the_site_has_moved(world: World) -> None:
    world.vetoed = True
    assert functions.start() == ""
    world.vetoed, world.keys.values["region"] = False, "second"
    assert functions.start() == ""


@contextmanager
def answering(text: bytes) -> Iterator[str]:
    """The address of who answers with these bytes."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(text)

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", True),
        (b"HTTP/1.1 503 No\r\n\r\n", False),
        (b"what?\r\n", False),
        (b"", False),
    ],
)
def test_a_region_is_healthy_that_answers_or_has_more_to_do_than_it_may(text: bytes, fine: bool) -> None:
    """A flood would be one there, too, where nobody could sign in."""
    with answering(text) as url:
        assert functions.is_healthy(url) == fine


def test_a_watch_that_fails_or_does_not_run_calls_somebody() -> None:
    alarm = load(INFRA_DIR / "failover.yaml")["Resources"]["WatchAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("Errors", "breaching")
    assert alarm["AlarmActions"] == [{"Ref": "Topic"}]


def test_an_alarm_that_no_runs_set_off_says_that_it_rings_while_it_is_new() -> None:
    found = [each for path in templates() for each in load(path)["Resources"].values()]
    alarms = [each["Properties"] for each in found if each["Type"] == "AWS::CloudWatch::Alarm"]
    breaching = [each for each in alarms if each.get("TreatMissingData") == "breaching"]
    assert len(breaching) == 2
    assert [each["AlarmName"] for each in breaching if "New, it rings until" not in each["AlarmDescription"]] == []


def test_its_code_lies_where_no_file_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that is rolled back, months later, asks for the code it had before."""
    put: list[dict[str, Any]] = []
    applied: list[dict[str, str]] = []
    outputs = {"DeployBucket": "deploy", "StaticBucket": "static", "TopicArn": "topic"}
    stacks = SimpleNamespace(outputs=lambda _: outputs, apply=lambda _, **given: applied.append(given))
    second: Any = SimpleNamespace(
        **{name: name for name in ("project", "environment", "suffix", "region", "stage")}, bucket="deploy",
        stacks=stacks, stacks_of=lambda _: stacks, api_url=str,
        client=lambda _: SimpleNamespace(put_object=lambda **given: put.append(given)),
    )  # fmt: skip
    monkeypatch.setattr(edge, "store_arn", lambda _: "store")
    failover.apply(second, second)
    assert [(each["Bucket"], each["Key"]) for each in put] == [(each["Bucket"], each["CodeKey"]) for each in applied]
    lies_in = put[0]["Bucket"]
    resources = load(INFRA_DIR / "data.yaml")["Resources"] | load(INFRA_DIR / "platform.yaml")["Resources"]
    assert "LifecycleConfiguration" not in resources[f"{lies_in.title()}Bucket"]["Properties"]


def state(**more: Any) -> dict[str, Any]:
    """The state machine's state as it starts."""
    return {"began": "", "rehearsal": False, "said": [], **more}


def run(names: list[str], begin: dict[str, Any]) -> dict[str, Any]:
    """Steps, one after the other."""
    for name in names:
        begin = functions.step({"step": name, "state": begin}, None)
    return begin


STEPS = ["confirm", "freeze", "wait", "move", "unfreeze"]


def test_a_dead_region_is_left_with_writes_frozen_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.home = itertools.repeat(False)
    monkeypatch.setattr(replication, "wait", lambda *_: Lag(is_complete=False, missing_since="12:00"))
    done = run(STEPS, state())
    assert world.keys.written == [{"writes": "off"}, {"region": "second"}, {"writes": "on"}]
    assert done["given_up_since"] == "12:00"
    assert any("written after 12:00 may be missing" in sentence for sentence in done["said"])


def test_a_rehearsal_writes_no_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "wait", lambda *_: Lag(is_complete=True))
    run(STEPS, state(rehearsal=True))
    assert world.keys.written == []


def test_a_region_that_answers_again_is_not_left(world: World) -> None:
    world.home = iter([False, True])
    with pytest.raises(Declined, match="answers again"):
        functions.confirm(state())


def test_a_sick_region_does_not_take_over(world: World) -> None:
    world.home, world.second = itertools.repeat(False), False
    with pytest.raises(Declined, match="not healthy either"):
        functions.confirm(state())


def test_a_veto_holds_until_the_last_moment(world: World) -> None:
    world.home, world.vetoed = itertools.repeat(False), True
    for name in ("confirm", "move"):
        with pytest.raises(Declined, match="veto"):
            functions.step({"step": name, "state": state()}, None)
    assert world.keys.written == []


@pytest.mark.parametrize(
    ("failed", "why"),
    [
        (
            {"Error": "Declined", "Cause": '{"errorMessage": "there is a veto", "errorType": "Declined"}'},
            "there is a veto",
        ),
        ({"Error": "Lambda.TooManyRequestsException", "Cause": "Rate Exceeded."}, "Exception Rate Exceeded."),
        ({"Error": "Lambda.Unknown", "Cause": "{}"}, "Lambda.Unknown {}"),
        ({"Error": "States.Timeout"}, "States.Timeout"),
    ],
)
def test_people_are_told_why_it_stopped_whoever_says_so(
    monkeypatch: pytest.MonkeyPatch, failed: dict[str, str], why: str
) -> None:
    sent: list[str] = []
    topic = SimpleNamespace(publish=lambda **message: sent.append(message["Message"]))
    monkeypatch.setattr(functions, "boto3", SimpleNamespace(client=lambda _: topic))
    for name in ("TOPIC_ARN", "SITE"):
        monkeypatch.setenv(name, "it")
    functions.tell({"said": [], "rehearsal": False, "failed": failed})
    assert sent[0].endswith(why)


@pytest.mark.parametrize("name", ["Freeze", "Wait", "Move"])
def test_whatever_fails_after_the_freeze_leads_to_writes(name: str) -> None:
    [catch] = MACHINE[name]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "Unfreeze")
    assert MACHINE["Unfreeze"]["Next"] == "Tell"


def test_the_freeze_is_known_everywhere_before_replication_is_waited_for() -> None:
    assert MACHINE[MACHINE["Freeze"]["Next"]] == {"Type": "Wait", "Seconds": replication.EDGE_SECONDS, "Next": "Wait"}


def test_whatever_fails_is_told() -> None:
    """Also that the freeze could not be ended."""
    assert [name for name, each in MACHINE.items() if each["Type"] == "Task" and "Catch" not in each] == ["Tell"]


def test_every_step_of_the_machine_is_one_of_the_function() -> None:
    steps = {each["Parameters"]["step"] for each in MACHINE.values() if each["Type"] == "Task"}
    assert steps == set(functions.STEPS)


# --- Lag -----------------------------------------------------------------------------------------------------------


class Regions:
    """Two regions, the second of which has a beat some looks after it was written."""

    def __init__(self, *, writable: bool = True, looks: float = 2) -> None:
        self.writable, self.looks, self.now = writable, looks, 5

    def beat(self, region: str, table: str) -> str:
        return str(self.now) if self.writable else ""

    def newest(self, left: str, taken: str, table: str) -> str:
        self.looks -= 1
        return str(self.now if self.looks < 0 else self.now - 1)


@pytest.mark.parametrize(
    ("regions", "lag"),
    [
        (Regions(), Lag(is_complete=True)),
        (Regions(writable=False), Lag(is_complete=False, missing_since="4")),
        (Regions(looks=float("inf")), Lag(is_complete=False, missing_since="4")),
    ],
    ids=["passed on", "home is away", "never passed on"],
)
def test_what_is_missing_is_known(regions: Regions, lag: Lag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "beat", regions.beat)
    monkeypatch.setattr(replication, "newest", regions.newest)
    monkeypatch.setattr(replication, "LOOK_SECONDS", 0.001)
    assert replication.wait("h", "s", "t", seconds=60 if lag.is_complete else 0.05) == lag


@pytest.fixture
def table() -> str:
    """A table of either region, of which neither is told what the other takes."""
    name = f"t{token_hex(6)}"
    for region in ("us-east-1", "eu-west-1"):
        boto3.client("dynamodb", region_name=region).create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return name


def test_what_the_watch_writes_at_home_is_not_taken_for_what_comes_back(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fail-back waits for the second region's writes while the watch goes on to write into a home that is well."""

    def sleep(_: float) -> None:
        assert replication.beat("us-east-1", table)

    seconds = itertools.count()
    clock = SimpleNamespace(sleep=sleep, monotonic=lambda: next(seconds))
    monkeypatch.setattr("infra.failover.replication.time", clock)
    assert replication.wait("eu-west-1", "us-east-1", table, seconds=5) == Lag(is_complete=False)
