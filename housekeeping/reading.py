"""Rows of other services by what these declare: raw, as no model of theirs is here."""

from collections.abc import Iterator, Sequence
from typing import Any

from dynamo.batches import fetch_raw_many
from dynamo.models import table

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


def rows(name: str, key: str, keys: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[Raw]:
    """Rows of these keys that are there, with what is wanted of them, or all. A BatchGetItem a hundred.

    Raises DynamoError.
    """
    return fetch_raw_many(table(name), [{key: {"S": each}} for each in keys], wanted)
