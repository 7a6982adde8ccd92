"""Event sources and alarms of services: which function their queues and streams call."""

import re
from collections.abc import Iterator
from typing import Any

from config.services import workers
from infra import service_stacks
from infra.deploy.deployment import EVENTS_ALIAS, Deployment
from infra.lint import load
from infra.stacks import service_template, template_path
from serverless.service import Service

_MAPPING = "AWS::Lambda::EventSourceMapping"
_COUNTER = "CallsCounter"  # the condition of an event source that is there only where the stage says `count_reads`
_LOOKED_UP = re.compile("'(Ref|Fn::[A-Za-z]+)'")


def apply(deployment: Deployment, *, alarm_topic: str) -> None:
    """Have the events of the stage's services call this function; those of other services stay where they go.

    A mapping changes its function in place, so a stream goes on where it was, and nothing is read twice or lost.
    """
    function = {
        "Function": deployment.function,
        "FunctionArn": deployment.events_arn(),
        "AlarmTopicArn": alarm_topic,
    }
    for service in _served(deployment):
        deployment.stacks.apply_known(service_template(service), function)


def remove(deployment: Deployment) -> None:
    """Have no event call this function any more: they wait in their queues, at most 14 days, and streams for one."""
    nothing = dict.fromkeys(("Function", "FunctionArn", "AlarmTopicArn"), "")
    for service in _served(deployment):
        template = service_template(service)
        if deployment.stacks.parameters(template).get("FunctionArn") == deployment.events_arn():
            deployment.stacks.apply_known(template, nothing)


def missing(deployment: Deployment) -> list[str]:
    """Where AWS differs from the stacks of the stage's services, as sentences.

    Zappa's own event sources would lose StartingPosition and all that follows, and deploy would say it is done.
    """
    return [
        f"the event source {name} {difference}"
        for template in map(service_template, _served(deployment))
        for name, resource in load(template_path(template))["Resources"].items()
        if resource["Type"] == _MAPPING
        and (not deployment.suffix or _is_everywhere(resource["Properties"]))
        and (resource.get("Condition") != _COUNTER or deployment.options.get("count_reads"))
        for difference in _differences(deployment, template, name, resource["Properties"])
    ]


def alarms(deployment: Deployment) -> set[str]:
    """The names of the alarms that the stacks of the stage's services have made."""
    templates = map(service_template, _served(deployment))
    return {name for each in templates for name in deployment.stacks.resources(each, "AWS::CloudWatch::Alarm")}


def _served(deployment: Deployment) -> list[Service]:
    return [service for service in service_stacks.owners() if service.name in deployment.services]


def _is_served(mapping: dict[str, Any]) -> bool:
    """Whether an event source is to call the function that answers requests, and no worker."""
    return bool(mapping["FunctionName"] == {"Ref": "FunctionArn"})


def _is_everywhere(mapping: dict[str, Any]) -> bool:
    """Whether an event source calls a function that a second region has, too."""
    called = str(mapping["FunctionName"])
    return _is_served(mapping) or any(each.in_each_region and each.name in called for each in workers().values())


def _differences(deployment: Deployment, template: str, name: str, wanted: dict[str, Any]) -> Iterator[str]:
    cloudformation, client = deployment.client("cloudformation"), deployment.client("lambda")
    try:
        found = cloudformation.describe_stack_resource(
            StackName=deployment.stacks.name(template), LogicalResourceId=name
        )
        mapping = client.get_event_source_mapping(UUID=found["StackResourceDetail"]["PhysicalResourceId"])
    except (client.exceptions.ResourceNotFoundException, cloudformation.exceptions.ClientError):
        yield "is missing"
        return
    called = mapping["FunctionArn"].split(":function:")[1]
    own, theirs = f"{deployment.function}:{EVENTS_ALIAS}", map(deployment.stacks.name, workers())
    if called not in ([own] if _is_served(wanted) else theirs):
        yield f"calls {mapping['FunctionArn']}"
    if mapping["State"] not in {"Enabled", "Enabling", "Creating", "Updating"}:
        yield f"is {mapping['State']}"
    if ":table/" in (source := mapping["EventSourceArn"]) and source != _stream(deployment, source):
        yield f"reads {source}, which is no longer its table's stream"
    for key in wanted.keys() - {"FunctionName", "EventSourceArn", "Enabled"}:
        # A value the template looks up elsewhere is compared for being there.
        expected, actual = wanted[key], mapping.get(key)
        if (not actual) if _LOOKED_UP.search(str(expected)) else actual != expected:
            yield f"has {key} {actual} instead of {expected}"


def _stream(deployment: Deployment, former: str) -> str:
    """The stream that the table of this one has now; empty without one."""
    dynamodb = deployment.client("dynamodb")
    try:
        table = dynamodb.describe_table(TableName=former.split("/")[1])["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return ""
    return str(table.get("LatestStreamArn", ""))
