"""Each kind of API Gateway's endpoint, by Zappa's own template: refused or deployed, and checked where it can be."""

import json
import os
from secrets import token_hex
from typing import Any

import boto3
import pytest
from zappa.core import Zappa

from infra.deploy import checks
from infra.deploy.deployment import Deployment
from infra.lint import SETTINGS
from infra.settings_lint import zappa_findings

STAGE = json.loads(SETTINGS.read_text())["production"]
ALONE = {**STAGE, "deploy": {**STAGE["deploy"], "edge": False}}
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:site"
# Who is let in by a private API's policy: those who come through one VPC endpoint.
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        }
    ],
}


@pytest.mark.parametrize("kind", ["EDGE", "REGIONAL", "PRIVATE"])
def test_an_api_of_each_kind_is_made(kind: str) -> None:
    zappa = Zappa(load_credentials=False)
    zappa.boto_session = boto3.Session(region_name="us-east-1")
    zappa.credentials_arn = "arn:aws:iam::000000000000:role/site"
    if kind == "PRIVATE":
        zappa.apigateway_policy = json.dumps(POLICY)
    zappa.create_stack_template(
        FUNCTION, "site", False, False, None, endpoint_configuration=[kind], lambda_qualifier="live"
    )
    cloudformation, name = client("cloudformation"), f"endpoint-{token_hex(4)}"
    cloudformation.create_stack(StackName=name, TemplateBody=zappa.cf_template.to_json())
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    # The embedded AWS keeps no kind of what CloudFormation makes.
    properties = zappa.cf_template.to_dict()["Resources"]["Api"]["Properties"]
    assert properties["EndpointConfiguration"]["Types"] == [kind]
    assert ("aws:SourceVpce" in json.dumps(properties.get("Policy"))) == (kind == "PRIVATE")
    cloudformation.delete_stack(StackName=name)


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")


@pytest.mark.parametrize("kind", ["EDGE", "REGIONAL", "PRIVATE"])
def test_each_may_be_had_without_cloudfront(kind: str) -> None:
    stage = {**ALONE, "endpoint_configuration": [kind], "apigateway_policy": "policy.json"}
    assert zappa_findings({"production": stage}) == []


def test_a_private_one_needs_a_policy() -> None:
    [finding] = zappa_findings({"production": {**ALONE, "endpoint_configuration": ["PRIVATE"]}})
    assert "apigateway_policy" in finding


def test_a_private_one_is_not_asked_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for check in ("gateway", "events", "alarms"):
        monkeypatch.setattr(f"infra.deploy.checks.{check}.missing", lambda _: [])
    stage = {**ALONE, "endpoint_configuration": ["PRIVATE"]}
    checks.after_deploying(Deployment("production", stage, boto3.Session(region_name="us-east-1")))
