"""What is left of somebody: in every table, bucket and schedule of the stage, whoever declares them."""

from collections.abc import Iterator

import boto3
from django.conf import settings

from config.aws import client
from tests.personas import Persona


def traces(persona: Persona) -> list[str]:
    """Where the user's `sub` or address still stands, as sentences for a failing test."""
    words = (persona.sub, persona.email)
    places = [*_rows(), *_files(), *_schedules(), *_users()]
    return [place for place, said in places if any(word in said for word in words)]


def _rows() -> Iterator[tuple[str, str]]:
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    for name in dynamodb.list_tables()["TableNames"]:
        if name.startswith(settings.DYNAMO["TABLE_PREFIX"]):
            for page in dynamodb.get_paginator("scan").paginate(TableName=name):
                yield from ((f"a row of {name}: {item}", str(item)) for item in page["Items"])


def _files() -> Iterator[tuple[str, str]]:
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield f"a file in {bucket['Name']}: {each['Key']}", each["Key"]


def _schedules() -> Iterator[tuple[str, str]]:
    scheduler = client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate():
        for each in page["Schedules"]:
            found = scheduler.get_schedule(GroupName=each["GroupName"], Name=each["Name"])
            yield f"a schedule: {each['Name']}", str(found["Target"])


def _users() -> Iterator[tuple[str, str]]:
    users = client("cognito-idp")
    for page in users.get_paginator("list_users").paginate(UserPoolId=settings.COGNITO["user_pool_id"]):
        yield from (("a user of Cognito", str(user)) for user in page["Users"])
