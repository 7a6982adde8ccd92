"""Versions of a function and who is live: what counts as a release, and what happens while a canary is watched."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.deploy import __main__ as commands
from infra.deploy import canary, preflight, release, steps
from infra.deploy.deployment import DeployError, Deployment
from infra.verify import checks
from infra.verify.visitor import CheckFailed
from tests.infra.functions import code, with_function


@pytest.fixture
def deployment() -> Deployment:
    return with_function()


@pytest.fixture(autouse=True)
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "sickness", lambda *_: "")
    monkeypatch.setattr(release, "wait", lambda *_, **__: None)


def publish(deployment: Deployment) -> str:
    return release.publish(deployment, {"RELEASE": str(time.time_ns())})


def go_live(deployment: Deployment) -> str:
    version = publish(deployment)
    release.go_live(deployment, version)
    return version


def test_a_version_that_a_canary_took_back_is_no_release(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = go_live(deployment), publish(deployment)
    monkeypatch.setattr(canary, "watch", lambda *_: "it is slow")
    with pytest.raises(DeployError, match="taken back"):
        canary.run(deployment, second, 10)
    third = go_live(deployment)
    assert release.releases(deployment) == [third, first]
    assert release.roll_back(deployment) == first


def test_the_same_code_is_a_new_version_so_that_its_instances_start_and_read_the_secrets(
    deployment: Deployment,
) -> None:
    """Lambda publishes none of what is as before, and instances that run go on to take a key that was changed."""
    client, found = deployment.client("lambda"), []
    for _ in range(2):
        release.publish(deployment, {"NAME": "value"})
        latest = client.get_function_configuration(FunctionName=deployment.function)
        found.append({key: latest.get(key) for key in ("CodeSha256", "Description", "Environment", "SnapStart")})
    assert found[0] != found[1]


def at_wait(monkeypatch: pytest.MonkeyPatch, number: int, do: Callable[[], object]) -> None:
    """Have that happen while a deployment waits for the so manieth time until its function is updated."""
    waits = iter(range(1, 100))
    monkeypatch.setattr(release, "wait", lambda *_, **__: next(waits) == number and do())


@pytest.mark.parametrize("wait", [1, 2])
def test_a_version_of_the_code_of_another_deployment_is_not_published(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, wait: int
) -> None:
    client, name = deployment.client("lambda"), deployment.function
    ours = client.get_function_configuration(FunctionName=name)["CodeSha256"]
    at_wait(monkeypatch, wait, lambda: client.update_function_code(FunctionName=name, ZipFile=code("theirs")))
    with pytest.raises(DeployError, match="Another deployment"):
        release.publish(deployment, {"NAME": "value"}, ours)
    assert release._versions(deployment) == []


def test_a_version_of_the_variables_of_another_deployment_is_not_published(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, theirs = deployment.client("lambda"), {"FunctionName": deployment.function, "Description": "theirs"}
    at_wait(monkeypatch, 2, lambda: client.update_function_configuration(**theirs))
    with pytest.raises(DeployError, match="Another deployment"):
        release.publish(deployment, {"NAME": "value"})
    assert release._versions(deployment) == []


def test_a_version_of_what_changed_in_the_last_moment_is_not_published(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = deployment.client("lambda")
    read = client.get_function_configuration

    def read_and_then(**which: str) -> object:
        found = read(**which)
        client.update_function_code(**which, ZipFile=code("theirs"))
        return found

    monkeypatch.setattr(client, "get_function_configuration", read_and_then)
    with pytest.raises(DeployError, match="Another deployment"):
        release.publish(deployment, {"NAME": "value"})
    assert release._versions(deployment) == []


def test_a_version_that_another_operator_is_about_to_make_live_is_not_pruned(deployment: Deployment) -> None:
    first = go_live(deployment)
    never = publish(deployment)
    go_live(deployment)
    about = publish(deployment)
    last = go_live(deployment)
    assert release.prune(deployment) == 1
    left = {each["Version"] for each in release._versions(deployment)}
    assert (never in left, left >= {first, about, last}) == (False, True)


def test_two_deployments_prune_the_same_at_once(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    go_live(deployment)
    publish(deployment)
    last = [go_live(deployment) for _ in range(2)]
    found = release._versions(deployment)
    assert release.prune(deployment) == 1
    monkeypatch.setattr(release, "_versions", lambda _: found)
    release.prune(deployment)
    assert release.live_version(deployment) == last[-1]


def test_releases_from_before_the_alias_knew_them_are_kept(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, versions = deployment.client("lambda"), []
    for number in range(2):
        client.update_function_configuration(FunctionName=deployment.function, Description=str(number))
        made = client.publish_version(FunctionName=deployment.function, Description="released 2026-11-20 03:00:00 UTC")
        versions.append(made["Version"])
    client.create_alias(FunctionName=deployment.function, Name="live", FunctionVersion=versions[-1])
    monkeypatch.setattr(canary, "watch", lambda *_: "it is slow")
    with pytest.raises(DeployError, match="taken back"):
        canary.run(deployment, publish(deployment), 10)
    versions.append(go_live(deployment))
    assert release.releases(deployment) == versions[::-1]


@pytest.mark.parametrize("verdict", ["", "it is slow", "interrupted"])
def test_a_canary_leaves_what_another_operator_has_made_live_meanwhile(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    go_live(deployment)
    version, mended = publish(deployment), []

    def watch(*_: object) -> str:
        mended.append(go_live(deployment))
        if verdict == "interrupted":
            raise KeyboardInterrupt
        return verdict

    monkeypatch.setattr(canary, "watch", watch)
    with pytest.raises(DeployError, match=f"version {int(version) + 1} is live"):
        canary.run(deployment, version, 10)
    assert [release.live_version(deployment)] == mended


def told_of_a_canary(deployment: Deployment) -> str:
    """What `make preflight` says of it, and `make verify`, too."""
    [found] = [each for each in preflight.findings(deployment) if each.what == "canary"]
    visitor: Any = SimpleNamespace(deployment=deployment)
    if found.problem:
        with pytest.raises(CheckFailed, match=found.problem):
            checks.release(visitor)
    else:
        assert checks.release(visitor) == f"version {release.live_version(deployment)} has all calls"
    return found.problem


def test_a_canary_that_was_left_standing_is_what_a_rollback_takes_back(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by credentials that expired while it was watched, of which an operator is told."""
    go_live(deployment)
    live, version, take_back = go_live(deployment), publish(deployment), release.go_live
    expired = ClientError({"Error": {"Code": "ExpiredTokenException"}}, "UpdateAlias")

    def fail(*_: object, **__: object) -> None:
        raise expired

    monkeypatch.setattr(canary, "watch", fail)
    monkeypatch.setattr(release, "go_live", fail)
    with pytest.raises(DeployError, match=rf"Version {version} may still have 10 % .*releases {deployment.stage}"):
        canary.run(deployment, version, 10)
    assert f"version {version} has 10% of the calls" in told_of_a_canary(deployment)
    monkeypatch.setattr(release, "go_live", take_back)
    assert release.roll_back(deployment) == live
    assert told_of_a_canary(deployment) == ""
    alias = deployment.client("lambda").get_alias(FunctionName=deployment.function, Name="live")
    assert (alias["FunctionVersion"], alias.get("RoutingConfig")) == (live, None)


def test_who_interrupts_a_canary_is_told_what_is_live(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live, version = go_live(deployment), publish(deployment)
    monkeypatch.setattr(canary, "watch", Mock(side_effect=KeyboardInterrupt))
    monkeypatch.setattr(commands, "_zappa", lambda *_, **__: canary.run(deployment, version, 10))
    assert commands.main(["canary", "production"]) == 130
    said = capsys.readouterr()
    assert f"version {version} was taken back and version {live} has all calls again" in said.out
    assert "Interrupted" in said.err


def test_who_interrupts_the_taking_back_too_is_told_that_the_canary_stands(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As whoever has no network any more, where it takes minutes to fail."""
    go_live(deployment)
    version = publish(deployment)
    monkeypatch.setattr(canary, "watch", Mock(side_effect=KeyboardInterrupt))
    monkeypatch.setattr(release, "go_live", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(DeployError, match=rf"Version {version} may still have 10 % .*releases {deployment.stage}"):
        canary.run(deployment, version, 10)


def test_a_canary_begins_on_no_other_version_than_it_found(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_live(deployment)
    version, mended = publish(deployment), []
    monkeypatch.setattr(canary, "say", lambda _: mended.append(go_live(deployment)))
    with pytest.raises(DeployError, match="meanwhile"):
        canary.run(deployment, version, 10)
    assert [release.live_version(deployment)] == mended


def test_a_rollback_goes_back_by_one_at_least(deployment: Deployment) -> None:
    versions = [go_live(deployment) for _ in range(3)]
    with pytest.raises(DeployError, match="not 0"):
        release.roll_back(deployment, 0)
    assert release.live_version(deployment) == versions[-1]


def test_a_rollback_says_what_is_live_before_it_asks_how_that_is(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who repeats one that broke off after the alias had moved, goes back by one release more."""
    first, _ = go_live(deployment), go_live(deployment)
    broken = EndpointConnectionError(endpoint_url="https://lambda.us-east-1.amazonaws.com")
    monkeypatch.setattr(release, "sickness", Mock(side_effect=broken))
    with pytest.raises(DeployError, match="Could not connect"):
        steps.roll_back(deployment, 1)
    assert f"version {first} of {deployment.function} is live" in capsys.readouterr().out
