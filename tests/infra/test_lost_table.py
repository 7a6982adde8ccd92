"""A table that was lost and restored under its own name has another stream: docs/deploy.md, Lost table."""

from typing import Any

import pytest

from infra.deploy import events, second_region, steps
from infra.deploy.deployment import EVENTS_ALIAS, Deployment
from tests.infra.functions import with_function
from tests.waiting import until


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    """A stage with the stacks of its services, whose function takes events."""
    made = with_function(mail_from="hello@example.com", protected=False)
    client = made.client("lambda")
    version = client.publish_version(FunctionName=made.function)["Version"]
    client.create_alias(FunctionName=made.function, Name=EVENTS_ALIAS, FunctionVersion=version)
    steps.apply_data(made)
    events.apply(made, alarm_topic="")
    return made


def lose(deployment: Deployment, table: str) -> str:
    """Delete the table; the ARN of its backup."""
    dynamodb, name = deployment.client("dynamodb"), deployment.stacks.name(table)
    backup: str = dynamodb.create_backup(TableName=name, BackupName="before")["BackupDetails"]["BackupArn"]
    dynamodb.delete_table(TableName=name)
    return backup


def restore(deployment: Deployment, table: str, backup: str) -> str:
    """Restore the table as the runbook says; the ARN of its stream."""
    dynamodb, name = deployment.client("dynamodb"), deployment.stacks.name(table)
    dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=backup)
    on: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return str(dynamodb.update_table(TableName=name, StreamSpecification=on)["TableDescription"]["LatestStreamArn"])


def strayed(deployment: Deployment, table: str) -> list[str]:
    """Which event sources read another stream than the table has."""
    found = [each for each in events.missing(deployment) if "no longer its table's stream" in each]
    return [each for each in found if f"-{table}/stream/" in each]


def test_event_sources_follow_a_restored_table(deployment: Deployment) -> None:
    backup = lose(deployment, "posts")
    assert len(strayed(deployment, "posts")) == 1
    restore(deployment, "posts", backup)
    assert len(strayed(deployment, "posts")) == 1
    steps.apply_data(deployment)
    assert strayed(deployment, "posts") == []


def test_those_of_other_services_follow_it_too(deployment: Deployment) -> None:
    stream = restore(deployment, "todos", lose(deployment, "todos"))
    steps.apply_data(deployment)
    told = [deployment.stacks.parameters(f"service-{name}")["TodosStreamArn"] for name in ("live", "reminders")]
    assert told == [stream, stream]


def test_a_deployment_while_the_table_is_gone_changes_no_event_source(deployment: Deployment) -> None:
    before = deployment.stacks.parameters("service-media")
    backup = lose(deployment, "uploads")
    steps.apply_data(deployment)
    assert deployment.stacks.parameters("service-media") == before
    assert len(strayed(deployment, "uploads")) == 1
    restore(deployment, "uploads", backup)


def test_a_table_that_a_second_region_has_comes_home_from_there(deployment: Deployment) -> None:
    """No replica could be made of a restored one while the other has its name."""
    home, there = (deployment.client("dynamodb", region) for region in ("us-east-1", "eu-west-1"))
    name = deployment.stacks.name("posts")
    home.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    until(lambda: second_region._replicas(deployment, name) == {"eu-west-1": "ACTIVE"}, "its replica")
    home.delete_table(TableName=name)
    home.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    there.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    home.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    steps.apply_data(deployment)
    assert strayed(deployment, "posts") == []
    assert second_region._replicas(deployment, name) == {"eu-west-1": "ACTIVE"}
