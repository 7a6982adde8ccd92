"""A look before a deployment, at a stage that is not ready for one."""

import json
from typing import Any
from unittest.mock import Mock

import boto3
from botocore.exceptions import ClientError

from infra.deploy import preflight
from infra.deploy.deployment import Deployment
from infra.lint import SETTINGS


def test_what_one_look_may_not_ask_keeps_no_other_from_looking() -> None:
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    deployment = Deployment("production", settings, boto3.Session(region_name="us-east-1"))
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")
    deployment.client("lambda").get_account_settings = Mock(side_effect=denied)
    found = {each.what: each for each in preflight.findings(deployment)}
    assert "AWS does not tell" in found["concurrency"].problem
    assert {"settings and names", "sender", "SES sandbox", "rights"} <= found.keys()


def test_a_stage_without_a_sender_is_told_all_the_rest_too() -> None:
    settings: dict[str, Any] = json.loads(SETTINGS.read_text())["production"]
    del settings["deploy"]["mail_from"]
    found = preflight.findings(Deployment("production", settings, boto3.Session(region_name="us-east-1")))
    assert {"settings and names", "sender", "SES sandbox", "rights"} <= {each.what for each in found}
    [sender] = [each for each in found if each.what == "sender"]
    assert sender.stops
    assert "deploy.mail_from" in sender.problem
