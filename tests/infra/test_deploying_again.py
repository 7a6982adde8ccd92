"""Which command of Zappa a target takes: what broke off is made, what is there is brought up to date."""

import json
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.deploy import __main__ as commands
from infra.deploy import release, second_region, steps
from infra.deploy.deployment import DeployError, Deployment
from infra.stacks import PROJECT

SETTINGS: dict[str, Any] = {"project_name": PROJECT, "deploy": {}}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Zappa was told."""
    told: list[list[str]] = []
    monkeypatch.setattr(commands, "_zappa", lambda arguments, **_: told.append(arguments))
    return told


@pytest.mark.parametrize(("api", "command"), [("", "deploy"), ("a1b2c3", "update")])
@pytest.mark.parametrize("target", [["clone", "review7"], ["second-region", "production", "eu-west-1"]], ids=str)
def test_a_function_without_an_api_is_deployed_and_one_with_it_updated(
    run: list[list[str]], monkeypatch: pytest.MonkeyPatch, api: str, command: str, target: list[str]
) -> None:
    monkeypatch.setattr(release, "exists", lambda _: True)
    monkeypatch.setattr(Deployment, "api_id", lambda _: api)
    monkeypatch.setattr(second_region, "prepare", lambda home, _: home)
    monkeypatch.setattr(second_region, "connect", lambda *_: None)
    assert commands.main(target) == 0
    assert [each[0] for each in run] == [command]


def test_an_api_whose_creation_was_rolled_back_is_none() -> None:
    """CloudFormation goes on to name it, as the embedded AWS does not, and refuses to update its stack for ever."""
    deployment = Deployment("review7", SETTINGS, boto3.Session(region_name="us-east-1"))
    detail = {"PhysicalResourceId": "a1b2c3", "ResourceStatus": "DELETE_COMPLETE"}
    rolled_back = SimpleNamespace(describe_stack_resource=lambda **_: {"StackResourceDetail": detail})
    deployment._clients["cloudformation", "us-east-1"] = rolled_back
    assert deployment.api_id() == ""
    detail["ResourceStatus"] = "CREATE_COMPLETE"
    assert deployment.api_id() == "a1b2c3"


def test_an_api_that_was_rolled_back_once_is_left_as_it_is_and_one_that_is_rolled_back_now_said() -> None:
    deployment = Deployment(f"a{token_hex(4)}", SETTINGS, boto3.Session(region_name="us-east-1"))
    client, name = deployment.client("cloudformation"), deployment.function
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": name}}
    broken = {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "there-is-none", "AuthType": "AWS_IAM"}}

    def update(*_: object, **resources: Any) -> None:
        """Zappa's, which finds nothing to do, or changes the stack."""
        if "Broken" in resources:
            client.update_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Api": api, "Broken": broken}}))

    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Api": api}}))
    deployment.stacks.at_rest(name)
    with pytest.raises(DeployError, match="UPDATE_ROLLBACK_COMPLETE"):
        steps.update_api(update, deployment, name, "bucket", Broken=True)
    steps.update_api(update, deployment, name, "bucket")


def test_the_template_of_an_api_is_fetched_in_a_region_that_s3_has_no_common_address_for() -> None:
    deployment = Deployment(f"a{token_hex(4)}", SETTINGS, boto3.Session(region_name="af-south-1"))
    client, s3, bucket = deployment.client("cloudformation"), deployment.client("s3"), f"bucket-{token_hex(4)}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": deployment.function}}}}
    s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template).encode())
    zappas = {"StackName": deployment.function, "TemplateURL": f"https://s3.amazonaws.com/{bucket}/template.json"}
    with pytest.raises(ClientError, match="location constraint"):
        client.create_stack(**zappas)
    steps.look_there(cast("Any", SimpleNamespace(zappa=SimpleNamespace(cf_client=client))), deployment)
    client.create_stack(**zappas)
    assert (deployment.stacks.at_rest(deployment.function) or {})["StackStatus"] == "CREATE_COMPLETE"
