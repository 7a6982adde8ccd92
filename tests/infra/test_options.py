"""What settings of a stage make of the templates, and what follows from what SES says of the sender."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from config.services import SERVED
from infra.deploy import alarms, package, steps, workers
from infra.deploy.deployment import Deployment
from infra.lint import INFRA_DIR, load
from infra.stacks import PROJECT, StackError, Stacks, template_path

SENDER = "hello@example.com"
MANAGED_UNITS = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesCommonRuleSet": 700,
}
FREE_UNITS = 1500


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")


@pytest.fixture
def stacks() -> Iterator[Stacks]:
    made = Stacks(client("cloudformation"), stage=f"o{token_hex(4)}")
    yield made
    made.delete("alarms")


def budgets(stage: str, **options: Any) -> list[str]:
    settings = {"project_name": PROJECT, "deploy": options}
    deployment = Deployment(stage, settings, boto3.Session(region_name="us-east-1"))
    steps.apply_budget(deployment)
    stacks = deployment.stacks
    return stacks.resources("budget", "AWS::Budgets::Budget") if stacks.describe(stacks.name("budget")) else []


def test_a_budget_needs_an_amount_and_somebody_who_is_told() -> None:
    stage, both = f"o{token_hex(4)}", {"monthly_budget": 50, "alarm_mail": "operator@example.com"}
    assert budgets(stage) == budgets(stage, monthly_budget=50) == budgets(stage, alarm_mail=both["alarm_mail"]) == []
    assert budgets(stage, **both, home_region="eu-west-1") == [], "a second region has none"
    assert len(budgets(stage, **both)) == 1
    assert len(budgets(stage, **both | {"alarm_mail": "another@example.com"})) == 1, "somebody else is told"
    assert len(budgets(stage, **both | {"monthly_budget": 60})) == 1
    assert budgets(stage) == [], "and it goes with the setting"


def media_stack(stage: str, **values: str) -> dict[str, str]:
    """The stack of uploads in a region that has no Transfer Acceleration."""
    make: Any = boto3.client
    stacks = Stacks(make("cloudformation", region_name="eu-north-1"), stage=stage)
    nothing = ("UserPoolProviderName", "WebClientId", "MobileClientId", "StaticBucket", "UploadsStreamArn")
    known = {"Project": PROJECT, "Environment": stage, "Protected": "false", **dict.fromkeys(nothing, "none")}
    return stacks.apply_known("service-media", {**known, **values})


def test_uploads_are_accelerated_where_a_stage_asks_for_it() -> None:
    assert "UploadsBucket" in media_stack(f"o{token_hex(4)}")
    settings = [{"project_name": PROJECT, "deploy": {"accelerate_uploads": wanted}} for wanted in (False, True)]
    found = [steps.acceleration(Deployment("o", each, boto3.Session(region_name="us-east-1"))) for each in settings]
    assert found == [{}, {"AccelerateUploads": "true"}], "and what was handed out stays good once it is not asked for"
    with pytest.raises(StackError, match="method is not allowed"):
        media_stack(f"o{token_hex(4)}", **found[1])


def test_cloudfront_takes_the_distribution(stacks: Stacks) -> None:
    declared = load(template_path("edge"))["Parameters"]
    values = dict.fromkeys((name for name, each in declared.items() if "Default" not in each), "")
    values |= {name: f"{name.lower()}.example.com" for name in values if name.endswith(("Host", "Origin"))}
    values |= {"Project": PROJECT, "Environment": stacks.stage, "EdgeKey": token_hex(16)}
    try:
        assert stacks.apply_known("edge", values)["DistributionDomain"]
    finally:
        stacks.delete("edge")


def test_aws_rules_count_first_and_cost_no_more_than_themselves() -> None:
    template = load(INFRA_DIR / "edge.yaml")
    assert template["Parameters"]["FirewallAction"]["Default"] == "count"
    rules = template["Resources"]["Firewall"]["Properties"]["Rules"]
    managed = {
        each["Statement"]["ManagedRuleGroupStatement"]["Name"]: each for each in rules if "OverrideAction" in each
    }
    assert managed.keys() == MANAGED_UNITS.keys()
    assert sum(MANAGED_UNITS.values()) < FREE_UNITS
    for rule in managed.values():
        assert rule["OverrideAction"] == {"Fn::If": ["Blocks", {"None": {}}, {"Count": {}}]}
    assert len({each["Priority"] for each in rules}) == len(rules)
    # https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html: it refuses 8 KB.
    common = managed["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in common["RuleActionOverrides"] if each["ActionToUse"] == {"Count": {}}}
    assert counted == {
        f"{rule}_BODY"
        for rule in ("SizeRestrictions", "CrossSiteScripting", "EC2MetaDataSSRF", "GenericLFI", "GenericRFI")
    }


@pytest.mark.parametrize(
    ("verified", "production", "suffix", "sender"),
    [(True, True, "", SENDER), (False, True, "", ""), (True, False, "", ""), (True, True, "-euw1", "")],
)
def test_users_get_mail_by_ses_once_it_sends_to_anybody(
    *, verified: bool, production: bool, suffix: str, sender: str
) -> None:
    ses = SimpleNamespace(
        get_email_identity=lambda **_: {"VerifiedForSendingStatus": verified},
        get_account=lambda: {"ProductionAccessEnabled": production},
        create_email_identity=lambda **_: None,
        exceptions=SimpleNamespace(NotFoundException=LookupError, AlreadyExistsException=LookupError),
    )
    deployment: Any = SimpleNamespace(client=lambda _: ses, options={"mail_from": SENDER}, suffix=suffix)
    assert steps.users_sender(deployment) == {"UsersMailFrom": sender, "UsersMailIdentity": sender}


@pytest.mark.parametrize(
    ("sender", "services", "counts"),
    [("", ("blog",), True), (SENDER, ("blog",), False), ("", ("todos",), False)],
)
def test_one_stage_counts_sign_ups_while_cognito_sends_their_mail(
    stacks: Stacks, sender: str, services: tuple[str, ...], *, counts: bool
) -> None:
    known = SimpleNamespace(
        parameters=lambda _: {"UsersMailFrom": sender},
        outputs=lambda _: {"UserPoolId": "us-east-1_1", "WebClientId": "w", "MobileClientId": "m"},
    )
    function, nothing = f"{PROJECT}-{stacks.stage}", {"timeout_seconds": 30}
    deployment: Any = SimpleNamespace(
        stacks=known, stacks_of=lambda _: stacks, suffix="", services=services, function=function, stage=stacks.stage,
        settings=nothing, options={}, project=PROJECT, environment=stacks.stage,
    )  # fmt: skip
    alarms.apply(deployment)
    there = {f"{function}-users-mail-{by}" for by in ("web", "mobile")} & set(
        stacks.resources("alarms", "AWS::CloudWatch::Alarm")
    )
    assert len(there) == (2 if counts else 0)


def test_the_dashboard_has_room_for_twice_as_many_queues() -> None:
    services = [service.name for service in SERVED]
    deployment: Any = SimpleNamespace(services=services, project=PROJECT, environment="production")
    shown = alarms._queue_metrics(deployment)
    assert len({metric[-1] for metric in shown}) == len(shown) > 20
    assert len(json.dumps(shown)) < 4096 / 2, "as CloudFormation takes of a parameter"


def test_workers_run_on_what_their_package_was_compiled_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"project_name": PROJECT, "runtime": "python3.12", "deploy": {}}
    deployment, bucket = Deployment("review7", settings, boto3.Session(region_name="us-east-1")), f"b-{token_hex(4)}"
    deployment.client("s3").create_bucket(Bucket=bucket)
    (tmp_path / "package.zip").touch()
    told: dict[str, Mapping[str, str]] = {}
    monkeypatch.setattr(package, "build", lambda *_, **__: SimpleNamespace(path=tmp_path / "package.zip"))
    monkeypatch.setattr(Stacks, "outputs", lambda *_: {"StaticBucket": bucket})
    monkeypatch.setattr(Stacks, "apply_known", lambda _, template, values: told.update({template: values}))
    workers.apply(deployment, alarm_topic="")
    made = {
        (str(each["Properties"]["Runtime"]), values["WorkersRuntime"])
        for template, values in told.items()
        for each in load(template_path(template))["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function"
    }
    assert made == {("{'Ref': 'WorkersRuntime'}", "python3.12")}
