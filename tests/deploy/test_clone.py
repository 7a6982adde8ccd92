"""A clone is a complete environment of its own, under its own domain, and leaves nothing behind; canaries on it."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import boto3
import jmespath  # type: ignore[import-untyped]
import pytest

from infra.deploy import canary, environment, gateway, preflight, release
from infra.deploy.__main__ import _clone_settings, main
from infra.deploy.deployment import ALIAS, EVENTS_ALIAS, DeployError, Deployment
from infra.lint import SETTINGS
from infra.stacks import PROJECT
from tests.deploy.account import Account, empty_account
from tests.deploy.site import Site
from tests.deploy.tour import NAMES, TOUR, bring_files, sign_in_and_save, welcome_a_subscriber

pytestmark = pytest.mark.timeout(900)
NAME, DOMAIN = "review7", "blog.example"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
SENDER = json.loads(SETTINGS.read_text())["production"]["deploy"]["mail_from"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    new = {"STRICT_SES_SANDBOX": "yes", "LAMBDA_ACCOUNT_CONCURRENCY": "10"}
    with empty_account(tmp_path_factory.mktemp("clone-account"), **new) as account:
        # As beside production, which has verified the sender before.
        account.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        yield account


@pytest.fixture(scope="module")
def site(account: Account) -> Site:
    break_off(account)
    said = account.run("infra.deploy", "clone", NAME, "--domain", DOMAIN, "--no-edge")
    assert "browsers can't read its styles, pictures and software updates" in said
    assert "an earlier deployment broke off" in said
    let_out_of_the_sandbox(account)
    return Site(account, [NAME])


def let_out_of_the_sandbox(account: Account, *, out: bool = True) -> None:
    """What AWS does when it is asked to let the account send mail to anybody."""
    account.client("sesv2").put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL=f"https://{DOMAIN}", ProductionAccessEnabled=out
    )


def break_off(account: Account) -> None:
    """Leave what a deployment leaves that broke off between the function and its API."""
    code = BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr("README", "")
    role = account.client("iam").create_role(RoleName="leftover", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    account.client("lambda").create_function(
        FunctionName=f"{PROJECT}-{NAME}",
        Runtime="python3.11",
        Handler="x.y",
        Role=role["Arn"],
        Code={"ZipFile": code.getvalue()},
    )


@pytest.fixture(scope="module")
def deployment(account: Account, site: Site) -> Deployment:
    stages = json.loads(SETTINGS.read_text())
    options = {**stages["production"]["deploy"], "canary_minutes": 0.05, "canary_look_seconds": 0.5}
    return account.deployment(NAME, {NAME: {**stages["production"], "deploy": options}})


def test_all_it_has_is_its_own(account: Account, site: Site) -> None:
    assert all(NAME in table for table in account.client("dynamodb").list_tables()["TableNames"])
    assert all(NAME in bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"])
    assert site.request("GET", "/api/health/deep/").status == 200


def test_it_answers_under_a_domain_of_its_own(account: Account, site: Site) -> None:
    """As a custom domain of API Gateway, with no stage in the path.

    The embedded AWS tells of the stage in requestContext.path even so, where AWS doesn't (tests/config/test_http.py
    has its events), so links are looked at by the next test alone.
    """
    gateway = account.client("apigateway")
    gateway.create_domain_name(domainName=DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
    api = gateway.get_rest_apis()["items"][0]["id"]
    gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=api, stage=NAME)
    token = site.sign_up("alice")
    headers = {"Host": DOMAIN, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"{account.emulator.endpoint_url}/api/todos/"
    made = site.http.request("POST", url, body=b'{"title": "Under a domain"}', headers=headers)
    assert made.status == 201, made.data
    assert made.headers["Location"].startswith(f"https://{DOMAIN}/")
    assert site.http.request("GET", f"{account.emulator.endpoint_url}/todos/", headers={"Host": DOMAIN}).status == 200


# One function under its stage's prefix serves them all, and so do many under a domain: the others are proved.
FIRST = (sign_in_and_save, bring_files, welcome_a_subscriber)
WAYS = [pytest.param(way, marks=() if way in FIRST else pytest.mark.prove) for way in TOUR]


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_it_serves_its_users_under_its_domain(account: Account, site: Site, way: Callable[[Site], None]) -> None:
    way(Site(account, [NAME], at_the_edge=True))


def test_links_are_of_the_domain(account: Account, site: Site) -> None:
    edge = Site(account, [NAME], at_the_edge=True)
    made = edge.request("POST", "/api/todos/", {"title": "At the edge"}, token=site.sign_up("bob"))
    assert made.headers["Location"].startswith(f"https://{DOMAIN}/api/todos/")


@pytest.mark.parametrize("name", ["production", "local", "Review", "review-7", "7review", "", "x", "é7", "r" * 21])
def test_a_clones_name_is_new_and_plain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clone", name]) == 1
    assert "can't be a clone's name" in capsys.readouterr().err


def test_a_clone_has_cloudfront_unless_told_otherwise(tmp_path: Path) -> None:
    for edge in (True, False):
        settings = json.loads(Path(_clone_settings(NAME, tmp_path, edge=edge)).read_text())
        assert settings[NAME]["deploy"]["edge"] is edge
        assert settings[NAME]["deploy"]["domain"] == ""


def test_a_clones_domain_at_cloudfront_needs_its_zone(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="needs `hosted_zone_id`"):
        _clone_settings(NAME, tmp_path, DOMAIN)


def test_the_role_for_logs_is_the_accounts_and_made_again_when_it_is_gone(
    account: Account, deployment: Deployment
) -> None:
    iam, kept = account.client("iam"), account.client("apigateway").get_account()["cloudwatchRoleArn"]
    assert NAME not in kept, "a clone's end would take it from all others"
    gateway.make_logs_role(deployment)
    for attached in iam.list_attached_role_policies(RoleName=gateway.LOGS_ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=gateway.LOGS_ROLE, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=gateway.LOGS_ROLE)
    assert "API Gateway's role for logs is gone" in gateway.missing(deployment)
    gateway.make_logs_role(deployment)
    assert gateway.missing(deployment) == []


def test_an_error_is_not_taken_for_a_stage_that_is_not_there(account: Account) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    said = account.run("infra.deploy", "deploy", "production", code=1, **nobody)
    assert "AWS does not let you in" in said
    assert "applying" not in said


def test_a_look_before_says_what_the_account_lacks(account: Account, deployment: Deployment) -> None:
    let_out_of_the_sandbox(account, out=False)
    said = account.run("infra.deploy", "preflight", "production")
    let_out_of_the_sandbox(account)
    for what in ("settings and names", "Python", "concurrency", "sender", "SES sandbox", "rights", "canary"):
        assert re.search(rf"^(fine|look) +{what}", said, re.MULTILINE), said
    assert "only verified addresses get mail until AWS lets the account out" in said
    assert "10 functions may run at once" in said
    stages = json.loads(SETTINGS.read_text())
    long = account.deployment("a" * 20, {"a" * 20: {**stages["production"], "project_name": "p" * 25}})
    [settings] = [each for each in preflight.findings(long) if each.what == "settings and names"]
    assert settings.line().startswith("stops  settings and names: zappa_settings.json, ")
    assert "AWS::S3::Bucket takes 63" in settings.problem


class NewAccount:
    """What a new account says: ten functions at once, SES in its sandbox, an unknown sender, few rights."""

    exceptions = SimpleNamespace(NotFoundException=LookupError, ResourceNotFoundException=LookupError)

    def get_alias(self, **_: str) -> Any:
        raise LookupError

    def get_account_settings(self) -> Any:
        return {"AccountLimit": {"ConcurrentExecutions": 10}}

    def get_account(self) -> Any:
        return {"ProductionAccessEnabled": False}

    def get_email_identity(self, **_: str) -> Any:
        raise LookupError

    def get_caller_identity(self) -> Any:
        return {"Account": "123456789012", "Arn": "arn:aws:sts::123456789012:assumed-role/deployer/me"}

    def get_account_summary(self) -> Any:
        return {"SummaryMap": {"AttachedPoliciesPerRoleQuota": 8}}

    def get_paginator(self, name: str) -> Any:
        return self

    def paginate(self, **asked: Any) -> Any:
        assert asked["PolicySourceArn"] == "arn:aws:iam::123456789012:role/deployer"
        results = [{"EvalActionName": each, "EvalDecision": "implicitDeny"} for each in asked["ActionNames"][:1]]
        return SimpleNamespace(search=partial(jmespath.search, data={"EvaluationResults": results}))


def test_a_new_account_is_told_what_to_ask_aws_for() -> None:
    settings = json.loads(SETTINGS.read_text())["production"]
    deployment = Deployment("production", settings, boto3.Session(region_name="us-east-1"))
    new: Any = NewAccount()
    for service in ("lambda", "sesv2", "sts", "iam"):
        deployment._clients[service, "us-east-1"] = new
    deployment.__dict__["account"], deployment.__dict__["endpoint_url"] = "123456789012", "http://localhost"
    problems = {each.what: each.problem for each in preflight.findings(deployment)}
    assert "10 functions may run at once" in problems["concurrency"]
    assert "as verified" in problems["sender"]
    assert "only verified addresses" in problems["SES sandbox"]
    assert "has 9 policies and the account allows 8" in problems["policies of a role"]
    assert problems["rights"] == "arn:aws:iam::123456789012:role/deployer may not do apigateway:POST"


def test_who_may_not_is_told_so(account: Account) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    assert "AWS does not let you in" in account.run("infra.deploy", "releases", "production", code=1, **nobody)


def test_a_stage_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "staging"]) == 1
    assert "There is no stage 'staging': there are production" in capsys.readouterr().err


def test_another_region_is_refused(account: Account, deployment: Deployment) -> None:
    elsewhere = Deployment(NAME, deployment.settings, boto3.Session(region_name="eu-west-1"))
    with pytest.raises(DeployError, match="is in us-east-1, but AWS_DEFAULT_REGION or your profile says eu-west-1"):
        elsewhere.check_access()


def test_a_new_key_leaves_the_former_one_good_unless_it_leaked(account: Account, deployment: Deployment) -> None:
    def value(name: str) -> str:
        answer = account.client("ssm").get_parameter(Name=deployment.parameter(name), WithDecryption=True)
        return str(answer["Parameter"]["Value"])

    first = value("secret-key")
    environment.rotate_key(deployment, leaked=False)
    second = value("secret-key")
    assert first != second
    assert value("secret-key-before") == first
    fallback = f"ssm:{deployment.parameter('secret-key-before')}"
    assert environment.secret_variables(deployment)["SECRET_KEY_FALLBACKS"] == fallback
    environment.rotate_key(deployment, leaked=True)
    assert not {value("secret-key"), value("secret-key-before")} & {first, second}


# --- Canary --------------------------------------------------------------------------------------------------------


def put(account: Account, deployment: Deployment, version: str, **metrics: float) -> None:
    """What CloudWatch would have counted for a version by now."""
    dimensions = {
        "FunctionName": deployment.function,
        "Resource": f"{deployment.function}:{ALIAS}",
        "ExecutedVersion": version,
    }
    account.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                "Timestamp": datetime.now(UTC),
                "Value": value,
            }
            for name, value in metrics.items()
        ],
    )


@pytest.fixture
def candidate(deployment: Deployment) -> str:
    """A version that is published and not live."""
    variables = deployment.client("lambda").get_function_configuration(FunctionName=deployment.function)
    return release.publish(deployment, {**variables["Environment"]["Variables"], "RELEASE": str(datetime.now(UTC))})


def weights(deployment: Deployment, name: str = ALIAS) -> dict[str, float]:
    """The share of calls each other version than the live one has."""
    alias = deployment.client("lambda").get_alias(FunctionName=deployment.function, Name=name)
    found: dict[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return found


def test_a_good_version_has_its_share_and_then_all(account: Account, deployment: Deployment, candidate: str) -> None:
    live = release.live_version(deployment)
    put(account, deployment, live, Invocations=1000, Errors=0, Duration=50)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(canary.run, deployment, candidate, 10)
        seen: list[dict[str, float]] = []
        while not running.done():
            seen.append(weights(deployment))
            put(account, deployment, candidate, Invocations=100, Errors=0, Duration=50)
        running.result()
    assert {candidate: 0.1} in seen
    assert (release.live_version(deployment), weights(deployment)) == (candidate, {})
    events = deployment.client("lambda").get_alias(FunctionName=deployment.function, Name=EVENTS_ALIAS)
    assert events["FunctionVersion"] == candidate


def test_a_broken_version_is_taken_back_by_itself(account: Account, deployment: Deployment, candidate: str) -> None:
    live = release.live_version(deployment)
    put(account, deployment, live, Invocations=1000, Errors=0, Duration=50)
    put(account, deployment, candidate, Invocations=100, Errors=60, Duration=50)
    with pytest.raises(DeployError, match=f"Version {candidate} was taken back and version {live} has all calls again"):
        canary.run(deployment, candidate, 10)
    assert (release.live_version(deployment), weights(deployment)) == (live, {})


def test_an_interrupted_canary_is_taken_back(
    deployment: Deployment, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> str:
        assert weights(deployment) == {candidate: 0.25}
        assert weights(deployment, EVENTS_ALIAS) == {}, "a canary is given requests alone"
        raise KeyboardInterrupt

    live = release.live_version(deployment)
    monkeypatch.setattr(canary, "watch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        canary.run(deployment, candidate, 25)
    assert (release.live_version(deployment), weights(deployment)) == (live, {})


@pytest.mark.parametrize("percent", ["0", "100", "-1", "ten"])
def test_a_share_is_a_part(percent: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["canary", NAME, "--percent", percent])
    assert "from 1 to 99" in capsys.readouterr().err


# --- The end -------------------------------------------------------------------------------------------------------


def test_data_is_deleted_only_when_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["delete-data", "production"]) == 1
    assert "repeat with --yes-delete production" in capsys.readouterr().err


def test_the_data_of_a_protected_stage_stays(account: Account) -> None:
    said = account.run("infra.deploy", "delete-data", "production", "--yes-delete", "production", code=1)
    assert "production is protected: set `protected` to false" in said


def test_nothing_is_left_of_a_clone(account: Account, site: Site) -> None:
    account.run("infra.deploy", "remove-clone", NAME)
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert account.client("sqs").list_queues().get("QueueUrls", []) == []
    assert account.client("ssm").describe_parameters()["Parameters"] == []
    assert account.client("sesv2").get_email_identity(EmailIdentity=SENDER)["VerifiedForSendingStatus"], "production's"
    assert [role["RoleName"] for role in account.client("iam").list_roles()["Roles"] if NAME in role["RoleName"]] == []
    stacks = account.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    assert stacks["StackSummaries"] == []
