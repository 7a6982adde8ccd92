"""Event sources: which function the queues and streams of an environment call."""

from typing import Any

from infra.deploy.deployment import ALIAS, SERVICES, Deployment

TEMPLATE = "events"


def apply(deployment: Deployment, data: dict[str, str]) -> None:
    """Have the events of the stage's services call this function; those of other services stay where they go.

    A mapping changes its function in place, so a stream goes on where it was, and nothing is read twice or lost.
    """
    functions = _functions(deployment)
    functions.update({_parameter(service): deployment.function_arn(ALIAS) for service in deployment.services})
    deployment.stacks.apply(TEMPLATE, **functions, **_sources(data))


def remove(deployment: Deployment) -> None:
    """Have no event call this function any more: they wait in their queues, at most 14 days, and streams for one."""
    functions = _functions(deployment)
    kept = {name: arn for name, arn in functions.items() if arn and arn != deployment.function_arn(ALIAS)}
    if not kept:
        deployment.stacks.delete(TEMPLATE)
    elif kept != {name: arn for name, arn in functions.items() if arn}:
        deployment.stacks.apply(TEMPLATE, **kept, **_sources(deployment.stacks.outputs("data")))


def missing(deployment: Deployment, data: dict[str, str]) -> list[str]:
    """What the event sources lack to lose nothing, as sentences; Zappa's own would lack all of it in silence."""
    expected = {
        "todos": ["TodosMediaQueueArn"],
        "blog": ["BlogMediaQueueArn", "SubscribersStreamArn"],
        "media": ["ThumbnailsQueueArn", "UploadsStreamArn"],
    }
    return [
        f"{source}: {sentence}"
        for service in deployment.services
        for source in expected[service]
        for sentence in _mapping_lacks(deployment, data[source])
    ]


def _mapping_lacks(deployment: Deployment, source: str) -> list[str]:
    client = deployment.client("lambda")
    found = client.list_event_source_mappings(EventSourceArn=source, FunctionName=deployment.function_arn(ALIAS))
    mappings: list[dict[str, Any]] = found["EventSourceMappings"]
    if len(mappings) != 1:
        return [f"has {len(mappings)} mappings to {deployment.function_arn(ALIAS)} instead of one"]
    mapping = mappings[0]
    checks = {
        f"is {mapping['State']}": mapping["State"] in {"Enabled", "Enabling", "Creating", "Updating"},
        "one bad record fails its whole batch": "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
    }
    if ":dynamodb:" in source:
        checks |= {
            "has no starting position": bool(mapping.get("StartingPosition")),
            "is retried for ever": 0 < mapping.get("MaximumRetryAttempts", -1) < 1000,
            "does not split a failing batch": mapping.get("BisectBatchOnFunctionError") is True,
            "drops what fails": bool(mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")),
        }
    return [sentence for sentence, fine in checks.items() if not fine]


def _functions(deployment: Deployment) -> dict[str, str]:
    """The function each service's events call now, by the template's parameter."""
    now = deployment.stacks.parameters(TEMPLATE)
    return {_parameter(service): now.get(_parameter(service), "") for service in SERVICES}


def _parameter(service: str) -> str:
    return f"{service.title()}Function"


def _sources(data: dict[str, str]) -> dict[str, str]:
    return {name: arn for name, arn in data.items() if name.endswith("Arn") and name != "MediaTopicArn"}
