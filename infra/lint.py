"""Refuses deployments that would be open, talkative or forgetful: `python -m infra.lint` looks at all of infra/.

cfn-lint knows what CloudFormation accepts; this knows what went wrong with settings it would accept.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml, and is ten times slower
    from yaml import SafeLoader  # type: ignore[assignment]

from config.services import SERVICES
from infra.edge_template import completed

INFRA_DIR: Path = Path(__file__).resolve().parent
SETTINGS = INFRA_DIR.parent / "zappa_settings.json"
TEMPLATE_BYTES = 51_200  # what CloudFormation takes in a request
OLDEST_RUNTIME = (3, 12)  # python3.11 and before have glibc 2.26, for which Pillow has no wheel any more
# AWS knows no resources of these: a policy that names some would allow nothing.
_MORE = {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
WITHOUT_RESOURCES = {"dynamodb:ListStreams", "scheduler:ListSchedules", "ses:GetAccount", *_MORE}
PERCENTS = (0, 1, 2, 5, 10, 20, 25, 50, 100)  # each request that is counted stands for a whole number of them
PRIVATE_PATHS = ("/api/me/", "/admin/", *(path for service in SERVICES for path in service.private_paths))
API_CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")  # GB
CACHE_NEVER = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_SECRET = re.compile(r"secret|password|token|private_?key", re.IGNORECASE)

Json = dict[str, Any]


# --- zappa_settings.json -------------------------------------------------------------------------------------------


def merged(stages: Json, name: str) -> Json:
    """A stage's settings with those of the stages it extends, as Zappa reads them."""
    stage: Json = stages[name]
    base = merged(stages, stage["extends"]) if "extends" in stage else {}
    return {**base, **{key: value for key, value in stage.items() if key != "extends"}}


def zappa_findings(stages: Json) -> list[str]:
    """What is wrong with these stages, as sentences that begin with the stage and the setting."""
    return [
        f"{name}.{finding}"
        for name in stages
        for rule in (_refused_values, _runtime, _public_doors, _endpoint, _secrets_in_files, _options)
        for finding in rule(merged(stages, name))
    ]


# setting: (Zappa's default, the values that are refused, why)
_REFUSED: dict[str, tuple[Any, Callable[[Any], bool], str]] = {
    "manage_roles": (True, bool, "Zappa's role may do everything to every table, bucket and queue of the account"),
    "debug": (True, bool, "Zappa's default is true, and shows tracebacks to everyone"),
    "log_level": ("DEBUG", lambda level: level == "DEBUG", "whole events would be logged, with everybody's tokens"),
    "cloudwatch_data_trace": (False, bool, "API Gateway would log requests and answers with everybody's tokens"),
    "cache_cluster_enabled": (False, bool, "Zappa gives the cache no keys: one user would be shown another's answer"),
    "keep_warm": (True, bool, "an event every four minutes that nothing here handles"),
    "touch": (True, bool, "it asks for `/` before anything is in service; the checks after deploying ask for health"),
    "events": ([], bool, "Zappa drops what a source needs to lose nothing; a service's stack.yaml has them"),
    "cognito": (None, bool, "it sets every setting of the user pool that it does not name back to its default"),
    "slim_handler": (False, bool, "the package is small enough, and each cold start would fetch it from S3"),
    "exclude": ([], bool, "it matches a name at any depth: `media` would drop the service; the package is built here"),
    "num_retained_versions": (10, lambda kept: kept is not None, "it may delete the version that is live; set null"),
    "lambda_handler": (
        "handler.lambda_handler",
        lambda handler: handler != "config.lambda_handler.handler",
        "Zappa's handler runs a function again on a TypeError and drops what it can't route",
    ),
    "apigateway_lambda_qualifier": (
        None, lambda alias: alias != "live", "requests would meet new code with old variables: set `live`",
    ),
    "payload_compression": (True, lambda on: not on, "answers would be sent uncompressed"),
}  # fmt: skip


def _refused_values(stage: Json) -> Iterator[str]:
    for setting, (default, is_refused, why) in _REFUSED.items():
        if is_refused(stage.get(setting, default)):
            yield f"{setting}: {why}"


def _runtime(stage: Json) -> Iterator[str]:
    found = re.fullmatch(r"python(\d+)\.(\d+)", str(stage.get("runtime")))
    if not found:
        yield "runtime: pin it, or it depends on the machine that deploys"
    elif (int(found[1]), int(found[2])) < OLDEST_RUNTIME:
        yield "runtime: Lambda's python3.11 and before are too old for Pillow's and cryptography's wheels"


def _public_doors(stage: Json) -> Iterator[str]:
    if stage.get("apigateway_version", "v1") == "v2" and (stage.get("authorizer") or stage.get("iam_authorization")):
        yield "apigateway_version: Zappa drops the authorizer of a v2 API, which is then open to all"
    if stage.get("function_url_enabled"):
        yield "function_url_enabled: a door without API Gateway's limits and logs, open to all"


def _endpoint(stage: Json) -> Iterator[str]:
    kinds, has_edge = stage.get("endpoint_configuration", []), stage.get("deploy", {}).get("edge", True)
    if len(kinds) != 1 or kinds[0] not in {"EDGE", "REGIONAL", "PRIVATE"}:
        yield 'endpoint_configuration: one of ["EDGE"], ["REGIONAL"] and ["PRIVATE"]; without it AWS takes EDGE'
    elif kinds == ["EDGE"] and has_edge:
        yield "endpoint_configuration: requests would go through two CloudFronts; set REGIONAL, or `edge` to false"
    elif kinds == ["PRIVATE"] and has_edge:
        yield "endpoint_configuration: CloudFront does not reach a private API; set `edge` to false"
    elif kinds == ["PRIVATE"] and not stage.get("apigateway_policy"):
        yield "endpoint_configuration: a private API answers nobody without `apigateway_policy`, the file of its policy"


def _secrets_in_files(stage: Json) -> Iterator[str]:
    for setting in ("environment_variables", "aws_environment_variables"):
        for name, value in stage.get(setting, {}).items():
            if _SECRET.search(name) and not str(value).startswith("ssm:/"):
                yield f"{setting}.{name}: a secret belongs into Parameter Store"


def _options(stage: Json) -> Iterator[str]:
    options = stage.get("deploy", {})
    if options.get("firewall", "count") not in {"count", "block"}:
        yield "deploy.firewall: `count` or `block`"
    if options.get("count_reads", 0) not in PERCENTS:
        yield f"deploy.count_reads: one of {', '.join(map(str, PERCENTS))}, the percentage of requests that is counted"
    if options.get("monthly_budget") and not options.get("alarm_mail"):
        yield "deploy.monthly_budget: nobody would be told; set `alarm_mail`"
    if (size := options.get("api_cache", "")) and size not in API_CACHE_SIZES:
        yield f"deploy.api_cache: its size in GB as text, one of {', '.join(API_CACHE_SIZES)}"
    elif size and options.get("edge", True):
        yield "deploy.api_cache: CloudFront caches already; set `edge` to false to have API Gateway cache instead"
    elif size and stage.get("apigateway_version", "v1") != "v1":
        yield "deploy.api_cache: HTTP APIs (v2) have no cache"


# --- Templates -----------------------------------------------------------------------------------------------------


class _Loader(SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is {"Ref": "X"}, `!Sub` and others {"Fn::Sub": ...}."""


def _short_form(loader: SafeLoader, suffix: str, node: yaml.Node) -> Json:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind of node
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def load(path: Path) -> Json:
    """A template as CloudFormation reads it; CloudFront's with what the services declare."""
    template = parsed(path.read_text())
    return completed(template) if path.name == "edge.yaml" else template


def text_of(path: Path) -> str:
    """A template as CloudFormation is given it."""
    return json.dumps(load(path), separators=(",", ":")) if path.name == "edge.yaml" else path.read_text()


def parsed(text: str) -> Json:
    """A template's text as CloudFormation reads it."""
    template: Json = yaml.load(text, _Loader)  # noqa: S506 - a safe loader with short forms
    return template


def templates() -> list[Path]:
    """Every template: the shared ones in infra/, and each service's own beside it. infra/tools/ has linters' rules."""
    found = [*INFRA_DIR.rglob("*.yaml"), *INFRA_DIR.parent.glob("*/stack.yaml")]
    return sorted(path for path in found if path.parent.name != "tools")


def template_findings(template: Json, timeout_seconds: int = 60) -> list[str]:
    """What is wrong with a template, as sentences that begin with the resource."""
    return [
        f"{name}: {finding}"
        for name, resource in template.get("Resources", {}).items()
        for rule in _RULES.get(resource["Type"], ())
        for finding in rule(template, name, resource.get("Properties", {}), timeout_seconds)
    ]


def _role(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    for policy in properties.get("Policies", []):
        yield from _permissions(policy["PolicyDocument"])


def _policy(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    yield from _permissions(properties["PolicyDocument"])


def _permissions(document: Json) -> Iterator[str]:
    for statement in _statements(document):
        actions = _listed(statement.get("Action", []))
        if statement["Effect"] != "Allow":
            continue
        if "NotAction" in statement or "NotResource" in statement:
            yield "allows all but what it names"
        for action in actions:
            if "*" in action:
                yield f"allows the wildcard action {action}"
        if "*" not in _listed(statement.get("Resource", [])) and (named := set(actions) & WITHOUT_RESOURCES):
            yield f"allows {', '.join(named)} on named resources, which AWS does not know: that allows nothing"
        if "*" in _listed(statement.get("Resource", [])) and not set(actions) <= WITHOUT_RESOURCES:
            yield f"allows {', '.join(actions)} on every resource"


def _statements(document: Json) -> Iterator[Json]:
    """The policy's statements, those too that a condition adds."""
    for statement in document["Statement"]:
        branches = statement["Fn::If"][1:] if "Fn::If" in statement else [statement]
        yield from (branch for branch in branches if "Effect" in branch)


def _resource_policy(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    for statement in _statements(properties["PolicyDocument"]):
        everyone = statement.get("Principal") in ("*", {"AWS": "*"})
        if statement["Effect"] == "Allow" and everyone:
            yield "is open to everyone"
        elif statement["Effect"] == "Allow" and "Condition" not in statement and "Service" in statement["Principal"]:
            yield "lets a service act for any account: name the source in a condition"


def _bucket(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    block = properties.get("PublicAccessBlockConfiguration", {})
    wanted = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    if not all(block.get(each) is True for each in wanted):
        yield "may be made public"
    if "BucketEncryption" not in properties:
        yield "is not encrypted"
    if "AccessControl" in properties:
        yield "has an access control list"


def _queue(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "RedrivePolicy" not in properties and not _is_failure_queue(template, name):
        yield "has no failure queue: a message that fails is tried until it is lost"
    if "RedrivePolicy" in properties and properties.get("VisibilityTimeout", 30) < 6 * timeout:  # as AWS advises
        yield f"shows a message again while a function of {timeout} s may still work on it"


def _is_failure_queue(template: Json, name: str) -> bool:
    arn = {"Fn::GetAtt": f"{name}.Arn"}
    targets = [
        each.get("Properties", {}).get("RedrivePolicy", {}).get("deadLetterTargetArn")
        for each in template["Resources"].values()
    ]
    mappings = [each.get("Properties", {}).get("DestinationConfig", {}) for each in template["Resources"].values()]
    return arn in targets or {"OnFailure": {"Destination": arn}} in mappings


def _mapping(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "ReportBatchItemFailures" not in properties.get("FunctionResponseTypes", []):
        yield "one bad record fails its whole batch: set ReportBatchItemFailures"
    if "Stream" not in json.dumps(properties.get("EventSourceArn")):
        if not properties.get("ScalingConfig", {}).get("MaximumConcurrency"):
            yield "may take all the account's concurrency from requests: set ScalingConfig.MaximumConcurrency"
        return
    if "StartingPosition" not in properties:
        yield "has no StartingPosition"
    if not properties.get("DestinationConfig", {}).get("OnFailure"):
        yield "drops records that fail: set DestinationConfig.OnFailure"
    if properties.get("MaximumRecordAgeInSeconds", -1) < 0:
        yield "one bad record stops its shard for a day: limit MaximumRecordAgeInSeconds"
    if not properties.get("BisectBatchOnFunctionError"):
        yield "does not split a failing batch"


def _table(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if not properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "can't be restored: enable point-in-time recovery"
    if "DeletionProtectionEnabled" not in properties:
        yield "can be deleted by mistake"


def _user_pool(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    updates = properties.get("UserAttributeUpdateSettings", {})
    if "email" not in updates.get("AttributesRequireVerificationBeforeUpdate", []):
        yield "takes addresses nobody has shown to be theirs"


def _function(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    defaults = template.get("Globals", {}).get("Function", {})
    if not re.fullmatch(r"python\d+\.\d+", str(properties.get("Runtime") or defaults.get("Runtime"))):
        yield "has no pinned runtime"


def _distribution(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    config = properties["DistributionConfig"]
    behaviors = [each.get("Fn::If", [None, each])[1] for each in config.get("CacheBehaviors", [])]
    groups = {group["Id"] for group in _items(config.get("OriginGroups"))}
    for each in [config["DefaultCacheBehavior"], *behaviors]:
        if each["TargetOriginId"] in groups and WRITES & set(each.get("AllowedMethods", [])):
            path = each.get("PathPattern", "the default behavior")
            yield f"lets {path} write to an origin group, which CloudFront refuses"
    for path in PRIVATE_PATHS:
        matching = next(
            (each for each in behaviors if each["PathPattern"] == f"{path}*"), config["DefaultCacheBehavior"]
        )
        if resolved(template, matching.get("CachePolicyId")) != CACHE_NEVER:
            yield f"may cache the private path {path}"


def _items(value: Mapping[str, Any] | None) -> list[Any]:
    """The items of one of CloudFront's lists, that of each branch when a condition chooses."""
    branches = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value or {}]
    return [each for branch in branches for each in branch.get("Items", [])]


def _task(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "TaskRoleArn" not in properties:
        yield "has no role of its own"
    for container in properties["ContainerDefinitions"]:
        for variable in container.get("Environment", []):
            if _SECRET.search(variable["Name"]):
                yield f"shows {variable['Name']} to whoever may describe it: a secret belongs into Secrets"
        if not container.get("ReadonlyRootFilesystem"):
            yield "may write over its own code: set ReadonlyRootFilesystem"
        if container.get("Privileged"):
            yield "has the rights of its host: Privileged"
        for key in {"HealthCheck", "LogConfiguration"} - container.keys():
            yield f"has no {key}"


def _listener(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if properties["Protocol"] != "HTTPS":
        yield "takes requests, with everybody's tokens, without TLS"


def _account_wide(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    yield "belongs to the account: a second stack can't make it, and the first one's end takes it from all others"


def resolved(template: Json, value: object) -> Any:
    """A value of a template, looked up if it names a mapping."""
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        table, first, second = value["Fn::FindInMap"]
        return template["Mappings"][table][first][second]
    return value


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


Rule = Callable[[Json, str, Json, int], Iterator[str]]
_RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::IAM::Role": (_role,),
    "AWS::IAM::ManagedPolicy": (_policy,),
    "AWS::IAM::Policy": (_policy,),
    "AWS::S3::Bucket": (_bucket,),
    "AWS::S3::BucketPolicy": (_resource_policy,),
    "AWS::SQS::Queue": (_queue,),
    "AWS::SQS::QueuePolicy": (_resource_policy,),
    "AWS::SNS::TopicPolicy": (_resource_policy,),
    "AWS::Lambda::EventSourceMapping": (_mapping,),
    "AWS::DynamoDB::Table": (_table,),
    "AWS::Cognito::UserPool": (_user_pool,),
    "AWS::Lambda::Function": (_function,),
    "AWS::Serverless::Function": (_function,),
    "AWS::CloudFront::Distribution": (_distribution,),
    "AWS::SES::EmailIdentity": (_account_wide,),
    "AWS::ApiGateway::Account": (_account_wide,),
    "AWS::ECS::TaskDefinition": (_task,),
    "AWS::ElasticLoadBalancingV2::Listener": (_listener,),
}


# --- All of it -----------------------------------------------------------------------------------------------------


def findings() -> list[str]:
    """What is wrong with the project's own settings and templates."""
    stages = json.loads(SETTINGS.read_text())
    found = [f"{SETTINGS.name}: {finding}" for finding in zappa_findings(stages)]
    timeout = max(merged(stages, name).get("timeout_seconds", 30) for name in stages)
    for path in templates():
        name = f"{path.parent.name}/{path.name}"
        found += [f"{name}: {finding}" for finding in template_findings(load(path), timeout)]
        if len(text_of(path)) > TEMPLATE_BYTES:
            found.append(f"{name}: CloudFormation takes {TEMPLATE_BYTES} bytes at most")
    return found


if __name__ == "__main__":
    for finding in (found := findings()):
        print(finding)  # noqa: T201 - a command
    sys.exit(bool(found))
