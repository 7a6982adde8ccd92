"""Keys that are changed while functions run that were told of the former ones."""

import os
from secrets import token_hex
from typing import Any

import boto3
import pytest

from config import parameters
from infra.deploy import edge, environment, release
from infra.deploy.deployment import DeployError, Deployment
from infra.stacks import PROJECT
from tests.infra.functions import with_function

REGION = "us-east-1"


def test_a_version_from_before_a_leak_goes_on_to_start_and_believes_no_former_key() -> None:
    """New instances of the live version, until the next deployment, and of what is rolled back to."""
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": {}}
    deployment = Deployment(f"k{token_hex(4)}", settings, boto3.Session(region_name=REGION))

    def started(variables: dict[str, str]) -> dict[str, str]:
        """What a function reads when it starts that was deployed with these variables."""
        names = [value.removeprefix("ssm:") for value in variables.values()]
        return parameters.read(names, region=REGION, endpoint_url=os.environ["AWS_ENDPOINT_URL"])

    environment.make_secrets(deployment)
    first = started(environment.secret_variables(deployment))
    environment.rotate_key(deployment, leaked=False)
    deployed = environment.secret_variables(deployment)
    second = started(deployed)
    key, before = deployment.parameter("secret-key"), deployment.parameter("secret-key-before")
    assert second[before] == first[key]
    environment.rotate_key(deployment, leaked=True)
    third = started(deployed)
    assert not {first[key], second[key]} & set(third.values())


def test_an_edge_key_is_not_sent_before_all_functions_believe_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would refuse all readers."""
    monkeypatch.setattr(release, "sickness", lambda *_: "")
    deployment = with_function()

    def go_live() -> None:
        release.go_live(deployment, release.publish(deployment, {"RELEASE": token_hex(4)}))

    environment.make_secrets(deployment)
    go_live()
    edge.begin_key_change(deployment)
    with pytest.raises(DeployError, match=f"Deploy {deployment.stage} first"):
        edge.finish_key_change(deployment)
    assert len(edge._keys(deployment)) == 2
    go_live()
    edge.finish_key_change(deployment)
    assert len(edge._keys(deployment)) == 1


def test_a_secret_key_that_is_not_in_use_yet_is_not_changed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the command given twice: what the one in use has signed, such as links in mails, would be good no more."""
    monkeypatch.setattr(release, "sickness", lambda *_: "")
    deployment = with_function()
    environment.make_secrets(deployment)
    release.go_live(deployment, release.publish(deployment, {}))
    environment.rotate_key(deployment, leaked=False)
    with pytest.raises(DeployError, match=f"Deploy {deployment.stage} first"):
        environment.rotate_key(deployment, leaked=False)
    environment.rotate_key(deployment, leaked=True)
