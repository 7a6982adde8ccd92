"""DynamoDB as boto3's documentation shows it: the resource's Table."""

from datetime import UTC, datetime
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

from benchmarks.fixtures import REGION, TABLE_PREFIX, Stub, stub_botocore
from benchmarks.stacks.peer import new_row, show_listed, show_post, show_todo

_resource = boto3.resource("dynamodb", region_name=REGION)
todos, posts = _resource.Table(f"{TABLE_PREFIX}todos"), _resource.Table(f"{TABLE_PREFIX}posts")
stub = Stub()
stub_botocore(todos.meta.client, stub)


def todos_of(owner: str) -> list[dict[str, Any]]:
    """A page of to-dos."""
    found = todos.query(IndexName="by_order", KeyConditionExpression=Key("owner").eq(owner), Limit=25)
    return [show_todo(row) for row in found["Items"]]


def find_todo(owner: str, todo_id: str) -> dict[str, Any] | None:
    """One to-do."""
    row = todos.get_item(Key={"owner": owner, "id": todo_id}, ConsistentRead=True).get("Item")
    return show_todo(row) if row else None


def create_todo(owner: str, values: dict[str, Any]) -> dict[str, Any]:
    """A new to-do."""
    row = new_row(owner, values)
    todos.put_item(Item=row, ConditionExpression="attribute_not_exists(id)")
    return show_todo(row)


def public_posts() -> list[dict[str, Any]]:
    """A page of posts."""
    now = datetime.now(UTC).isoformat()
    found = posts.query(
        IndexName="by_published",
        KeyConditionExpression=Key("feed").eq("posts") & Key("position").lt(now),
        Limit=25,
        ScanIndexForward=False,
    )
    return [show_listed(row) for row in found["Items"]]


def find_post(slug: str) -> dict[str, Any] | None:
    """One post."""
    row = posts.get_item(Key={"slug": slug}).get("Item")
    return show_post(row) if row else None
