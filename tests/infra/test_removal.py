"""The end of an environment: what is refused, and what a removal that broke off leaves to the next one."""

from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.deploy import release, removal, workers
from infra.deploy.__main__ import main
from infra.deploy.deployment import DeployError, Deployment
from infra.stacks import PROJECT, StackError, Stacks


def deployment(stage: str) -> Deployment:
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": {"protected": False}}
    return Deployment(stage, settings, boto3.Session(region_name="us-east-1"))


def test_data_stays_while_another_function_of_the_environment_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for who names the stage of one service while one function serves them all."""
    environment = f"e{token_hex(4)}"
    monkeypatch.setattr(release, "exists", lambda each: each.stage == environment)
    with pytest.raises(DeployError, match=f"Undeploy {environment} first"):
        removal.delete_everything(deployment(f"{environment}_todos"))


def test_who_names_a_stage_of_one_service_is_told_whose_data_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["delete-data", "production_todos", "--yes-delete", "production_todos"]) == 1
    assert "all data of production for ever: repeat with --yes-delete production." in capsys.readouterr().err


@pytest.fixture
def made() -> Deployment:
    """An environment with users, tables and buckets."""
    made = deployment(f"e{token_hex(4)}")
    values = {"Project": PROJECT, "Environment": made.environment, "SiteUrl": "https://example.com"}
    values |= {"Protected": "false", "MailFrom": "hello@example.com"}
    values |= made.stacks.apply_known("data", values)
    made.stacks.apply_known("service-housekeeping", values)
    return made


def test_a_removal_that_broke_off_is_repeated_to_the_end(made: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = Stacks.delete

    def broken(stacks: Stacks, template: str) -> bool:
        if template == "data":
            raise StackError("a queue does not go")
        return delete(stacks, template)

    monkeypatch.setattr(Stacks, "delete", broken)
    with pytest.raises(StackError):
        removal.delete_everything(made)
    monkeypatch.setattr(Stacks, "delete", delete)
    removal.delete_everything(made)
    assert left(made) == []


def test_what_aws_keeps_for_a_while_is_named_and_goes_with_the_next_removal(made: Deployment) -> None:
    [kept, *_] = made.stacks.resources("service-housekeeping", "AWS::DynamoDB::Table")
    why = "Replica cannot be deleted because it has acted as a source region in the last 24 hours."

    def refuse(params: dict[str, Any], **_: object) -> None:
        if kept in params["body"].decode():
            error: Any = {"Error": {"Code": "ValidationException", "Message": why}}
            raise ClientError(error, "DeleteTable")

    events = made.client("dynamodb").meta.events
    events.register("before-call.dynamodb.DeleteTable", refuse)
    with pytest.raises(DeployError, match=f"{kept}: .*24 hours"):
        removal.delete_everything(made)
    assert [name for name in left(made) if "users" not in name] == [kept]
    events.unregister("before-call.dynamodb.DeleteTable", refuse)
    removal.delete_everything(made)
    assert left(made) == []


def left(made: Deployment) -> list[str]:
    """The tables, buckets and user pools there are of an environment."""
    names = [name for page in pages(made, "dynamodb", "list_tables") for name in page["TableNames"]]
    names += [each["Name"] for each in made.client("s3").list_buckets()["Buckets"]]
    names += [each["Name"] for page in pages(made, "cognito-idp", "list_user_pools") for each in page["UserPools"]]
    return [name for name in names if made.environment in name]


def pages(made: Deployment, service: str, operation: str) -> Any:
    options = {"MaxResults": 60} if service == "cognito-idp" else {}
    return made.client(service).get_paginator(operation).paginate(**options)


@pytest.mark.parametrize("owner", ["", "_media"])
def test_workers_go_with_the_stage_whose_they_are(owner: str) -> None:
    """One function is undeployed once there is one for each service, whose stages have taken the workers over."""
    made = deployment(f"e{token_hex(4)}")
    topic = f"arn:aws:sns:us-east-1:000000000000:{deployment(made.stage + owner).function}-alarms"
    values = {"Project": PROJECT, "Environment": made.environment, "StaticBucket": "none"}
    made.stacks.apply_known("service-updates", {**values, "WorkersKey": "forwarded", "AlarmTopicArn": topic})
    workers.remove(made)
    assert made.stacks.parameters("service-updates")["WorkersKey"] == ("forwarded" if owner else "")


def test_a_name_that_was_mistyped_is_told_from_one_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remove-clone", f"e{token_hex(4)}"]) == 1
    assert "There is nothing of e" in capsys.readouterr().err
