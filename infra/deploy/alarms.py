"""Alarms and the dashboard of a stage's function."""

from infra.deploy import regions
from infra.deploy.deployment import SERVICES, Deployment

TEMPLATE = "alarms"


def apply(deployment: Deployment) -> None:
    """Apply infra/alarms.yaml for the stage."""
    deployment.stacks_of(deployment.stage).apply(
        TEMPLATE,
        Project=deployment.project,
        Environment=deployment.environment,
        Function=deployment.function,
        ApiStage=deployment.stage,
        Suffix=deployment.suffix,
        OtherRegion=regions.other_region(deployment),
        LongMilliseconds=str(deployment.settings["timeout_seconds"] * 900),
        Mail=deployment.options.get("alarm_mail", ""),
        **{service.title(): str(service in deployment.services).lower() for service in SERVICES},
    )


def remove(deployment: Deployment) -> None:
    """Delete them."""
    deployment.stacks_of(deployment.stage).delete(TEMPLATE)


def missing(deployment: Deployment) -> list[str]:
    """Alarms of the stage that CloudWatch does not have, or that call nobody, as sentences."""
    stacks = deployment.stacks_of(deployment.stage)
    expected = set(stacks.resources(TEMPLATE, "AWS::CloudWatch::Alarm"))
    pages = deployment.client("cloudwatch").get_paginator("describe_alarms")
    found = {
        alarm["AlarmName"]: alarm
        for page in pages.paginate(AlarmNamePrefix=f"{deployment.function}-")
        for alarm in page["MetricAlarms"]
    }
    gone = [f"there is no alarm {name}" for name in sorted(expected - set(found))]
    mute = [
        f"the alarm {name} calls nobody"
        for name in sorted(expected & set(found))
        if not found[name].get("AlarmActions") or not found[name].get("ActionsEnabled", True)
    ]
    return gone + mute or ([] if expected else [f"{deployment.function} has no alarms"])
