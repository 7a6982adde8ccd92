"""Rules of DynamoDB's expressions and keys that MiniStack has not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

from ministack.services import dynamodb

from infra.local.strict.places import Asked, Call, around, refuse, refused

Path = Sequence[str]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (partition and sort key length)
_BYTES = {"HASH": 2048, "RANGE": 1024}
# Not the `#set` or `:set` that stands for a name or a value.
_CLAUSE = re.compile(r"(?<![#:])\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
# A comma that is in no function, such as `list_append(a, :b)`.
_COMMA = re.compile(r",(?![^(]*\))")
_STEP = re.compile(r"\.|(?=\[)")


def filter_of_query(asked: Asked) -> str:
    """A Query's filter names no key of what is queried, which is for its condition, and nothing an index does not hold.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html; the second refusal's
    words are of https://github.com/sensedeep/dynamodb-onetable/issues/377
    """
    table, names = dynamodb._tables.get(asked.get("TableName")), asked.get("ExpressionAttributeNames") or {}
    if not table or not asked.get("FilterExpression"):
        return ""
    index = asked.get("IndexName")
    keys, held = dynamodb._resolve_index_keys(table, index)[:2], _held(table, index)
    tokens = [("", ""), *dynamodb._tokenize(asked["FilterExpression"])]
    for (before, _), (kind, text) in pairwise(tokens):
        name = {"IDENT": text, "NAME_REF": names.get(text)}.get(kind)
        if before != "DOT" and name is not None and name in keys:
            return f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
        if kind == "NAME_REF" and before != "DOT" and held is not None and name not in held:
            return (
                f"One or more parameter values were invalid: Secondary index {index} does not project one or more "
                f"filter attributes: [{name}]"
            )
    return ""


def _held(table: Asked, name: str | None) -> set[str] | None:
    """The attributes an index holds; None for all, and for the table itself."""
    for index in [*(table.get("GlobalSecondaryIndexes") or []), *(table.get("LocalSecondaryIndexes") or [])]:
        if index["IndexName"] == name and index["Projection"]["ProjectionType"] != "ALL":
            keys = {key["AttributeName"] for key in index["KeySchema"]}
            return keys | {table["pk_name"], table["sk_name"], *index["Projection"].get("NonKeyAttributes", [])}
    return None


def update(asked: Asked) -> str:
    """Each clause of an update comes once, and no two change the same attribute or a part of it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
    """
    _, *parts = _CLAUSE.split(str(asked.get("UpdateExpression") or ""))
    clauses = [clause.upper() for clause in parts[::2]]
    for clause in clauses:
        if clauses.count(clause) > 1:
            return f'Invalid UpdateExpression: The "{clause}" section can only be used once in an update expression;'
    paths = [path for body in parts[1::2] for path in _paths(body, asked.get("ExpressionAttributeNames") or {})]
    for number, one in enumerate(paths):
        for other in paths[number + 1 :]:
            if all(a == b for a, b in zip(one, other, strict=False)):
                return (
                    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one "
                    f"of these paths; path one: [{', '.join(one)}], path two: [{', '.join(other)}]"
                )
    return ""


def _paths(body: str, names: Mapping[str, str]) -> Iterator[Path]:
    """What the actions of a clause change, resolved: `#a.b[1] = :c` is a, b, [1]."""
    for action in _COMMA.split(body):
        words = re.split(r"[=\s]", action.strip(), maxsplit=1)
        yield [names.get(step, step) for step in _STEP.split(words[0]) if step]


def updates(asked: Asked) -> str:
    """The same, of a transaction's updates."""
    parts = (part["Update"] for part in asked.get("TransactItems") or [] if "Update" in part)
    return next(filter(None, map(update, parts)), "")


def index_keys(table: Asked, item: Asked) -> str | None:
    """Keys of indexes are no longer than those of tables.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    for index in [*(table.get("GlobalSecondaryIndexes") or []), *(table.get("LocalSecondaryIndexes") or [])]:
        for key in index["KeySchema"]:
            name, most = key["AttributeName"], _BYTES[key["KeyType"]]
            size = len(str(item.get(name, {}).get("S", "")).encode("utf-8", "surrogatepass"))
            if size > most:
                return (
                    "One or more parameter values were invalid: Size limit exceeded for Index Key "
                    f"{name} Actual Size: {size} bytes Max Size: {most} bytes IndexName: {index['IndexName']}"
                )
    return None


def install() -> None:
    """Put the rules into MiniStack's module."""
    for call, rule in (
        ("_query", filter_of_query),
        ("_update_item", update),
        ("_transact_write_items", updates),
    ):
        refuse(dynamodb, call, rule, partial(refused, "ValidationException"))

    @around(dynamodb, "_index_key_type_reason")
    def index_key_reason(types: Call, table: Asked, item: Asked) -> str | None:
        return types(table, item) or index_keys(table, item)
