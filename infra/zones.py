"""Zones of Route 53, and the domains that lie in them."""

from typing import Any


def why_not_in(route53: Any, zone: str, domain: str) -> str:
    """Why a record of the domain can't stand in the zone of this id: a sentence, empty when it can.

    `route53` is boto3's client, whose stubs are not installed. Raises botocore's errors.
    """
    try:
        name = str(route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"])
    except (route53.exceptions.NoSuchHostedZone, route53.exceptions.InvalidInput):
        return f"{zone} is no zone of Route 53 in this account."
    is_inside = f".{domain}.".lower().endswith(f".{name.lower()}")
    return "" if is_inside else f"{zone} is the zone {name}, which {domain} is not in."
