"""A look before a deployment, at a stage that is not ready for one."""

import json
from secrets import token_hex
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.deploy import checks, edge, preflight
from infra.deploy.deployment import DeployError, Deployment
from infra.lint import INFRA_DIR, SETTINGS, load
from infra.stacks import Stacks

# Where IAM calls a service otherwise than CloudFormation does; and what a stage may do without.
PREFIXES = {"apigatewayv2": "apigateway", "cognito": "cognito-idp", "stepfunctions": "states"}
NOT_IN_EVERY_STAGE = {"certificatemanager", "route53", "kinesis"}  # `domain` and `count_reads`


def test_it_asks_for_a_right_of_each_service_that_a_stage_uses() -> None:
    templates = [INFRA_DIR / f"{name}.yaml" for name in ("data", "platform", "function", "edge", "alarms")]
    templates += INFRA_DIR.parent.glob("*/stack.yaml")
    kinds = {each["Type"] for template in templates for each in load(template)["Resources"].values()}
    used = {kind.split("::")[1].lower() for kind in kinds} - NOT_IN_EVERY_STAGE
    assert {PREFIXES.get(name, name) for name in used} <= {action.split(":")[0] for action in preflight.ACTIONS}


def test_what_one_look_may_not_ask_keeps_no_other_from_looking() -> None:
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    deployment = Deployment("production", settings, boto3.Session(region_name="us-east-1"))
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")
    deployment.client("lambda").get_account_settings = Mock(side_effect=denied)
    found = {each.what: each for each in preflight.findings(deployment)}
    assert "AWS does not tell" in found["concurrency"].problem
    assert {"settings and names", "sender", "SES sandbox", "rights"} <= found.keys()


def test_a_role_with_more_policies_than_the_account_allows_stops_a_deployment() -> None:
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    deployment = Deployment("production", settings, boto3.Session(region_name="us-east-1"))
    [fine] = [each for each in preflight.findings(deployment) if each.what == "policies of a role"]
    assert not fine.problem
    few = {"SummaryMap": {"AttachedPoliciesPerRoleQuota": len(deployment.services) + 1}}
    deployment.client("iam").get_account_summary = Mock(return_value=few)
    [found] = [each for each in preflight.findings(deployment) if each.what == "policies of a role"]
    assert found.stops
    assert "Managed policies per role" in found.problem


def test_a_stage_without_a_sender_is_told_all_the_rest_too() -> None:
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    del settings["deploy"]["mail_from"]
    found = preflight.findings(Deployment("production", settings, boto3.Session(region_name="us-east-1")))
    assert {"settings and names", "sender", "SES sandbox", "rights"} <= {each.what for each in found}
    [sender] = [each for each in found if each.what == "sender"]
    assert sender.stops
    assert "deploy.mail_from" in sender.problem


@pytest.mark.parametrize("domain", ["blog.example.net", "notexample.org"])
def test_a_domain_outside_its_zone_is_refused(domain: str) -> None:
    """Its certificate would wait for hours for a record that nobody finds there."""
    route53 = boto3.client("route53", region_name="us-east-1")
    zone = route53.create_hosted_zone(Name="example.org", CallerReference=domain)["HostedZone"]["Id"]
    assert f"{zone} is the zone example.org., which {domain} is not in" in settings_with(domain, zone).problem
    for inside in ("example.org", "blog.Example.org"):
        assert "zone" not in settings_with(inside, zone).problem
    assert "Z123 is no zone of Route 53 in this account" in settings_with(domain, "Z123").problem


def test_a_domain_that_leads_elsewhere_is_said_before_a_distribution_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    route53 = boto3.client("route53", region_name="us-east-1")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference=token_hex(4))["HostedZone"]["Id"]
    record: Any = {"Name": "blog.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    assert "blog.example.com leads to 192.0.2.1: set certificate_arn" in settings_with("blog.example.com", zone).problem
    assert "leads to" not in settings_with("www.example.com", zone).problem
    monkeypatch.setattr(edge, "distribution", lambda *_: "192.0.2.1")
    assert "leads to" in settings_with("blog.example.com", zone).problem, "it was made by hand"
    monkeypatch.setattr(Stacks, "parameters", lambda *_: {"Domain": "blog.example.com", "HostedZoneId": zone})
    assert "leads to" not in settings_with("blog.example.com", zone).problem, "it is the distribution's own record"


def test_a_private_zone_is_refused() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    route53 = boto3.client("route53", region_name="us-east-1")
    vpc: Any = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    made = route53.create_hosted_zone(Name="example.net", CallerReference=token_hex(4), VPC=vpc)
    assert "is a private zone" in settings_with("blog.example.net", made["HostedZone"]["Id"]).problem


def settings_with(domain: str, zone: str) -> preflight.Finding:
    """What the look at the settings finds of a stage with this domain."""
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    settings["deploy"] |= {"domain": domain, "hosted_zone_id": zone}
    found = preflight.findings(Deployment("production", settings, boto3.Session(region_name="us-east-1")))
    return next(each for each in found if each.what == "settings and names")


def test_a_stage_that_is_in_another_region_is_not_made_anew() -> None:
    """Its names that are one for all regions are taken, which AWS says half way."""
    settings: dict[str, Any] = {**json.loads(SETTINGS.read_text())["production"], "project_name": f"p{token_hex(4)}"}
    made, moved = (
        Deployment("production", settings, boto3.Session(region_name=each)) for each in ("eu-west-1", "eu-west-2")
    )
    made.client("s3").create_bucket(Bucket=made.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    checks.before_deploying(made)
    with pytest.raises(DeployError, match="aws_region: production is in eu-west-1 with its data"):
        checks.before_deploying(moved)
