"""Replicas of tables, as slow to be there as AWS makes them."""

from types import SimpleNamespace
from typing import Any

from infra.deploy import second_region

SECOND = "eu-west-1"


class SlowDynamo:
    """DynamoDB in a second region as AWS has it: each thing is there only after some looks, or refused until then."""

    exceptions = SimpleNamespace(
        ResourceNotFoundException=LookupError, ContinuousBackupsUnavailableException=TimeoutError
    )

    def __init__(self) -> None:
        self.looks, self.protected, self.backed_up = 0, False, False

    def describe_table(self, **_: str) -> Any:
        self.looks += 1
        if self.looks < 3:
            raise LookupError
        status = "CREATING" if self.looks < 5 else "ACTIVE"
        is_protected = self.protected and self.looks > 12
        return {"Table": {"TableStatus": status, "DeletionProtectionEnabled": is_protected}}

    def update_continuous_backups(self, **_: object) -> None:
        assert self.looks >= 5, "the table is not there yet"
        self.looks += 1
        if self.looks < 9:
            raise TimeoutError
        self.backed_up = True

    def describe_continuous_backups(self, **_: str) -> Any:
        status = "ENABLED" if self.backed_up else "DISABLED"
        recovery = {"PointInTimeRecoveryStatus": status}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": recovery}}

    def update_table(self, *, DeletionProtectionEnabled: bool, **_: str) -> None:  # noqa: N803 - AWS's name
        self.protected = DeletionProtectionEnabled


class SlowHome:
    """A stage at home whose replica is listed as active from the first."""

    protected = True

    stacks = SimpleNamespace(poll_seconds=0)

    def __init__(self) -> None:
        self.there = SlowDynamo()

    def client(self, service: str, region: str = "") -> Any:
        return self.there if region else self

    def describe_table(self, **_: str) -> Any:
        return {"Table": {"Replicas": [{"RegionName": SECOND, "ReplicaStatus": "ACTIVE"}]}}


def test_a_replica_is_waited_for_until_it_is_usable_backed_up_and_protected() -> None:
    home: Any = SlowHome()
    second_region._replicate(home, "t", SECOND)
    assert home.there.backed_up
    assert home.there.describe_table()["Table"] == {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True}
