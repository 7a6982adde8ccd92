"""A CloudFront distribution, and what it was told to forget."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from config.aws import client
from tests.blog.writing import word


@contextmanager
def distribution() -> Iterator[str]:
    """A distribution, and the setting that names it."""
    origin = {
        "Id": "site",
        "DomainName": "example.com",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    config: Any = {
        "CallerReference": word(),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    made = client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    with override_settings(DISTRIBUTION_ID=made):
        yield made


def told(distribution: str) -> list[list[str]]:
    cloudfront = client("cloudfront")
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    found = [cloudfront.get_invalidation(DistributionId=distribution, Id=one["Id"]) for one in listed]
    return [sorted(one["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]) for one in found]
