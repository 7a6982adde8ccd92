"""No framework: a function, `json`, PyJWT, and botocore's client with rows translated by hand."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.config import Config

from benchmarks.fixtures import REGION, TABLE_PREFIX, Stub, stub_botocore
from benchmarks.stacks import peer

client: Any = botocore.session.get_session().create_client(
    "dynamodb", region_name=REGION, config=Config(parameter_validation=False)
)
stub = Stub()
stub_botocore(client, stub)


def read_value(raw: dict[str, Any]) -> Any:
    """A value in DynamoDB's notation."""
    ((kind, value),) = raw.items()
    if kind == "N":
        return float(value) if "." in value else int(value)
    if kind == "L":
        return [read_value(each) for each in value]
    return read(value) if kind == "M" else value


def read(raw: dict[str, Any]) -> dict[str, Any]:
    """A row in DynamoDB's notation."""
    return {name: read_value(value) for name, value in raw.items()}


def write(value: object) -> dict[str, Any]:
    """A value into DynamoDB's notation."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    return {"L": [write(each) for each in value]} if isinstance(value, list) else {"S": value}


def todos_of(owner: str) -> Any:
    found = client.query(
        TableName=f"{TABLE_PREFIX}todos",
        IndexName="by_order",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": owner}},
        Limit=25,
    )
    return [peer.show_todo(read(raw)) for raw in found["Items"]]


def public_posts() -> Any:
    found = client.query(
        TableName=f"{TABLE_PREFIX}posts",
        IndexName="by_published",
        KeyConditionExpression="feed = :f AND #p < :n",
        ExpressionAttributeNames={"#p": "position"},
        ExpressionAttributeValues={":f": {"S": "posts"}, ":n": {"S": datetime.now(UTC).isoformat()}},
        Limit=25,
        ScanIndexForward=False,
    )
    return [peer.show_listed(read(raw)) for raw in found["Items"]]


def create_todo(owner: str, body: str) -> Any:
    row = peer.new_row(owner, peer.check(json.loads(body)))
    client.put_item(
        TableName=f"{TABLE_PREFIX}todos",
        Item={name: write(value) for name, value in row.items()},
        ConditionExpression="attribute_not_exists(id)",
    )
    return peer.show_todo(row)


def find(table: str, key: dict[str, Any], show: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    raw = client.get_item(TableName=f"{TABLE_PREFIX}{table}", Key=key, ConsistentRead=table == "todos").get("Item")
    return _answer(show(read(raw))) if raw else _answer({}, 404)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Lambda's entry."""
    route, method, parameters = event["resource"], event["httpMethod"], event["pathParameters"]
    if route == "/api/blog/posts":
        return _answer(public_posts())
    if route == "/api/blog/posts/{id}":
        return find("posts", {"slug": {"S": parameters["id"]}}, peer.show_post)
    owner = peer.subject(event["headers"]["Authorization"])
    if route == "/api/todos/{id}":
        return find("todos", {"owner": {"S": owner}, "id": {"S": parameters["id"]}}, peer.show_todo)
    if method == "GET":
        return _answer(todos_of(owner))
    try:
        return _answer(create_todo(owner, event["body"]), 201)
    except ValueError as error:
        return _answer({"error": str(error)}, 400)


def _answer(content: object, status: int = 200) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(content)}
