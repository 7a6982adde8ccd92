"""Rules of Route 53's record sets: what may stand at one name.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from ministack.services import route53

from infra.local.strict.places import Asked, Call, around


def beside(records: Iterable[Asked]) -> str:
    """A CNAME is alone at its name, and a record without a SetIdentifier the only one of its name and type."""
    found = sorted((each["Name"], each["Type"], each.get("SetIdentifier", "")) for each in records)
    cnames = {name for name, kind, _ in found if kind == "CNAME"}
    for name, kind, _ in found:
        if kind != "CNAME" and name in cnames:
            return f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records."
    for (name, kind, own), (*other, identifier) in pairwise(found):
        if [name, kind] == other and not own:
            return (
                f"RRSet with DNS name {name}, type {kind}, SetIdentifier {identifier} cannot be created as other "
                "RRSets exist with the same name and type."
            )
    return ""


def outside(records: Iterable[Asked], zone: str) -> str:
    """All are of the zone's name, or below it."""
    found = next((each["Name"] for each in records if not f".{each['Name']}".endswith(f".{zone}")), "")
    return f"RRSet with DNS name {found} is not permitted in zone {zone}" if found else ""


def install() -> None:
    """A batch of changes that leads to what may not be changes nothing."""

    @around(route53, "_change_resource_record_sets")
    def checked(change: Call, zone: str, body: bytes) -> Any:
        before = route53._records.get(zone)
        answer = change(zone, body)
        now = route53._records.get(zone, [])
        why = beside(now) or (now and outside(now, route53._zones[zone]["name"]))
        if not why:
            return answer
        route53._records[zone] = before
        return route53._error_response("InvalidChangeBatch", why)
