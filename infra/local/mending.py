"""Compares what the stacks say there is with what there is, and makes anew what is missing.

CloudFormation itself takes its own word for it. On the embedded AWS the two can differ: its services keep their data in
files of their own, and a file can be lost.

Tables of an older version stay as they are: what needs fewer indexes now goes on with those it was made with.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.adoption import Connect
from infra.lint import load, parsed, text_of
from infra.service_stacks import owners
from infra.stacks import Stacks, service_template, template_path

# How a resource of a kind is asked for by its physical id.
_ASK: dict[str, Callable[[Connect, str], Any]] = {
    "AWS::DynamoDB::Table": lambda connect, name: connect("dynamodb").describe_table(TableName=name),
    "AWS::Lambda::EventSourceMapping": lambda connect, name: connect("lambda").get_event_source_mapping(UUID=name),
    "AWS::S3::Bucket": lambda connect, name: connect("s3").head_bucket(Bucket=name),
    "AWS::SNS::Topic": lambda connect, name: connect("sns").get_topic_attributes(TopicArn=name),
    "AWS::SQS::Queue": lambda connect, name: connect("sqs").get_queue_attributes(QueueUrl=name),
}


def mend(stacks: Stacks, connect: Connect) -> None:
    """Delete each service's stack that lacks something, so that it is made anew; its tables and buckets stay.

    One with a table that CloudFormation would have to replace is deleted, too, without its tables, buckets and queues:
    the new stack takes them over as they are.
    """
    for service in owners():
        template = service_template(service)
        if lost := missing(stacks, connect, template):
            stacks.say(f"{', '.join(lost)}: missing, and made anew")
            stacks.delete(template)
        elif kept := replaced(stacks, template):
            stacks.say(f"{', '.join(kept)}: kept with its present indexes")
            stacks.release(template)


def missing(stacks: Stacks, connect: Connect, template: str) -> list[str]:
    """The physical ids of what a stack says it has and is not there."""
    if stacks.describe(stacks.name(template)) is None:
        return []
    return [name for kind in _ASK for name in stacks.resources(template, kind) if not _is_there(kind, connect, name)]


# What CloudFormation can't change of a table with a name.
_FIXED = ("KeySchema", "LocalSecondaryIndexes")


def replaced(stacks: Stacks, template: str) -> list[str]:
    """The tables of a stack whose template has other keys or local indexes by now."""
    body, path = stacks.body(template), template_path(template)
    if body in {"", text_of(path)}:
        return []
    new = load(path)["Resources"]
    return [
        name
        for name, resource in parsed(body)["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
        and name in new
        and any(resource["Properties"].get(each) != new[name]["Properties"].get(each) for each in _FIXED)
    ]


def _is_there(kind: str, connect: Connect, name: str) -> bool:
    try:
        _ASK[kind](connect, name)
    except ClientError as error:
        # A busy service has lost nothing: its stack must not be made anew.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or "Throttl" in error.response["Error"]["Code"]:
            raise
        return False
    return True
