"""The linter over settings and templates: the project passes, and each rule refuses what breaks it."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra import lint
from infra.lint import INFRA_DIR, SETTINGS, findings, load, template_findings
from infra.settings_lint import zappa_findings

STAGES = json.loads(SETTINGS.read_text())
Change = Callable[[dict[str, Any]], Any]


def test_the_project_has_nothing_to_find() -> None:
    assert findings() == []


def test_it_looks_at_every_template() -> None:
    kinds = {resource["Type"] for path in lint.templates() for resource in load(path)["Resources"].values()}
    assert set(lint._RULES) & kinds >= {
        "AWS::IAM::Role",
        "AWS::IAM::ManagedPolicy",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::Lambda::EventSourceMapping",
        "AWS::DynamoDB::Table",
        "AWS::CloudFront::Distribution",
    }


BAD_SETTINGS: list[tuple[str, Any]] = [
    ("cache_cluster_enabled", True),
    ("manage_roles", True),
    ("debug", True),
    ("log_level", "DEBUG"),
    ("cloudwatch_data_trace", True),
    ("keep_warm", True),
    ("touch", True),
    ("events", [{"function": "media.events.create_thumbnails", "event_source": {"arn": "arn:aws:sqs:::q"}}]),
    ("cognito", {"user_pool": "p"}),
    ("slim_handler", True),
    ("exclude", ["media"]),
    ("num_retained_versions", 3),
    ("lambda_handler", "handler.lambda_handler"),
    ("apigateway_lambda_qualifier", None),
    ("payload_compression", False),
    ("environment_variables", {"CACHE_URL": "https://cache.example"}),
    ("remote_env", "s3://bucket/variables.json"),
    ("runtime", "python3"),
    ("runtime", None),
    ("runtime", "python3.11"),
    ("function_url_enabled", True),
    ("architecture", "x86"),
    ("architecture", ["arm64"]),
    ("snap_start", "PublishedVersions"),
    ("endpoint_configuration", []),
    ("endpoint_configuration", ["EDGE"]),
    ("endpoint_configuration", ["PRIVATE"]),
    ("endpoint_configuration", ["REGIONAL", "PRIVATE"]),
]


@pytest.mark.parametrize(("setting", "value"), BAD_SETTINGS, ids=[f"{name}={value}" for name, value in BAD_SETTINGS])
def test_it_refuses_a_setting(setting: str, value: Any) -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"][setting] = value
    found = zappa_findings(stages)
    assert any(finding.startswith(f"production.{setting}: ") for finding in found)
    assert any(finding.startswith(f"production_blog.{setting}: ") for finding in found), "what extends it has it too"


@pytest.mark.parametrize(
    "setting", ["manage_roles", "debug", "log_level", "keep_warm", "touch", "runtime", "num_retained_versions"]
)
def test_it_refuses_zappas_default(setting: str) -> None:
    stages = copy.deepcopy(STAGES)
    del stages["production"][setting]
    assert any(finding.startswith(f"production.{setting}: ") for finding in zappa_findings(stages))


@pytest.mark.parametrize(
    "setting",
    [
        {"provisioned_concurrency": 1},
        {"efs_config": [{}]},
        {"docker_image_uri": "image"},
        {"ephemeral_storage": {"Size": 1024}},
    ],
)
def test_it_refuses_a_snapshot_that_lambda_would_not_take(setting: dict[str, Any]) -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"]["deploy"]["snap_start"] = True
    assert zappa_findings(stages) == []
    stages["production"] |= setting
    assert any(next(iter(setting)) in finding for finding in zappa_findings(stages))
    stages["production"]["deploy"]["snap_start"] = "PublishedVersions"
    assert any(finding.startswith("production.deploy.snap_start: true or false") for finding in zappa_findings(stages))


@pytest.mark.parametrize("door", [{"authorizer": {"function": "f"}}, {"iam_authorization": True}])
def test_it_refuses_an_authorizer_that_zappa_would_drop(door: dict[str, Any]) -> None:
    stages = {"production": {**STAGES["production"], "apigateway_version": "v2", **door}}
    assert any("apigateway_version" in finding for finding in zappa_findings(stages))
    stages["production"]["apigateway_version"] = "v1"
    assert zappa_findings(stages) == []


def test_it_refuses_a_secret_in_the_file() -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"]["aws_environment_variables"] = {"API_TOKEN": "abc"}
    [finding, *_] = zappa_findings(stages)
    assert finding.startswith("production.aws_environment_variables.API_TOKEN: a secret belongs into Parameter Store")
    stages["production"]["aws_environment_variables"] = {"API_TOKEN": "ssm:/a/b"}
    assert zappa_findings(stages) == []


@pytest.mark.parametrize(
    ("options", "setting"), [({"firewall": "off"}, "firewall"), ({"monthly_budget": 50}, "monthly_budget")]
)
def test_it_refuses_an_option_that_would_do_nothing(options: dict[str, Any], setting: str) -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"]["deploy"] |= options
    assert any(finding.startswith(f"production.deploy.{setting}: ") for finding in zappa_findings(stages))
    stages["production"]["deploy"] |= {"firewall": "block", "alarm_mail": "operator@example.com"}
    assert zappa_findings(stages) == []


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ({"domain": "blog.example.org"}, "domain"),
        ({"domain": "https://blog.example.org", "hosted_zone_id": "Z1"}, "domain"),
        ({"domain": "Blog.example.org.", "hosted_zone_id": "Z1"}, "domain"),
        ({"domain": "blog.example.org", "certificate_arn": "arn:aws:acm:eu-west-1:1:certificate/a"}, "certificate_arn"),
    ],
)
def test_it_refuses_a_domain_that_cloudfront_would_refuse_at_the_end(options: dict[str, Any], setting: str) -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"]["deploy"] |= options
    assert any(finding.startswith(f"production.deploy.{setting}: ") for finding in zappa_findings(stages))
    stages["production"]["deploy"] |= {
        "domain": "blog.example.org", "certificate_arn": "arn:aws:acm:us-east-1:1:certificate/a",
    }  # fmt: skip
    assert zappa_findings(stages) == []
    stages["production"]["deploy"] |= {"certificate_arn": "", "hosted_zone_id": "", "edge": False}
    assert zappa_findings(stages) == [], "a name at API Gateway is the operator's own affair"


@pytest.mark.parametrize(
    "options", [{"firewal": "block"}, {"protected": "false"}, {"edge": 0}, {"burst": "1000"}, {"canary_minutes": "ten"}]
)
def test_it_refuses_an_option_that_is_mistyped(options: dict[str, Any]) -> None:
    stages = copy.deepcopy(STAGES)
    stages["production"]["deploy"] |= options
    assert any(finding.startswith(f"production.deploy.{next(iter(options))}: ") for finding in zappa_findings(stages))


def allow(action: Any, resource: Any) -> dict[str, Any]:
    """A policy document with one statement."""
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def found_in(kind: str, properties: dict[str, Any], **more: Any) -> list[str]:
    """What is found in a template of one resource named Thing."""
    return template_findings({"Resources": {"Thing": {"Type": kind, "Properties": properties, **more}}})


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (allow("*", "arn:aws:s3:::b/*"), "wildcard action *"),
        (allow(["s3:GetObject", "dynamodb:*"], "arn:aws:s3:::b/*"), "wildcard action dynamodb:*"),
        (allow("s3:Get*", "arn:aws:s3:::b/*"), "wildcard action s3:Get*"),
        (allow("s3:GetObject", "*"), "s3:GetObject on every resource"),
        (allow(["xray:PutTraceSegments", "s3:GetObject"], ["*"]), "on every resource"),
        (allow("dynamodb:ListStreams", "arn:aws:dynamodb:::table/t/stream/*"), "that allows nothing"),
        ({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:x"}]}, "all but what it names"),
        ({"Statement": [{"Fn::If": ["C", allow("s3:*", "arn:x")["Statement"][0], {"Ref": "AWS::NoValue"}]}]}, "s3:*"),
    ],
)
def test_it_refuses_a_permission(document: dict[str, Any], what: str) -> None:
    policy = found_in("AWS::IAM::ManagedPolicy", {"PolicyDocument": document})
    role = found_in("AWS::IAM::Role", {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]})
    for found in (policy, role):
        assert len(found) == 1
        assert what in found[0]


def test_it_lets_pass_what_has_no_resources_and_what_is_denied() -> None:
    traces = allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")
    denied = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    for document in (traces, denied, allow("s3:GetObject", "arn:aws:s3:::b/*")):
        assert found_in("AWS::IAM::ManagedPolicy", {"PolicyDocument": document}) == []


def data_with(resource: str, change: Change) -> list[str]:
    """What is found in the template that has a resource, after a change to the resource's properties."""
    template = next(each for each in map(load, lint.templates()) if resource in each["Resources"])
    change(template["Resources"][resource]["Properties"])
    return template_findings(template)


@pytest.mark.parametrize(
    ("resource", "change", "what"),
    [
        ("UploadsBucket", lambda p: p.pop("BucketEncryption"), "is not encrypted"),
        (
            "StaticBucketPolicy",
            lambda p: p["PolicyDocument"]["Statement"][0].update(Principal="*"),
            "is open to everyone",
        ),
        (
            "StaticBucketPolicy",
            lambda p: p["PolicyDocument"]["Statement"][0].update(Principal={"AWS": "*"}),
            "is open to everyone",
        ),
        (
            "ThumbnailsQueuePolicy",
            lambda p: p["PolicyDocument"]["Statement"][0].pop("Condition"),
            "lets a service act for any account: name the source in a condition",
        ),
        (
            "ThumbnailsQueue",
            lambda p: p.pop("RedrivePolicy"),
            "has no failure queue: a message that fails is tried until it is lost",
        ),
        (
            "ThumbnailsQueue",
            lambda p: p.update(VisibilityTimeout=30),
            "shows a message again while a function of 60 s may still work on it",
        ),
        ("TodosTable", lambda p: p.pop("DeletionProtectionEnabled"), "can be deleted by mistake"),
        ("UserPool", lambda p: p.pop("UserAttributeUpdateSettings"), "takes addresses nobody has shown to be theirs"),
    ],
)
def test_it_refuses_data_that_is_open_or_may_be_lost(resource: str, change: Change, what: str) -> None:
    assert f"{resource}: {what}" in data_with(resource, change)


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("FunctionResponseTypes", [], "one bad record fails its whole batch: set ReportBatchItemFailures"),
        ("StartingPosition", None, "has no StartingPosition"),
        ("DestinationConfig", None, "drops records that fail"),
        ("MaximumRecordAgeInSeconds", None, "one bad record stops its shard for a day"),
        ("BisectBatchOnFunctionError", False, "does not split a failing batch"),
    ],
)
def test_it_refuses_an_event_source_that_loses_or_stops(key: str, value: Any, what: str) -> None:
    template = load(INFRA_DIR.parent / "blog" / "stack.yaml")
    properties = template["Resources"]["WelcomeEvents"]["Properties"]
    properties[key] = value
    if value is None:
        del properties[key]
    assert any(finding.startswith(f"WelcomeEvents: {what}") for finding in template_findings(template))


def test_it_refuses_a_queue_that_may_take_all_concurrency() -> None:
    template = load(INFRA_DIR.parent / "media" / "stack.yaml")
    del template["Resources"]["ThumbnailsEvents"]["Properties"]["ScalingConfig"]
    [found] = template_findings(template)
    assert found.startswith("ThumbnailsEvents: may take all the account's concurrency")


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ("WelcomeEvents", "may be made before its function may read it: DependsOn BlogPolicy"),
        ("LettersEvents", "may be made before its function may read it: DependsOn BlogPolicy"),
        ("ReadsTable", "is made at the same time as DeliveriesTable"),
    ],
)
def test_it_refuses_what_aws_would_not_make_at_the_same_time(resource: str, what: str) -> None:
    template = load(INFRA_DIR.parent / "blog" / "stack.yaml")
    del template["Resources"][resource]["DependsOn"]
    [found] = template_findings(template)
    assert found.startswith(f"{resource}: {what}")


def test_a_function_that_sends_to_its_own_queue_says_for_how_many_rounds() -> None:
    template = load(INFRA_DIR.parent / "housekeeping" / "stack.yaml")
    assert template["Resources"]["Run"]["Properties"].pop("RecursiveLoop") == "Allow", "a night may take many"
    [found] = template_findings(template)
    assert found.startswith("HousekeepingEvents: calls Run, which sends to this queue: Lambda stops that after 16")


@pytest.mark.parametrize("runtime", [None, "python3", "provided"])
def test_it_refuses_a_function_of_any_runtime(runtime: str | None) -> None:
    for kind in ("AWS::Lambda::Function", "AWS::Serverless::Function"):
        assert found_in(kind, {"Runtime": runtime}) == ["Thing: has no pinned runtime"]
        assert found_in(kind, {"Runtime": "python3.13"}) == []


@pytest.mark.parametrize("kind", ["AWS::SES::EmailIdentity", "AWS::ApiGateway::Account"])
def test_it_refuses_a_stack_that_owns_what_is_the_accounts(kind: str) -> None:
    [found] = found_in(kind, {})
    assert "belongs to the account" in found


@pytest.mark.parametrize("path", lint.PRIVATE_PATHS)
def test_it_refuses_a_cache_for_private_paths(path: str) -> None:
    template = load(INFRA_DIR / "edge.yaml")
    behaviors = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
    behavior = next(each for each in behaviors if each["PathPattern"] == f"{path}*")
    behavior["CachePolicyId"] = {"Fn::FindInMap": ["ManagedPolicies", "CacheByHeaders", "Id"]}
    assert template_findings(template) == [f"Distribution: may cache the private path {path}"]
    behaviors.remove(behavior)
    assert template_findings(template) == [f"Distribution: may cache the private path {path}"]


@pytest.mark.parametrize("path", ["/api/todos/*", ""])
@pytest.mark.parametrize("conditional", [False, True])
def test_it_refuses_to_write_to_an_origin_group(path: str, conditional: bool) -> None:
    template = load(INFRA_DIR / "edge.yaml")
    config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    behaviors = [each for each in config["CacheBehaviors"] if each["PathPattern"] == path]
    [*behaviors, config["DefaultCacheBehavior"]][0]["TargetOriginId"] = "both"
    groups = {"Quantity": 1, "Items": [{"Id": "both"}]}
    config["OriginGroups"] = {"Fn::If": ["HasSecond", groups, {"Ref": "AWS::NoValue"}]} if conditional else groups
    [found] = template_findings(template)
    assert found.startswith(f"Distribution: lets {path or 'the default behavior'} write to an origin group")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda web: web.pop("ReadonlyRootFilesystem"), "may write over its own code: set ReadonlyRootFilesystem"),
        (lambda web: web.update(Privileged=True), "has the rights of its host: Privileged"),
        (lambda web: web.pop("HealthCheck"), "has no HealthCheck"),
        (lambda web: web.pop("LogConfiguration"), "has no LogConfiguration"),
        (
            lambda web: web["Environment"].append({"Name": "SECRET_KEY", "Value": "x"}),
            "shows SECRET_KEY to whoever may describe it: a secret belongs into Secrets",
        ),
    ],
)
def test_it_refuses_a_container(change: Change, what: str) -> None:
    template = load(INFRA_DIR / "container" / "fargate.yaml")
    change(template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0])
    assert template_findings(template) == [f"Task: {what}"]


def test_it_refuses_a_task_without_a_role() -> None:
    template = load(INFRA_DIR / "container" / "fargate.yaml")
    del template["Resources"]["Task"]["Properties"]["TaskRoleArn"]
    assert template_findings(template) == ["Task: has no role of its own"]


def test_the_command_says_what_it_found_and_fails(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = {"production": {**STAGES["production"], "debug": True}}
    file = tmp_path / SETTINGS.name
    file.write_text(json.dumps(stages))
    monkeypatch.setattr(lint, "SETTINGS", file)
    assert [finding.split(":")[1] for finding in findings()] == [" production.debug"]
    (tmp_path / "big.yaml").write_text("Resources: {}\n#" + "x" * lint.TEMPLATE_BYTES)
    monkeypatch.setattr(lint, "INFRA_DIR", tmp_path)
    assert any("/big.yaml: CloudFormation takes 51200 bytes" in finding for finding in findings())
