"""The embedded AWS refuses expressions and keys that DynamoDB refuses."""

from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.account import Account

KEY = {"owner": {"S": "ann"}, "id": {"S": "1"}}


class Table:
    """One with two keys, one index of each kind, and one that holds keys alone."""

    def __init__(self, account: Account) -> None:
        self._client, self._name = account.client("dynamodb"), f"table-{uuid4()}"
        names, everything = ("owner", "id", "place", "group"), {"ProjectionType": "ALL"}

        def keys(first: str, second: str) -> Any:
            return [{"AttributeName": first, "KeyType": "HASH"}, {"AttributeName": second, "KeyType": "RANGE"}]

        self._client.create_table(
            TableName=self._name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys("owner", "id"),
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            LocalSecondaryIndexes=[
                {"IndexName": "by_place", "KeySchema": keys("owner", "place"), "Projection": everything}
            ],
            GlobalSecondaryIndexes=[
                {"IndexName": name, "KeySchema": keys("group", "place"), "Projection": projection}
                for name, projection in (("by_group", everything), ("by_group_alone", {"ProjectionType": "KEYS_ONLY"}))
            ],
        )

    def put(self, **values: str) -> Any:
        item = {**KEY, **{name: {"S": value} for name, value in values.items()}}
        return self._client.put_item(TableName=self._name, Item=item)

    def update(self, expression: str, **names: str) -> Any:
        return self._client.update_item(**self._change(expression, names))

    def update_together(self, expression: str, **names: str) -> Any:
        return self._client.transact_write_items(TransactItems=[{"Update": self._change(expression, names)}])

    def _change(self, expression: str, names: dict[str, str]) -> Any:
        more = {"ExpressionAttributeNames": {f"#{short}": name for short, name in names.items()}} if names else {}
        values = {"ExpressionAttributeValues": {":v": {"S": "x"}}} if ":v" in expression else {}
        return {"TableName": self._name, "Key": KEY, "UpdateExpression": expression, **values, **more}

    def query(self, expression: str, index: str = "", first: str = "owner", **names: str) -> Any:
        return self._client.query(
            TableName=self._name,
            **({"IndexName": index} if index else {}),
            KeyConditionExpression="#1 = :v",
            FilterExpression=expression,
            ExpressionAttributeNames={"#1": first, **{f"#{short}": name for short, name in names.items()}},
            ExpressionAttributeValues={":v": {"S": "ann"}},
        )


@pytest.fixture(scope="module")
def table(account: Account) -> Table:
    return Table(account)


def why(refused: pytest.ExceptionInfo[ClientError]) -> str:
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    return str(refused.value.response["Error"]["Message"])


@pytest.mark.parametrize(
    ("index", "first", "expression"),
    [
        ("", "owner", "id = :v"),
        ("", "owner", "done = :v AND (#1 = :v OR done = :v)"),
        ("by_place", "owner", "place = :v"),
        ("by_group", "group", "attribute_exists(place)"),
    ],
)
def test_a_filter_names_no_key_of_what_is_queried(table: Table, index: str, first: str, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        table.query(expression, index, first)
    assert why(refused).startswith("Filter Expression can only contain non-primary key attributes")


def test_a_filter_names_nothing_that_an_index_does_not_hold(table: Table) -> None:
    table.query("#id = :v", "by_group_alone", "group", id="id")
    with pytest.raises(ClientError) as refused:
        table.query("#id = :v AND #done.#id = :v", "by_group_alone", "group", id="id", done="done")
    assert why(refused).endswith("by_group_alone does not project one or more filter attributes: [done]")


@pytest.mark.parametrize(
    ("index", "first", "expression"),
    [("", "owner", "place = :v"), ("by_place", "owner", "id = :v AND done.id = :v"), ("by_group", "group", "id = :v")],
)
def test_it_may_name_the_keys_of_others(table: Table, index: str, first: str, expression: str) -> None:
    assert table.query(expression, index, first)["Items"] == []


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(
    "expression", ["SET a = :v, b = :v, a = :v", "SET #a.b = :v REMOVE #a", "SET a = if_not_exists(a, :v) REMOVE #a"]
)
def test_no_two_paths_of_an_update_overlap(table: Table, expression: str, together: bool) -> None:
    update = table.update_together if together else table.update
    with pytest.raises(ClientError) as refused:
        update(expression, **({"a": "a"} if "#a" in expression else {}))
    assert "Two document paths overlap" in why(refused)


def test_each_clause_comes_once(table: Table) -> None:
    with pytest.raises(ClientError) as refused:
        table.update("SET a = :v SET b = :v")
    assert 'The "SET" section can only be used once' in why(refused)


def test_other_updates_are_made(table: Table) -> None:
    table.put()
    table.update("SET a = if_not_exists(a, :v), b = :v, a_set = :v REMOVE c, d")
    table.update_together("SET b = if_not_exists(a, :v) REMOVE a_set")
    table.update("SET #add = :v REMOVE #set", add="a", set="b")


@pytest.mark.parametrize(("name", "most"), [("place", 1024), ("group", 2048)])
def test_keys_of_indexes_have_the_length_of_keys(table: Table, name: str, most: int) -> None:
    table.put(**{name: "é" * (most // 2)})
    with pytest.raises(ClientError) as refused:
        table.put(**{name: "é" * (most // 2) + "x"})
    assert f"Size limit exceeded for Index Key {name} Actual Size: {most + 1} bytes" in why(refused)
