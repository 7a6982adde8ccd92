"""What the commands of a second region refuse, and what they leave when they are broken off."""

from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from config.services import SERVICES
from infra import service_stacks
from infra.deploy import checks, edge, regions, removal, second_region, steps
from infra.deploy.__main__ import main
from infra.deploy.deployment import DeployError, Deployment
from infra.failover import replication
from infra.failover.replication import Lag
from infra.failover.store import StoreError
from infra.stacks import PROJECT
from tests.waiting import until

HOME, SECOND = "us-east-1", "eu-west-1"


class Keys:
    """The keys at the edge."""

    def __init__(self, **values: str) -> None:
        self.values = {"region": "home", "writes": "on", **values}

    def read(self) -> dict[str, str]:
        return dict(self.values)

    def write(self, **keys: str) -> None:
        self.values |= keys


def deployment(stage: str, region: str = HOME) -> Deployment:
    settings: dict[str, Any] = {"project_name": PROJECT, "aws_region": region, "deploy": {"home_region": HOME}}
    return Deployment(stage, settings, boto3.Session(region_name=region))


def apply(stage: Deployment, **values: str) -> None:
    """The stack of what no single service keeps."""
    common = {"Environment": stage.environment, "SiteUrl": "https://example.com", "Protected": "false"}
    stage.stacks.apply_known("data", {**common, "Suffix": stage.suffix, **values})


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Of a stage that is healthy wherever it is asked."""
    keys = Keys()
    monkeypatch.setattr(checks, "unanswered", lambda _: [])
    monkeypatch.setattr(edge, "store", lambda _: keys)
    return keys


@pytest.fixture
def home() -> Deployment:
    made = deployment(f"s{token_hex(4)}")
    apply(made, SecondSuffix="-euw1")
    return made


def test_readers_are_not_sent_away_by_naming_the_home_region(home: Deployment, keys: Keys) -> None:
    with pytest.raises(DeployError, match="`fail-back` leads there"):
        second_region.lead_to(home)
    assert keys.values["region"] == "home"


def test_a_fail_over_ends_the_freeze_of_a_fail_back_that_was_killed(keys: Keys) -> None:
    second = deployment(f"s{token_hex(4)}", SECOND)
    apply(second, UserPoolId="p", MobileClientId="m", OtherRegion=HOME)
    keys.write(region="second", writes="off")
    second_region.lead_to(second)
    assert keys.values == {"region": "second", "writes": "on"}


def test_a_fail_back_that_is_refused_says_that_writes_are_frozen(
    home: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(second_region, "_alone", lambda *_: [{"users/a/picture.jpg"}])
    keys.write(region="second", writes="off")
    with pytest.raises(DeployError, match="wait a while"):
        second_region.lead_back(home)
    assert "nothing can be written" in capsys.readouterr().out


def test_a_freeze_that_could_not_be_ended_is_said(
    home: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with credentials that expire while home catches up."""

    def write(**values: str) -> None:
        if values.get("writes") == "on":
            raise StoreError("CloudFront's KeyValueStore answers 403: ExpiredToken")
        keys.values |= values

    monkeypatch.setattr(keys, "write", write)
    with pytest.raises(DeployError, match=r"Nothing can be written until `fail-back` .*: .*ExpiredToken"):
        second_region.lead_back(home, give_up=True)
    assert keys.values["writes"] == "off"


def test_a_region_that_is_not_enabled_is_refused_before_anything_is_made(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that knew of it could neither leave it again nor have another."""
    ask, home = Deployment.client, deployment(f"s{token_hex(4)}")
    why: Any = {"Error": {"Code": "InvalidClientTokenId", "Message": "The security token is invalid"}}

    def client(self: Deployment, service: str, region: str = "") -> Any:
        if SECOND in (region, self.region):
            raise ClientError(why, "GetCallerIdentity")
        return ask(self, service, region)

    monkeypatch.setattr(Deployment, "client", client)
    with pytest.raises(DeployError, match=f"into {SECOND} .* enabled"):
        second_region.prepare(home, SECOND)


def test_what_is_no_region_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("fail-over", "veto", "rehearse"):
        assert main([command, "production", "euwest1"]) == 1
        assert "'euwest1' is no region of AWS" in capsys.readouterr().err


def test_edge_locations_know_of_the_freeze_before_it_is_asked_what_home_lacks(
    home: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they let through meanwhile would be missing at home."""
    happened: list[str] = []

    def wait(*_: str) -> Lag:
        happened.append("wait")
        return Lag(is_complete=True)

    monkeypatch.setattr(second_region, "_alone", lambda *_: [set()])
    monkeypatch.setattr(keys, "write", lambda **values: happened.append(str(values)))
    monkeypatch.setattr(second_region, "sleep", lambda _: happened.append("sleep"))
    monkeypatch.setattr(replication, "wait", wait)
    second_region.lead_back(home)
    assert happened == ["{'writes': 'off'}", "sleep", "wait", "{'region': 'home'}", "{'writes': 'on'}"]


def test_a_second_region_that_does_not_answer_is_given_up(
    home: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Deployment.client

    def client(self: Deployment, service: str, region: str = "") -> Any:
        if SECOND in (region, self.region):
            raise EndpointConnectionError(endpoint_url=f"https://{service}.{SECOND}.amazonaws.com")
        return ask(self, service, region)

    monkeypatch.setattr(Deployment, "client", client)
    keys.write(region="second")
    second_region.lead_back(home, give_up=True)
    assert keys.values == {"region": "home", "writes": "on"}


@pytest.fixture
def half_made(home: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """The stage in a second region of which a table is replicated, while home has its files and CloudFront."""
    bucket = f"{home.environment}-files"
    home.client("s3").create_bucket(Bucket=bucket)
    home.client("dynamodb").update_table(
        TableName=f"{PROJECT}-{home.environment}-sessions", ReplicaUpdates=[{"Create": {"RegionName": SECOND}}]
    )
    outputs = {name: bucket for service in SERVICES for name in service.buckets}
    monkeypatch.setattr(service_stacks, "outputs", lambda stacks: outputs if stacks is home.stacks else {})
    monkeypatch.setattr(removal, "templates", lambda: ["data"])
    monkeypatch.setattr(edge, "apply", lambda *_, **__: None)
    monkeypatch.setattr(steps, "apply_data", lambda home, second_suffix: apply(home, SecondSuffix=second_suffix))
    return regions.second(home)


def test_a_second_region_whose_making_broke_off_can_be_removed_and_that_repeated(
    home: Deployment, half_made: Deployment
) -> None:
    for _ in range(2):
        second_region.disconnect(home, half_made)
        second_region.remove(home, half_made)
        assert regions.second_region(home) == ""
        apply(home, SecondSuffix="-euw1")
    table = home.client("dynamodb").describe_table(TableName=f"{PROJECT}-{home.environment}-sessions")["Table"]
    assert not table.get("Replicas")


def test_a_second_region_is_not_removed_while_home_lacks_its_rows(
    home: Deployment, half_made: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a fail-back that gave something up."""
    table = f"{PROJECT}-{home.environment}-sessions"
    until(lambda: second_region._replicas(home, table) == {SECOND: "ACTIVE"}, "the replica")
    monkeypatch.setattr(replication, "wait", lambda *_: Lag(is_complete=False, missing_since="12:00"))
    with pytest.raises(DeployError, match="written after 12:00 may be missing"):
        second_region.disconnect(home, half_made)


def test_there_is_no_second_region_of_a_stage_that_readers_are_not_led_to(
    home: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where each service has a function of its own: nobody could tell whether the home region is well."""
    monkeypatch.setattr(checks, "before_deploying", lambda _: None)
    monkeypatch.setattr(edge, "distribution", lambda _: "E1")
    with pytest.raises(DeployError, match=f"Deploy {home.stage} with `edge` first"):
        second_region._check(home, SECOND)


def test_what_the_keys_said_of_a_former_second_region_is_not_true_of_the_next(
    home: Deployment, half_made: Deployment, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writes that a killed fail-back froze, or a fail-over that was under way when the region was removed."""
    keys.write(writes="off")
    monkeypatch.setattr(edge, "apply", lambda *_, **__: keys.write(region="second"))
    second_region.disconnect(home, half_made)
    assert keys.values == {"region": "home", "writes": "on"}
