"""What a region of AWS lacks is found before anything is made there."""

import json
from collections.abc import Iterator
from unittest.mock import patch

import boto3
import pytest

from infra import availability
from infra.deploy import checks
from infra.deploy.deployment import DeployError, Deployment
from infra.lint import SETTINGS


@pytest.fixture
def budgets() -> Iterator[None]:
    """A template that is applied where the stage is makes a budget, which not every region has."""
    with patch.object(availability, "kinds", lambda: {"AWS::Budgets::Budget", "AWS::SES::ConfigurationSet"}):
        yield


@pytest.mark.usefixtures("budgets")
def test_a_type_that_regions_lack_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(availability.findings())
    assert "eu-north-1 has no AWS::Budgets::Budget: CloudFormation refuses a template with one whole" in found
    assert not [finding for finding in found if "eu-central-1" in finding or "WITHOUT_SES" in finding]
    monkeypatch.setattr(availability, "WITHOUT_SES", {"eu-central-1"})
    outdated = {finding.partition(":")[0] for finding in availability.findings() if "WITHOUT_SES" in finding}
    assert {"eu-central-1", "eu-south-2"} <= outdated


def test_a_stage_without_mail_is_refused() -> None:
    stages = json.loads(SETTINGS.read_text())
    deployment = Deployment("production", stages["production"], boto3.Session(region_name="eu-south-2"))
    with pytest.raises(DeployError, match="SES has no eu-south-2 for mail"):
        checks.before_deploying(deployment)
