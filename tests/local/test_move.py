"""What was in one stack moves to a stack for each service, with all that tables, buckets and queues hold."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import service_stacks
from infra import stacks as stacks_module
from infra.adoption import KINDS
from infra.lint import Json, load, text_of
from infra.local.emulator import CREDENTIALS, Emulator
from infra.local.provision import REGION, provision
from infra.stacks import PROJECT, Stacks, service_template, template_path
from tests.conftest import _free_port

STAGE = "local"
# One move, looked at step by step.
pytestmark = [pytest.mark.prove, pytest.mark.random_order(disabled=True)]

PREFIX = f"{PROJECT}-{STAGE}-"
SITE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(_free_port(), tmp_path_factory.mktemp("moving"), persist=False)
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture(scope="module")
def connect(emulator: Emulator) -> Any:
    return partial(
        boto3.client,
        endpoint_url=emulator.endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def stacks(connect: Any) -> Stacks:
    return Stacks(connect("cloudformation"), stage=STAGE)


def everything_in_one() -> Json:
    """A template of all data, as infra/data.yaml was: tables and buckets are kept if it goes, queues are not."""
    shared = load(template_path("data"))
    own = [load(template_path(service_template(service))) for service in service_stacks.owners()]
    resources = {
        name: {**resource, "Properties": without_notifications(resource["Properties"])}
        for template in own
        for name, resource in template["Resources"].items()
        if resource["Type"] in KINDS
    }
    return {
        "Parameters": {**shared["Parameters"], **{k: v for each in own for k, v in each["Parameters"].items()}},
        "Conditions": {**shared["Conditions"], **{k: v for each in own for k, v in each["Conditions"].items()}},
        "Resources": {**shared["Resources"], **{name: undepending(each) for name, each in resources.items()}},
        "Outputs": shared["Outputs"],
    }


def without_notifications(properties: Json) -> Json:
    return {key: value for key, value in properties.items() if key != "NotificationConfiguration"}


def undepending(resource: Json) -> Json:
    return {key: value for key, value in resource.items() if key != "DependsOn"}


@pytest.fixture(scope="module")
def moved(emulator: Emulator, connect: Any, stacks: Stacks) -> str:
    """What the move said, after data had been put into everything."""
    template = everything_in_one()
    given = {"Project": PROJECT, "Environment": STAGE, "SiteUrl": SITE, "Protected": "false", "OverTlsAlone": "false"}
    needed = {
        name: str(given.get(name, each.get("Default", "none@example.com")))
        for name, each in template["Parameters"].items()
    }
    stacks.client.create_stack(
        StackName=stacks.name("data"),
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in needed.items()],
    )
    stacks.client.get_waiter("stack_create_complete").wait(StackName=stacks.name("data"), WaiterConfig={"Delay": 1})
    for table, key in TABLES.items():
        connect("dynamodb").put_item(TableName=PREFIX + table, Item=key)
    for bucket in BUCKETS:
        connect("s3").put_object(Bucket=bucket, Key="kept", Body=b"bytes")
    for queue in QUEUES:
        sqs = connect("sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=PREFIX + queue)["QueueUrl"], MessageBody=queue)
    said: list[str] = []
    for _ in range(2):
        provision(
            emulator.endpoint_url, stage=STAGE, site_url=SITE, events_url=f"{SITE}/_local/events/", say=said.append
        )
    return "\n".join(said)


TABLES: dict[str, Any] = {
    "todos": {"owner": {"S": "a"}, "id": {"S": "1"}},
    "posts": {"slug": {"S": "a"}},
    "tags": {"tag": {"S": "a"}, "sort": {"S": "1"}},
    "subscribers": {"email": {"S": "a@example.com"}},
    "uploads": {"owner": {"S": "a"}, "id": {"S": "1"}},
    "counters": {"key": {"S": "a"}},
}
BUCKETS = [f"{PREFIX}{name}-000000000000" for name in ("uploads", "thumbnails", "updates", "static")]
QUEUES = ["welcome-failures", "thumbnails-failures", "todos-media-failures"]


def test_no_row_file_or_message_is_lost(moved: str, connect: Any) -> None:
    for table, key in TABLES.items():
        assert connect("dynamodb").get_item(TableName=PREFIX + table, Key=key)["Item"] == key
    for bucket in BUCKETS:
        assert connect("s3").get_object(Bucket=bucket, Key="kept")["Body"].read() == b"bytes"
    for queue in QUEUES:
        sqs = connect("sqs")
        url = sqs.get_queue_url(QueueName=PREFIX + queue)["QueueUrl"]
        received = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=10)
        assert received["Messages"][0]["Body"] == queue


def test_each_service_owns_its_data_now(moved: str, stacks: Stacks) -> None:
    assert stacks.resources("service-todos", "AWS::DynamoDB::Table") == [f"{PREFIX}todos"]
    assert sorted(stacks.resources("service-media", "AWS::S3::Bucket")) == sorted(BUCKETS[:2])
    assert f"{PREFIX}todos" not in stacks.resources("data", "AWS::DynamoDB::Table")


def test_it_happens_once(moved: str) -> None:
    said = moved.splitlines()
    assert len(said) == len(set(said))
    assert "taking over UpdatesBucket" in said


def test_the_tables_work_on_with_their_indexes(moved: str, connect: Any) -> None:
    table = connect("dynamodb").describe_table(TableName=f"{PREFIX}todos")["Table"]
    assert {index["IndexName"] for index in table["LocalSecondaryIndexes"]} >= {"by_order", "by_changed"}
    assert connect("dynamodb").describe_table(TableName=f"{PREFIX}posts")["Table"]["LatestStreamArn"]


def test_a_stack_that_was_lost_is_made_again_with_its_data(moved: str, stacks: Stacks, connect: Any) -> None:
    values = stacks.parameters("service-todos")
    connect("cloudformation").delete_stack(StackName=stacks.name("service-todos"))
    connect("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=stacks.name("service-todos"), WaiterConfig={"Delay": 1}
    )
    again = Stacks(connect("cloudformation"), stage=STAGE, connect=connect)
    again.apply_known("service-todos", values)
    assert connect("dynamodb").get_item(TableName=f"{PREFIX}todos", Key=TABLES["todos"])["Item"] == TABLES["todos"]


def test_a_table_of_an_older_version_is_kept_with_its_indexes(
    emulator: Emulator, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    start = partial(provision, emulator.endpoint_url, stage="older", site_url=SITE, events_url=f"{SITE}/_local/events/")
    with monkeypatch.context() as patch:
        patch.setattr(stacks_module, "text_of", lambda path: with_index_by_due(text_of(path)))
        start()
    table, sqs = f"{PROJECT}-older-todos", connect("sqs")
    row = {**TABLES["todos"], "order": {"N": "1"}, "due_order": {"S": "~"}}
    connect("dynamodb").put_item(TableName=table, Item=row)
    queue = sqs.get_queue_url(QueueName=f"{PROJECT}-older-todos-media-failures")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    # It had no stream then, either.
    connect("dynamodb").update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    for _ in range(2):
        start(say=said.append)
    found = connect("dynamodb").query(
        TableName=table,
        IndexName="by_order",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": row["owner"]},
    )
    assert found["Items"] == [row]
    assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]["Body"] == "kept"
    kept = connect("dynamodb").describe_table(TableName=table)["Table"]
    assert {index["IndexName"] for index in kept["LocalSecondaryIndexes"]} == {"by_order", "by_changed", "by_due"}
    assert kept["StreamSpecification"]["StreamEnabled"]
    assert said.count("TodosTable: kept with its present indexes") == 1


def with_index_by_due(template: str) -> str:
    """The template of the to-dos as it was with one index more; others as they are."""
    first, keys = "        - IndexName: by_order\n", "- {AttributeName: owner, KeyType: HASH}\n"
    if first not in template:
        return template
    former = f"""        - IndexName: by_due
          KeySchema:
            {keys}            - {{AttributeName: due_order, KeyType: RANGE}}
          Projection: {{ProjectionType: ALL}}
"""
    defined = "        - {AttributeName: updated_at, AttributeType: S}\n"
    return template.replace(defined, defined + defined.replace("updated_at", "due_order")).replace(
        first, former + first
    )


def test_templates_are_where_their_services_are() -> None:
    assert template_path("service-todos") == Path(template_path("data")).parents[1] / "todos" / "stack.yaml"
