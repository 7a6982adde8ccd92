"""Which command of Zappa a target takes: what broke off is made, what is there is brought up to date."""

import json
import subprocess
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock
from urllib.error import URLError

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from infra.deploy import __main__ as commands
from infra.deploy import environment, package, release, second_region, steps
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
    with pytest.raises(DeployError, match=r"UPDATE_ROLLBACK_COMPLETE: Broken \(AWS::Lambda::Url\): ."):
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


BREAKS = [S3UploadFailedError("ExpiredToken"), OSError(28, "No space left on device"), URLError("no network")]


@pytest.mark.parametrize("error", BREAKS, ids=str)
def test_what_breaks_off_a_command_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    monkeypatch.setattr(release, "exists", Mock(side_effect=error))
    assert commands.main(["deploy", "production"]) == 1
    assert capsys.readouterr().err == f"Error: {error}\n"


def test_zappa_goes_no_further_without_what_it_puts_into_s3(tmp_path: Path) -> None:
    deployment = Deployment(f"a{token_hex(4)}", SETTINGS, boto3.Session(region_name="us-east-1"))
    (tmp_path / "template.json").touch()
    with pytest.raises(DeployError, match="NoSuchBucket"):
        steps.upload(deployment, str(tmp_path / "template.json"), deployment.bucket)


def test_an_update_that_breaks_off_leaves_nothing_in_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    deployment = Deployment(f"a{token_hex(4)}", SETTINGS, boto3.Session(region_name="us-east-1"))

    def update(name: str, *_: str, **__: bool) -> None:
        (tmp_path / f"{name}-template-1.json").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.update_api(update, deployment, deployment.function, "bucket")
    assert list(tmp_path.iterdir()) == []


def test_users_keys_that_nobody_answers_with_are_said() -> None:
    with pytest.raises(DeployError, match=r"http://127\.0\.0\.1:9/keys does not answer"):
        environment._public_keys("http://127.0.0.1:9/keys")


def test_libraries_whose_installation_breaks_off_leave_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(package, "BUILD_DIR", tmp_path)
    monkeypatch.setattr(package, "compile_folder", Mock(side_effect=OSError(28, "No space left on device")))

    def pip(command: list[str], **_: object) -> SimpleNamespace:
        Path(command[command.index("--target") + 1]).mkdir()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(OSError, match="No space left"):
        package.install(package.Platform((3, 13)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("verify",), ("releases",), ("manage", "check")], ids=str)
def test_a_stage_that_is_not_in_the_account_is_said_to_be_in_none(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """As with the profile of another account."""
    assert commands.main([command[0], "production", *command[1:]]) == 1
    assert "There is no serverless-django-production in us-east-1 of the account 0" in capsys.readouterr().err
