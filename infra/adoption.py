"""Resources new to a stack that exist already, kept by the stack that had them before: the stack takes them over.

Without this, CloudFormation would refuse to make a table whose name is taken, and would make a second user pool of the
same name. No stack would own the data in the first.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.lint import Json
from infra.names import LIMITS, filled

Connect = Callable[[str], Any]
_GONE = {
    "ResourceNotFoundException", "404", "NoSuchBucket", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
}  # fmt: skip


# A resource that is there, as an import has it: its ResourceType, LogicalResourceId and ResourceIdentifier.
Adopted = dict[str, Any]


def _table(connect: Connect, name: str) -> dict[str, str]:
    """One that is being deleted is none, and nothing can take its name before it is gone."""
    dynamodb = connect("dynamodb")
    if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] != "DELETING":
        return {"TableName": name}
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 3600})
    return {}


def _bucket(connect: Connect, name: str) -> dict[str, str]:
    connect("s3").head_bucket(Bucket=name)
    return {"BucketName": name}


def _queue(connect: Connect, name: str) -> dict[str, str]:
    return {"QueueUrl": connect("sqs").get_queue_url(QueueName=name)["QueueUrl"]}


def _pool(connect: Connect, name: str) -> dict[str, str]:
    """Names of user pools are no identifiers: there may be several of one name."""
    pages = connect("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
    found = list(pages.search(f"UserPools[?Name=='{name}'].Id"))
    if len(found) > 1:
        raise LookupError(f"there are several user pools {name} ({', '.join(found)}): delete those that nobody uses")
    return {"UserPoolId": found[0]} if found else {}


# What holds data: how it is found by its name, with its identifier.
KINDS = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::Cognito::UserPool": _pool,
}


def existing(template: Json, parameters: Mapping[str, str], connect: Connect) -> list[Adopted]:
    """Resources of the template that are there already.

    In a second region not what is the first one's alone, such as tables, of which it has replicas. Raises LookupError
    when it can't be told which one is meant, and WaiterError when a table is still being deleted after an hour.
    """
    defaults = {name: str(each.get("Default", "")) for name, each in template.get("Parameters", {}).items()}
    values = {**defaults, **parameters, "AWS::AccountId": connect("sts").get_caller_identity()["Account"]}
    found = []
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        if parameters.get("Suffix") and resource.get("Condition") == "First":
            continue
        if kind in KINDS and (named := filled(resource["Properties"].get(LIMITS[kind][0], ""), values)):
            try:
                if identifier := KINDS[kind](connect, named):
                    told = {"ResourceType": kind, "LogicalResourceId": name, "ResourceIdentifier": identifier}
                    found.append(told)
            except ClientError as error:
                if error.response["Error"]["Code"].rpartition("#")[2] not in _GONE:
                    raise
    return found


def importing(template: Json, adopted: list[Adopted], connect: Connect, present: Json) -> Json:
    """A stack's present template and, of this one, nothing but what is there, as an import wants it.

    An update adds the rest.

    What such a resource says of others is left to that update, too, and the stream of a table that has none: an update
    changes nothing that the import has claimed.
    """
    identifiers = {each["LogicalResourceId"]: each["ResourceIdentifier"] for each in adopted}
    others = set(template["Resources"]) - set(identifiers)
    resources = {}
    for name, identifier in identifiers.items():
        resource = template["Resources"][name]
        own = {key: value for key, value in resource["Properties"].items() if not _mentioned(value) & others}
        if "StreamSpecification" in own and not _has_stream(connect, identifier):
            del own["StreamSpecification"]
        kept = {key: value for key, value in resource.items() if key in {"Type", "Condition"}}
        resources[name] = {**kept, "DeletionPolicy": "Retain", "Properties": own}
    added = {key: template[key] for key in ("Parameters", "Conditions") if key in template} | {"Resources": resources}
    return {**present, **{key: {**part, **present.get(key, {})} for key, part in added.items()}}


def _has_stream(connect: Connect, table: dict[str, str]) -> bool:
    return bool(
        connect("dynamodb").describe_table(**table)["Table"].get("StreamSpecification", {}).get("StreamEnabled")
    )


def keeping(template: Json, names: set[str]) -> Json:
    """The template with these resources kept when a stack lets them go."""
    resources = template["Resources"]
    kept = {name: {**resources[name], "DeletionPolicy": "Retain"} for name in names}
    return {**template, "Resources": {**resources, **kept}}


def _mentioned(value: object) -> set[str]:
    return set(re.findall(r"\w+", json.dumps(value)))
