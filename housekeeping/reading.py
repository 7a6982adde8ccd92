"""Rows of other services by what these declare: raw, as no model of theirs is here."""

from collections.abc import Iterator, Sequence
from typing import Any

from dynamo.connection import shared
from dynamo.errors import Unavailable
from dynamo.models import table

BATCH, TRIES = 100, 5

Raw = dict[str, Any]


def partition(name: str, index: str, at: tuple[str, str], between: tuple[str, str, str] | None = None) -> Raw:
    """The arguments of a Query: a partition of an index, and which values of its range key."""
    names, values, condition = {"#at": at[0]}, {":at": {"S": at[1]}}, "#at = :at"
    if between:
        names["#moment"], (values[":first"], values[":last"]) = between[0], ({"S": each} for each in between[1:])
        condition += " AND #moment BETWEEN :first AND :last"
    return {
        "TableName": table(name),
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def pages(operation: str, arguments: Raw) -> Iterator[Raw]:
    """All answers to a Query or Scan. Raises DynamoError."""
    start: Raw = {}
    while True:
        answer = shared().dispatch(operation, arguments | start)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def rows(name: str, key: str, keys: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[Raw]:
    """Rows of these keys that are there, with what is wanted of them, or all. A BatchGetItem a hundred.

    Raises DynamoError.
    """
    names = {f"#a{number}": each for number, each in enumerate(wanted)}
    for first in range(0, len(keys), BATCH):
        left: Raw = {
            table(name): {
                "Keys": [{key: {"S": each}} for each in keys[first : first + BATCH]],
                "ConsistentRead": True,
                **({"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}),
            }
        }
        for _ in range(TRIES):
            answer = shared().dispatch("BatchGetItem", {"RequestItems": left})
            yield from answer["Responses"].get(table(name), [])
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                break
        else:
            raise Unavailable("DynamoDB left keys of a batch unread.")
