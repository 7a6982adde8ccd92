"""The two regions a stage may be in: its home, and a second one that stands by (docs/adr/0008-second-region.md).

The home stack of infra/data.yaml remembers that there is a second region, in its parameter SecondSuffix.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import boto3

from infra import service_stacks
from infra.deploy import release
from infra.deploy.deployment import DeployError, Deployment
from infra.names import region_of


def settings_in(settings: Mapping[str, Any], region: str, home_region: str) -> dict[str, Any]:
    """A stage's settings as they are in one of its regions."""
    return {**settings, "aws_region": region, "deploy": {**settings["deploy"], "home_region": home_region}}


def in_region(deployment: Deployment, region: str) -> Deployment:
    """The same stage in another of its regions."""
    settings = settings_in(deployment.settings, region, deployment.home_region)
    return Deployment(deployment.stage, settings, boto3.Session(region_name=region))


def second_suffix(deployment: Deployment) -> str:
    """How names end in the second region; empty when there is no second one, or this is it."""
    return deployment.stacks.parameters("data").get("SecondSuffix", "")


def second_region(deployment: Deployment) -> str:
    """The second region; empty when there is no second one, or this is it."""
    return "" if deployment.suffix else other_region(deployment, second_suffix(deployment))


def other_region(deployment: Deployment, second_suffix: str) -> str:
    """The other of a stage's two regions; empty when it has but one."""
    if deployment.suffix:
        return deployment.home_region
    return region_of(second_suffix.removeprefix("-"), deployment.partition) if second_suffix else ""


def second(home: Deployment) -> Deployment:
    """The stage in its second region. Raises DeployError without one."""
    if not (found := second_region(home)):
        raise DeployError(f"{home.stage} has no second region: `make second-region STAGE={home.stage} REGION=...`.")
    return in_region(home, found)


def home_outputs(deployment: Deployment) -> dict[str, str]:
    """What the stacks of the home region made, such as the users; nothing in that region itself."""
    if not deployment.suffix:
        return {}
    stacks = in_region(deployment, deployment.home_region).stacks
    return stacks.outputs("data") | service_stacks.outputs(stacks)


def streams(deployment: Deployment, data: Mapping[str, str]) -> dict[str, str]:
    """The streams of tables by the services' parameters: a replica and a restored table have others than a stack knows.

    None of a table that is not there, or has no stream yet.
    """
    dynamodb, found = deployment.client("dynamodb"), {}
    for table in service_stacks.streamed_tables():
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            described = dynamodb.describe_table(TableName=data["TablePrefix"] + table)["Table"]
            if stream := described.get("LatestStreamArn"):
                found[service_stacks.stream_parameter(table)] = stream
    return found


def stages_without(deployment: Deployment, secret: str) -> str:
    """Which stages of the environment, in both regions, have a live version from before a secret was changed last."""
    stages = deployment.stages()
    if second_suffix(stages[0]):
        stages.append(second(stages[0]))
    found = deployment.client("ssm").get_parameter(Name=deployment.parameter(secret))["Parameter"]["LastModifiedDate"]
    late = [each for each in stages if release.live_version(each) and release.live_since(each) < found]
    return ", ".join(f"{each.stage} in {each.region}" if each.suffix else each.stage for each in late)
