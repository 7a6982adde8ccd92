"""Alarms and the dashboard of a stage's function. Those about a service's queues are in the service's own stack."""

import json

from config.services import DEFAULT, named, sources
from infra.deploy import events
from infra.deploy.deployment import Deployment

TEMPLATE = "alarms"


def apply(deployment: Deployment) -> str:
    """Apply infra/alarms.yaml for the stage; the ARN of the topic that tells an operator."""
    made = deployment.stacks_of(deployment.stage).apply(
        TEMPLATE,
        Function=deployment.function,
        ApiStage=deployment.stage,
        Suffix=deployment.suffix,
        LongMilliseconds=str(deployment.settings["timeout_seconds"] * 900),
        Mail=deployment.options.get("alarm_mail", ""),
        Queues=json.dumps(_queue_metrics(deployment)),
        **_user_pool(deployment),
    )
    return made["TopicArn"]


def _user_pool(deployment: Deployment) -> dict[str, str]:
    """The pool whose sign-ups one stage of the environment counts, while Cognito itself sends its mail."""
    by_ses = deployment.stacks.parameters("data").get("UsersMailFrom", "")
    if by_ses or deployment.suffix or DEFAULT.name not in deployment.services:
        return {"UserPool": "none", "WebClient": "none", "MobileClient": "none"}
    data = deployment.stacks.outputs("data")
    return {"UserPool": data["UserPoolId"], "WebClient": data["WebClientId"], "MobileClient": data["MobileClientId"]}


def _queue_metrics(deployment: Deployment) -> list[list[str]]:
    """What the dashboard shows of the services' queues. `...` is as the metric before says: a parameter is 4096 bytes.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    declared = sources(named(deployment.services)).values()
    queues = [each.name for each in declared if each.is_queue] + [each.failures for each in declared if each.failures]
    names = [f"{deployment.project}-{deployment.environment}-{queue}" for queue in queues]
    first = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"]
    return [[*(["..."] if number else first), name] for number, name in enumerate(names)]


def remove(deployment: Deployment) -> None:
    """Delete them."""
    deployment.stacks_of(deployment.stage).delete(TEMPLATE)


def missing(deployment: Deployment) -> list[str]:
    """Alarms of the stage that CloudWatch does not have, or that call nobody, as sentences."""
    stacks = deployment.stacks_of(deployment.stage)
    expected = set(stacks.resources(TEMPLATE, "AWS::CloudWatch::Alarm")) | events.alarms(deployment)
    # Those of workers have the name of the environment before them.
    prefix = f"{deployment.project}-{deployment.environment}-"
    pages = deployment.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = {alarm["AlarmName"]: alarm for alarm in pages.search("MetricAlarms[]")}
    gone = [f"there is no alarm {name}" for name in sorted(expected - set(found))]
    mute = [
        f"the alarm {name} calls nobody"
        for name in sorted(expected & set(found))
        if not found[name].get("AlarmActions") or not found[name].get("ActionsEnabled", True)
    ]
    return gone + mute or ([] if expected else [f"{deployment.function} has no alarms"])
