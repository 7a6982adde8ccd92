"""Zones of Route 53, and the domains that lie in them. `route53` is boto3's client, whose stubs are not installed."""

from typing import Any

# An HTTPS record may name machines and their addresses, which browsers then ask.
_LEADING = ("A", "AAAA", "CNAME", "HTTPS")


def why_not_in(route53: Any, zone: str, domain: str) -> str:
    """Why a record of the domain can't stand in the zone of this id: a sentence, empty when it can.

    Raises botocore's errors.
    """
    try:
        found = route53.get_hosted_zone(Id=zone)["HostedZone"]
    except (route53.exceptions.NoSuchHostedZone, route53.exceptions.InvalidInput):
        return f"{zone} is no zone of Route 53 in this account."
    if found.get("Config", {}).get("PrivateZone"):  # nor does Route 53 take an alias to CloudFront there
        return f"{zone} is a private zone: nobody finds there what proves a certificate."
    name = str(found["Name"])
    is_inside = f".{domain}.".lower().endswith(f".{name.lower()}")
    return "" if is_inside else f"{zone} is the zone {name}, which {domain} is not in."


def records(route53: Any, zone: str, name: str) -> list[dict[str, Any]]:
    """What leads somewhere at a name of the zone: its A, AAAA, CNAME and HTTPS records. Raises botocore's errors."""
    pages = route53.get_paginator("list_resource_record_sets")
    found = pages.paginate(HostedZoneId=zone).search("ResourceRecordSets[]")
    return [each for each in found if each["Name"] == f"{name}." and each["Type"] in _LEADING]


def led_to(found: list[dict[str, Any]]) -> set[str]:
    """Where records lead: names and addresses."""
    aliases = [each["AliasTarget"]["DNSName"] for each in found if "AliasTarget" in each]
    values = [value["Value"] for each in found for value in each.get("ResourceRecords", [])]
    return {each.rstrip(".") for each in [*aliases, *values]}
