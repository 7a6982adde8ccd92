"""Tables that change are busy, and what is written is elsewhere later, as on AWS."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from infra.local.emulator import Emulator
from infra.local.processes import free_port
from tests.local.account import TABLE, Account, Resource, refusal
from tests.waiting import until

HOME, ELSEWHERE = "eu-central-1", "eu-west-1"
SLOW = {
    "STRICT_TABLE_SECONDS": "1",
    "STRICT_TABLE_REPLICATION_SECONDS": "1",
    "STRICT_BUCKET_REPLICATION_SECONDS": "1",
}
VERSIONED = {"Status": "Enabled"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account whose tables take their time."""
    with pytest.MonkeyPatch.context() as variables:
        for name, value in SLOW.items():
            variables.setenv(name, value)
        with Emulator(free_port(), tmp_path_factory.mktemp("aws"), persist=False) as emulator:
            yield Account(emulator)


class Table:
    """A new table, being created."""

    def __init__(self, account: Account) -> None:
        self.name, self.account = f"table-{uuid4()}", account
        self.here, self.there = (account.client("dynamodb", region_name=each) for each in (HOME, ELSEWHERE))
        self.here.create_table(TableName=self.name, **TABLE)

    def status(self, region: Any = None) -> str:
        """Its state; empty when it is gone."""
        client = region or self.here
        try:
            return str(client.describe_table(TableName=self.name)["Table"]["TableStatus"])
        except client.exceptions.ResourceNotFoundException:
            return ""

    def settled(self) -> "Table":
        """The table, once nothing changes it."""
        until(lambda: self.status() == "ACTIVE")
        return self

    def replicate(self) -> None:
        """Have the table in two regions, after a while."""
        self.here.update_table(TableName=self.name, ReplicaUpdates=[{"Create": {"RegionName": ELSEWHERE}}])

    def replicated(self) -> "Table":
        """The table, once it is in two regions."""
        until(lambda: {self.status(), self.status(self.there)} == {"ACTIVE"})
        return self

    def put(self, region: Any, **values: str) -> None:
        """Write an item."""
        region.put_item(TableName=self.name, Item={name: {"S": value} for name, value in values.items()})

    def get(self, region: Any, key: str) -> dict[str, str]:
        """An item, or nothing."""
        found = region.get_item(TableName=self.name, Key={"id": {"S": key}}).get("Item", {})
        return {name: value["S"] for name, value in found.items()}


@pytest.fixture(scope="module")
def tables(account: Account) -> list[Table]:
    """One for each test, created together, as each takes its time."""
    tables = [Table(account) for _ in range(5)]
    return [table.settled() for table in tables]


@pytest.fixture
def table(tables: list[Table]) -> Table:
    """A table that nothing changes."""
    return tables.pop()


def protect(table: Table) -> Any:
    """Change a table."""
    return table.here.update_table(TableName=table.name, DeletionProtectionEnabled=False)


def test_a_table_that_is_created_can_neither_be_used_nor_changed(account: Account) -> None:
    table = Table(account)
    assert table.status() == "CREATING"
    assert refusal(lambda: table.put(table.here, id="1")) == "ResourceNotFoundException"
    assert refusal(lambda: protect(table)) == "ResourceInUseException"
    table.settled().put(table.here, id="1")
    assert table.get(table.here, "1") == {"id": "1"}


def test_a_table_that_is_updated_serves_and_is_not_changed_again(table: Table) -> None:
    assert protect(table)["TableDescription"]["TableStatus"] == "UPDATING"
    table.put(table.here, id="1")
    assert refusal(lambda: protect(table)) == "ResourceInUseException"
    assert refusal(lambda: table.here.delete_table(TableName=table.name)) == "ResourceInUseException"
    protect(table.settled())


def test_a_table_that_is_deleted_keeps_its_name_for_a_while(table: Table) -> None:
    table.here.delete_table(TableName=table.name)
    assert table.status() == "DELETING"
    assert refusal(lambda: table.here.create_table(TableName=table.name, **TABLE)) == "ResourceInUseException"
    until(lambda: table.status() == "")
    table.here.create_table(TableName=table.name, **TABLE)


def test_one_index_is_created_at_a_time(table: Table) -> None:
    key: list[Resource] = [{"AttributeName": "id", "KeyType": "HASH"}]
    everything = {"ProjectionType": "ALL"}
    indexes = [{"IndexName": name, "KeySchema": key, "Projection": everything} for name in ("one", "two")]

    def update(*created: Resource) -> None:
        table.here.update_table(
            TableName=table.name,
            AttributeDefinitions=TABLE["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[{"Create": each} for each in created],
        )

    assert refusal(lambda: update(*indexes)) == "LimitExceededException"
    for each in indexes:
        update(each)
        table.settled()


def test_a_replica_takes_its_time_and_gets_what_is_written_later(table: Table) -> None:
    table.replicate()
    [replica] = table.here.describe_table(TableName=table.name)["Table"]["Replicas"]
    assert replica["ReplicaStatus"] != "ACTIVE"
    table.replicated().put(table.here, id="1", word="first")
    assert table.get(table.there, "1") == {}
    until(lambda: table.get(table.there, "1") == {"id": "1", "word": "first"})


def test_of_two_writes_in_two_regions_the_last_one_counts_in_both(table: Table) -> None:
    table.replicate()
    table.replicated().put(table.here, id="1", word="former")
    table.put(table.there, id="1", word="latter")
    table.put(table.here, id="2", word="end")
    until(lambda: table.get(table.there, "2"))
    until(lambda: table.get(table.here, "1")["word"] == "latter")
    assert table.get(table.there, "1")["word"] == "latter"


def test_a_file_is_copied_later_and_its_status_says_so(account: Account) -> None:
    here, there = (account.client("s3", region_name=each) for each in (HOME, ELSEWHERE))
    source, target = (f"bucket-{uuid4()}" for _ in range(2))
    for s3, bucket, region in ((here, source, HOME), (there, target, ELSEWHERE)):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=VERSIONED)
    destination = {"Bucket": f"arn:aws:s3:::{target}"}
    rule = {"Status": "Enabled", "Prefix": "", "Destination": destination}
    role = "arn:aws:iam::000000000000:role/copy"
    here.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    here.put_object(Bucket=source, Key="file", Body=b"content")
    assert here.head_object(Bucket=source, Key="file")["ReplicationStatus"] == "PENDING"
    assert "Contents" not in there.list_objects_v2(Bucket=target)
    until(lambda: "Contents" in there.list_objects_v2(Bucket=target))
    assert there.head_object(Bucket=target, Key="file")["ReplicationStatus"] == "REPLICA"
    assert here.head_object(Bucket=source, Key="file")["ReplicationStatus"] == "COMPLETED"
