"""What API Gateway logs of errors: kept as long as all other logs, and gone with the API."""

import json
from secrets import token_hex
from typing import Any

import boto3

from infra.deploy import gateway, steps
from infra.deploy.deployment import Deployment
from infra.stacks import PROJECT


def test_they_are_kept_for_a_month_and_end_with_the_api() -> None:
    """API Gateway would make the group by itself, for ever."""
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": {}}
    deployment = Deployment(f"l{token_hex(4)}", settings, boto3.Session(region_name="us-east-1"))
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": deployment.function}}
    template = json.dumps({"Resources": {"Api": api}})
    deployment.client("cloudformation").create_stack(StackName=deployment.function, TemplateBody=template)
    deployment.stacks.at_rest(deployment.function)
    logs, name = deployment.client("logs"), f"API-Gateway-Execution-Logs_{deployment.api_id()}/{deployment.stage}"
    for _ in range(2):
        gateway.make_logs(deployment, deployment.api_id())
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (name, 30)
    assert steps.delete_api(deployment, deployment.function)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    assert not steps.delete_api(deployment, deployment.function)
