"""CloudFront is told which labels to forget."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from blog.caching import MAX_CLEARED, clear
from config.aws import client
from tests.blog.writing import word


@pytest.fixture
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


def test_labels_become_an_invalidation(distribution: str) -> None:
    clear({"post-b", "all", "tag-a-2026"})
    assert told(distribution) == [["#all", "#post-b", "#tag-a-2026"]]


def test_many_labels_become_several(distribution: str) -> None:
    clear({f"post-{number}" for number in range(MAX_CLEARED + 1)})
    assert sorted(len(paths) for paths in told(distribution)) == [1, MAX_CLEARED]


def test_no_labels_cost_nothing(distribution: str) -> None:
    clear(set())
    assert told(distribution) == []
