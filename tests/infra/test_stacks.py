"""Stacks through failures: what a rolled-back change leaves, and what the next deployment makes of it."""

import os
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from infra import service_stacks
from infra import stacks as stacks_module
from infra.lint import load
from infra.stacks import StackError, Stacks, service_template, template_path
from serverless.service import Service

BUCKET = "AWS::S3::Bucket"


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")


class Templates:
    """Templates of one bucket that is kept, and of a resource that can't be made."""

    def __init__(self, folder: Path) -> None:
        self.name = f"t{token_hex(6)}"
        self.folder = folder

    def write(self, *, days: int = 7, broken: str = "") -> None:
        lines = [
            "Resources:",
            f"  Kept: {{Type: '{BUCKET}', DeletionPolicy: Retain, Properties: {{BucketName: '{self.name}-kept'}}}}",
            "  Queue:",
            "    Type: AWS::SQS::Queue",
            f"    Properties: {{QueueName: '{self.name}', MessageRetentionPeriod: {days * 86400}}}",
        ]
        if broken:
            lines += [
                f"  {broken}:",
                "    Type: AWS::Lambda::Url",
                "    DependsOn: [Kept, Queue]",
                "    Properties: {TargetFunctionArn: there-is-none, AuthType: AWS_IAM}",
            ]
        (self.folder / "thing.yaml").write_text("\n".join(lines))


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Templates:
    monkeypatch.setattr(stacks_module, "INFRA_DIR", tmp_path)
    return Templates(tmp_path)


@pytest.fixture
def stacks(templates: Templates) -> Stacks:
    return Stacks(client("cloudformation"), stage=templates.name)


def status(stacks: Stacks) -> str:
    described = stacks.describe(stacks.name("thing"))
    assert described
    return str(described["StackStatus"])


def test_the_former_template_can_be_applied_after_a_rolled_back_update(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    stacks.apply("thing")
    templates.write(days=3, broken="Broken")
    with pytest.raises(StackError, match="Could not update"):
        stacks.apply("thing")
    assert status(stacks) == "UPDATE_ROLLBACK_COMPLETE"
    templates.write()
    stacks.apply("thing")
    templates.write(days=3)
    stacks.apply("thing")
    assert status(stacks) == "UPDATE_COMPLETE"


def test_whose_template_a_stack_has_is_known_unless_it_was_rolled_back(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    stacks.apply("thing")
    found, body = stacks.describe(stacks.name("thing")), stacks.body("thing")
    assert found
    assert stacks_module._is_of(found, body)
    assert not stacks_module._is_of(found, f"{body}\n")
    assert not stacks_module._is_of({**found, "StackStatus": "UPDATE_ROLLBACK_COMPLETE"}, body)


def test_a_failure_is_told_with_its_own_reasons_alone(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    stacks.apply("thing")
    for days, name in ((3, "Broken"), (4, "Other")):
        templates.write(days=days, broken=name)
        with pytest.raises(StackError, match=rf": {name} \(AWS::Lambda::Url\): [^;]*$"):
            stacks.apply("thing")


def test_a_failed_creation_leaves_nothing_and_can_be_repeated(stacks: Stacks, templates: Templates) -> None:
    templates.write(broken="Broken")
    with pytest.raises(StackError, match="Could not create"):
        stacks.apply("thing")
    with pytest.raises(ClientError, match="Not Found"):
        client("s3").head_bucket(Bucket=f"{templates.name}-kept")
    templates.write()
    assert sorted(stacks.preview("thing")) == [f"Add Kept ({BUCKET})", "Add Queue (AWS::SQS::Queue)"]
    assert status(stacks) == "ROLLBACK_COMPLETE"
    stacks.apply("thing")
    assert stacks.resources("thing", BUCKET) == [f"{templates.name}-kept"]


@pytest.mark.parametrize("then", ["apply", "preview"])
def test_what_a_preview_that_broke_off_has_left_is_in_nobodys_way(
    stacks: Stacks, templates: Templates, then: str
) -> None:
    templates.write()
    body, name = (templates.folder / "thing.yaml").read_text(), stacks.name("thing")
    stacks.client.create_change_set(StackName=name, ChangeSetName="preview", ChangeSetType="CREATE", TemplateBody=body)
    assert status(stacks) == "REVIEW_IN_PROGRESS"
    if then == "apply":
        stacks.apply("thing")
        assert status(stacks) == "CREATE_COMPLETE"
    else:
        assert sorted(stacks.preview("thing")) == [f"Add Kept ({BUCKET})", "Add Queue (AWS::SQS::Queue)"]
        assert stacks.describe(name) is None


def test_what_is_kept_outlives_its_stack(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    stacks.apply("thing")
    stacks.delete("thing")
    client("s3").head_bucket(Bucket=f"{templates.name}-kept")


@pytest.mark.parametrize("suffix", ["", "-euw1"])
def test_what_an_older_version_has_let_go_is_taken_over_by_the_newer_one_again(
    templates: Templates, suffix: str
) -> None:
    stacks = Stacks(client("cloudformation"), stage=templates.name, connect=client)
    templates.write()
    newer = "Parameters: {Suffix: {Type: String}}\n" + (templates.folder / "thing.yaml").read_text()
    older = "\n".join(line for line in newer.splitlines() if "Kept" not in line)
    for body in (newer, older, newer):
        (templates.folder / "thing.yaml").write_text(body)
        stacks.apply("thing", Suffix=suffix)
    assert stacks.resources("thing", BUCKET) == [f"{templates.name}-kept"]


@pytest.fixture
def users(templates: Templates) -> str:
    """The name of the user pool of a template, which is protected, with what comes after it."""
    lines = [
        "Resources:",
        "  Pool:",
        "    Type: AWS::Cognito::UserPool",
        "    DeletionPolicy: Retain",
        f"    Properties: {{UserPoolName: '{templates.name}-users', DeletionProtection: ACTIVE}}",
        "  Client: {Type: 'AWS::Cognito::UserPoolClient', Properties: {UserPoolId: !Ref Pool, ClientName: web}}",
    ]
    (templates.folder / "thing.yaml").write_text("\n".join(lines))
    return f"{templates.name}-users"


def test_users_that_a_stack_has_left_are_those_of_the_next(templates: Templates, users: str) -> None:
    stacks = Stacks(client("cloudformation"), stage=templates.name, connect=client)
    stacks.apply("thing")
    [pool] = stacks.resources("thing", "AWS::Cognito::UserPool")
    stacks.delete("thing")
    stacks.apply("thing")
    assert stacks.resources("thing", "AWS::Cognito::UserPool") == [pool]
    [web] = client("cognito-idp").list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    assert web["ClientName"] == "web"


def test_which_of_two_user_pools_of_a_name_is_meant_is_asked(templates: Templates, users: str) -> None:
    for _ in range(2):
        client("cognito-idp").create_user_pool(PoolName=users)
    stacks = Stacks(client("cloudformation"), stage=templates.name, connect=client)
    with pytest.raises(StackError, match=f"several user pools {users}"):
        stacks.apply("thing")


class LettingGo:
    """DynamoDB with a table that was deleted a moment ago."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def describe_table(self, **_: str) -> Any:
        return {"Table": {"TableStatus": "DELETING"}}


def test_a_table_that_is_being_deleted_is_waited_for_and_made_anew(templates: Templates) -> None:
    """As by `make clone` right after `make remove-clone`."""
    key = "AttributeDefinitions: [{AttributeName: a, AttributeType: S}], KeySchema: [{AttributeName: a, KeyType: HASH}]"
    properties = f"{{TableName: '{templates.name}', BillingMode: PAY_PER_REQUEST, {key}}}"
    resource = f"{{Type: 'AWS::DynamoDB::Table', DeletionPolicy: Retain, Properties: {properties}}}"
    (templates.folder / "thing.yaml").write_text(f"Resources:\n  Table: {resource}")

    def connect(service: str) -> Any:
        return LettingGo(client(service)) if service == "dynamodb" else client(service)

    stacks = Stacks(client("cloudformation"), stage=templates.name, connect=connect)
    stacks.apply("thing")
    assert stacks.resources("thing", "AWS::DynamoDB::Table") == [templates.name]


class Changing:
    """CloudFormation with a stack that another deployment is still changing for some looks."""

    def __init__(self, real: Any, looks: int) -> None:
        self.real, self.looks, self.updated_after = real, looks, -1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def describe_stacks(self, **which: Any) -> Any:
        found = self.real.describe_stacks(**which)
        if self.looks:
            self.looks -= 1
            found["Stacks"][0]["StackStatus"] = "UPDATE_IN_PROGRESS"
        return found

    def update_stack(self, **change: Any) -> Any:
        self.updated_after = self.looks
        return self.real.update_stack(**change)


def test_a_change_under_way_is_waited_for(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    stacks.apply("thing")
    templates.write(days=3)
    changing: Any = Changing(stacks.client, looks=2)
    said: list[str] = []
    stacks.client, stacks.poll_seconds, stacks.say = changing, 0, said.append
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stacks, "patience", {"Delay": 1, "MaxAttempts": 60})
        stacks.apply("thing")
    assert changing.updated_after == 0
    assert said[0] == f"waiting for the stack {stacks.name('thing')}, which is UPDATE_IN_PROGRESS", "an hour at most"


def test_a_preview_leaves_a_stack_that_somebody_makes_meanwhile(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    lines = stacks.preview("thing")
    next(lines)
    stacks.apply("thing")
    list(lines)
    assert status(stacks) == "CREATE_COMPLETE"


class Stuck(Changing):
    """CloudFormation with a stack that it could not roll back, until that is tried anew often enough."""

    def describe_stacks(self, **which: Any) -> Any:
        found = self.real.describe_stacks(**which)
        if self.looks:
            found["Stacks"][0]["StackStatus"] = "UPDATE_ROLLBACK_FAILED"
        return found

    def continue_update_rollback(self, **_: str) -> None:
        self.looks -= 1


def test_a_rollback_that_failed_is_tried_anew_before_the_next_update(stacks: Stacks, templates: Templates) -> None:
    """CloudFormation updates no such stack."""
    templates.write()
    stacks.apply("thing")
    templates.write(days=3)
    stuck: Any = Stuck(stacks.client, looks=2)
    stacks.client = stuck
    with pytest.raises(StackError, match=r"aws cloudformation continue-update-rollback .*--resources-to-skip"):
        stacks.apply("thing")
    stacks.apply("thing")
    assert stuck.updated_after == 0


class Waiting:
    """CloudFormation while a certificate waits for a record that nobody can see."""

    def describe_stacks(self, **which: Any) -> Any:
        message = f"Stack with id {which['StackName']} does not exist"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")

    def create_stack(self, **_: Any) -> None:
        """It begins."""

    def get_waiter(self, name: str) -> Any:
        return self

    def wait(self, **_: Any) -> None:
        raise WaiterError("StackCreateComplete", "Max attempts exceeded", {})

    def get_paginator(self, name: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        def event(name: str, kind: str, status: str, reason: str = "") -> dict[str, str]:
            what = {"LogicalResourceId": name, "PhysicalResourceId": "", "ResourceType": kind, "StackId": "s"}
            return {**what, "ResourceStatus": status, "ResourceStatusReason": reason}

        certificate = "AWS::CertificateManager::Certificate"
        newest_first = [
            event("Queue", "AWS::SQS::Queue", "CREATE_COMPLETE"),
            event("Certificate", certificate, "CREATE_IN_PROGRESS", "Content of DNS Record is: _a.example.org"),
            event("Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS"),
            event("Certificate", certificate, "CREATE_IN_PROGRESS"),
        ]
        return [{"StackEvents": newest_first}]


def test_what_a_stack_is_still_waiting_for_is_said(stacks: Stacks, templates: Templates) -> None:
    templates.write()
    waiting: Any = Waiting()
    stacks.client = waiting
    with pytest.raises(
        StackError, match=r": still waiting for Certificate \(AWS::.*\): Content of DNS Record is: _a\."
    ) as e:
        stacks.apply("thing")
    assert "Queue" not in str(e.value)


@pytest.mark.parametrize("service", service_stacks.owners(), ids=lambda service: service.name)
def test_a_table_has_its_stack_also_where_nobody_reads_its_stream(service: Service) -> None:
    parameters = load(template_path(service_template(service)))["Parameters"]
    needed = {name for name, each in parameters.items() if name.endswith("StreamArn") and "Default" not in each}
    assert needed <= {service_stacks.stream_parameter(table) for table in service.tables}
