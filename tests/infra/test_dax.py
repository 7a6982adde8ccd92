"""DAX and the network of a function that asks for it; no emulator has a cluster, so the stack alone is looked at."""

import json
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import boto3
import pytest

from infra.deploy import checks, dax, steps
from infra.deploy.deployment import DeployError, Deployment
from infra.lint import SETTINGS
from infra.stacks import PROJECT

NO_NETWORK: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}


def stage(name: str, **options: str) -> Deployment:
    settings = {"project_name": PROJECT, "deploy": options}
    return Deployment(name, settings, boto3.Session(region_name="us-east-1"))


@pytest.fixture
def asking() -> Iterator[Deployment]:
    """A stage that asks for DAX, and its function's role."""
    deployment = stage(f"d{token_hex(4)}", dax="dax.t3.small")
    iam, document = deployment.client("iam"), {"Version": "2012-10-17", "Statement": []}
    iam.create_role(RoleName=deployment.role, AssumeRolePolicyDocument=json.dumps(document))
    yield deployment
    dax.remove(deployment)
    iam.delete_role(RoleName=deployment.role)


def test_its_function_is_in_the_clusters_network_until_it_goes(asking: Deployment) -> None:
    network = dax.apply(asking)
    subnets = asking.client("ec2").describe_subnets(SubnetIds=network["SubnetIds"])["Subnets"]
    assert len({each["AvailabilityZone"] for each in subnets}) == 2
    assert len({each["VpcId"] for each in subnets}) == len(network["SecurityGroupIds"]) == 1
    assert dax.variables(asking)["DAX_ENDPOINT"].startswith("dax")
    stacks, iam = asking.stacks_of(asking.stage), asking.client("iam")
    assert len(stacks.resources(dax.TEMPLATE, "AWS::DAX::Cluster")) == 1
    assert set(iam.list_role_policies(RoleName=asking.role)["PolicyNames"]) == {"dax", "dax-reads"}
    assert dax.apply(asking) == network, "and once more changes nothing"

    deleted: list[str] = []
    steps.delete_function(deleted.append, asking, asking.function)
    assert deleted == [asking.function]
    assert stacks.describe(stacks.name(dax.TEMPLATE)) is None
    assert iam.list_role_policies(RoleName=asking.role)["PolicyNames"] == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("production", {}),
        ("production_todos", {"dax": "dax.t3.small"}),
        ("production", {"dax": "dax.t3.small", "home_region": "eu-west-1"}),
    ],
)
def test_nobody_else_pays_for_one(name: str, options: dict[str, Any]) -> None:
    other = stage(name, **options)
    assert dax.apply(other) == NO_NETWORK
    assert dax.variables(other) == {}


def test_it_is_refused_without_its_library() -> None:
    settings = json.loads(SETTINGS.read_text())["production"]
    settings["deploy"]["dax"] = "dax.t3.small"
    deployment = Deployment("production", settings, boto3.Session(region_name="us-east-1"))
    with pytest.raises(DeployError, match=r"deploy\.dax: amazon-dax-client is not packed"):
        checks.before_deploying(deployment)
