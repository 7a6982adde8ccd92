"""What API Gateway logs of errors: kept as long as all other logs, and gone with the API."""

import json
from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

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


def test_a_new_role_is_named_again_until_it_is_known_and_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS answers within seconds of its making, then because it was asked seconds ago."""
    monkeypatch.setattr(gateway, "_ROLE_PAUSE_SECONDS", 0)
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": {}}
    deployment = Deployment(f"l{token_hex(4)}", settings, boto3.Session(region_name="us-east-1"))
    with Stubber(deployment.client("apigateway")) as aws:
        aws.add_response("get_account", {})
        for code in ("BadRequestException", "TooManyRequestsException"):
            aws.add_client_error("update_account", code)
        aws.add_response("update_account", {})
        gateway.make_logs_role(deployment)
        aws.assert_no_pending_responses()
