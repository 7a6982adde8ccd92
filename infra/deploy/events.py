"""Event sources: which function the queues and streams of an environment call."""

from collections.abc import Iterator
from typing import Any

from infra.deploy import regions
from infra.deploy.deployment import EVENTS_ALIAS, SERVICES, Deployment
from infra.lint import load
from infra.stacks import INFRA_DIR

TEMPLATE = "events"


def apply(deployment: Deployment, data: dict[str, str]) -> None:
    """Have the events of the stage's services call this function; those of other services stay where they go.

    A mapping changes its function in place, so a stream goes on where it was, and nothing is read twice or lost.
    """
    functions = _functions(deployment)
    functions.update({_parameter(service): deployment.function_arn(EVENTS_ALIAS) for service in deployment.services})
    deployment.stacks.apply(TEMPLATE, **functions, **_sources(data))


def remove(deployment: Deployment) -> None:
    """Have no event call this function any more: they wait in their queues, at most 14 days, and streams for one."""
    functions = _functions(deployment)
    kept = {name: arn for name, arn in functions.items() if arn and arn != deployment.function_arn(EVENTS_ALIAS)}
    if not kept:
        deployment.stacks.delete(TEMPLATE)
    elif kept != {name: arn for name, arn in functions.items() if arn}:
        data = regions.data(deployment, deployment.stacks.outputs("data"))
        deployment.stacks.apply(TEMPLATE, **kept, **_sources(data))


def missing(deployment: Deployment) -> list[str]:
    """What AWS has otherwise than infra/events.yaml says for the stage's services, as sentences.

    Zappa's own event sources would lose StartingPosition and all that follows, and deploy would say it is done.
    """
    conditions = {f"Has{service.title()}" for service in deployment.services}
    resources = load(INFRA_DIR / f"{TEMPLATE}.yaml")["Resources"]
    return [
        f"the event source {name} {difference}"
        for name, resource in resources.items()
        if resource["Condition"] in conditions
        for difference in _differences(deployment, name, resource["Properties"])
    ]


def _differences(deployment: Deployment, name: str, wanted: dict[str, Any]) -> Iterator[str]:
    cloudformation, client = deployment.client("cloudformation"), deployment.client("lambda")
    try:
        found = cloudformation.describe_stack_resource(
            StackName=deployment.stacks.name(TEMPLATE), LogicalResourceId=name
        )
        mapping = client.get_event_source_mapping(UUID=found["StackResourceDetail"]["PhysicalResourceId"])
    except (client.exceptions.ResourceNotFoundException, cloudformation.exceptions.ClientError):
        yield "is missing"
        return
    if not mapping["FunctionArn"].endswith(f":{deployment.function}:{EVENTS_ALIAS}"):
        yield f"calls {mapping['FunctionArn']}"
    if mapping["State"] not in {"Enabled", "Enabling", "Creating", "Updating"}:
        yield f"is {mapping['State']}"
    for key in wanted.keys() - {"FunctionName", "EventSourceArn", "Enabled"}:
        # A value the template looks up elsewhere is compared for being there.
        expected, actual = wanted[key], mapping.get(key)
        if (not actual) if "Ref" in str(expected) else actual != expected:
            yield f"has {key} {actual} instead of {expected}"


def _functions(deployment: Deployment) -> dict[str, str]:
    """The function each service's events call now, by the template's parameter."""
    now = deployment.stacks.parameters(TEMPLATE)
    return {_parameter(service): now.get(_parameter(service), "") for service in SERVICES}


def _parameter(service: str) -> str:
    return f"{service.title()}Function"


def _sources(data: dict[str, str]) -> dict[str, str]:
    return {
        name: arn
        for name, arn in data.items()
        if name.endswith("Arn") and name not in {"MediaTopicArn", "ReplicationRoleArn"}
    }
