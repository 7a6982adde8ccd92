"""What Route 53 refuses to have at one name."""

from typing import Any
from uuid import uuid4

import pytest

from tests.local.account import Account, refusal


def simple(kind: str, value: str) -> dict[str, Any]:
    """A record without a routing policy."""
    return {"Name": "www.here.example", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}


def weighted(kind: str, value: str) -> dict[str, Any]:
    """One of several of its type."""
    return {**simple(kind, value), "SetIdentifier": value, "Weight": 1}


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ([weighted("A", "192.0.2.1"), weighted("A", "192.0.2.2")], simple("A", "192.0.2.3")),
        ([simple("A", "192.0.2.3")], weighted("A", "192.0.2.1")),
        ([simple("CNAME", "there.example")], simple("A", "192.0.2.3")),
        ([simple("AAAA", "2001:db8::1")], simple("CNAME", "there.example")),
    ],
)
def test_records_that_do_not_stand_together(account: Account, there: list[Any], new: dict[str, Any]) -> None:
    route53 = account.client("route53")
    zone = route53.create_hosted_zone(Name="here.example", CallerReference=str(uuid4()))["HostedZone"]["Id"]

    def change(*changes: tuple[str, dict[str, Any]]) -> None:
        batch: Any = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change(*(("CREATE", each) for each in there))
    before = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert refusal(lambda: change(("UPSERT", new))) == "InvalidChangeBatch"
    assert route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] == before
    change(*(("DELETE", each) for each in there), ("CREATE", new))


def test_a_record_of_another_zone(account: Account) -> None:
    route53 = account.client("route53")
    zone = route53.create_hosted_zone(Name="there.example", CallerReference=str(uuid4()))["HostedZone"]["Id"]
    batch: Any = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": simple("A", "192.0.2.3")}]}
    change = {"HostedZoneId": zone, "ChangeBatch": batch}
    assert refusal(lambda: route53.change_resource_record_sets(**change)) == "InvalidChangeBatch"
