"""Refuses deployments that would be open, talkative or forgetful: `python -m infra.lint` looks at all of infra/.

cfn-lint knows what CloudFormation accepts, checkov what most refuse, such as public buckets; this knows what went wrong
with settings they would accept.
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
from infra.settings_lint import SECRET, BadSettings, merged, read, zappa_findings

INFRA_DIR: Path = Path(__file__).resolve().parent
SETTINGS = INFRA_DIR.parent / "zappa_settings.json"
TEMPLATE_BYTES = 51_200  # what CloudFormation takes in a request
# AWS knows no resources of these: a policy that names some would allow nothing.
_MORE = {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
WITHOUT_RESOURCES = {"dynamodb:ListStreams", "scheduler:ListSchedules", "ses:GetAccount", *_MORE}
PRIVATE_PATHS = ("/api/me/", "/admin/", *(path for service in SERVICES for path in service.private_paths))
CACHE_NEVER = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
Json = dict[str, Any]


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
    return dict(yaml.load(text, _Loader))  # noqa: S506 - a safe loader with short forms


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
    yield from (branch for each in document["Statement"] for branch in branches(each) if "Effect" in branch)


def _resource_policy(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    for statement in _statements(properties["PolicyDocument"]):
        everyone = statement.get("Principal") in ("*", {"AWS": "*"})
        if statement["Effect"] == "Allow" and everyone:
            yield "is open to everyone"
        elif statement["Effect"] == "Allow" and "Condition" not in statement and "Service" in statement["Principal"]:
            yield "lets a service act for any account: name the source in a condition"


def _bucket(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "BucketEncryption" not in properties:
        yield "is not encrypted"


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
    # Lambda makes none whose function may not read its source, and an update would bring both at the same time.
    policies = {each for each, other in template["Resources"].items() if other["Type"] == "AWS::IAM::ManagedPolicy"}
    if properties.get("FunctionName") == {"Ref": "FunctionArn"} and not policies <= _depends_on(template, name):
        yield f"may be made before its function may read it: DependsOn {', '.join(sorted(policies))}"
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


def _loop(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    resources, called, queue = template["Resources"], properties["FunctionName"], properties["EventSourceArn"]
    worker = called["Fn::If"][1].get("Ref", "") if isinstance(called, dict) and "Fn::If" in called else ""
    function = resources.get(worker, {}).get("Properties", {})
    role = resources.get(function.get("Role", {}).get("Fn::GetAtt", "").removesuffix(".Arn"), {})
    for policy in role.get("Properties", {}).get("Policies", []):
        for each in _statements(policy["PolicyDocument"]):
            sends = "sqs:SendMessage" in _listed(each.get("Action")) and queue in _listed(each.get("Resource"))
            if sends and "RecursiveLoop" not in function:
                yield f"calls {worker}, which sends to this queue: Lambda stops that after 16 times; set RecursiveLoop"


def _table(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "DeletionProtectionEnabled" not in properties:
        yield "can be deleted by mistake"
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    indexed = [each for each, other in template["Resources"].items() if _has_indexes(other)]
    if name in indexed[1:] and (before := indexed[indexed.index(name) - 1]) not in _depends_on(template, name):
        yield f"is made at the same time as {before}: DynamoDB makes one table with indexes after another; DependsOn it"


def _has_indexes(resource: Json) -> bool:
    is_table = resource["Type"] == "AWS::DynamoDB::Table"
    return is_table and any("SecondaryIndexes" in key for key in resource.get("Properties", {}))


def _user_pool(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    updates = properties.get("UserAttributeUpdateSettings", {})
    if "email" not in updates.get("AttributesRequireVerificationBeforeUpdate", []):
        yield "takes addresses nobody has shown to be theirs"


def _function(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    runtime = properties.get("Runtime") or template.get("Globals", {}).get("Function", {}).get("Runtime")
    if isinstance(runtime, dict):
        runtime = template["Parameters"][runtime["Ref"]].get("Default")
    if not re.fullmatch(r"python\d+\.\d+", str(runtime)):
        yield "has no pinned runtime"


def _distribution(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    config = properties["DistributionConfig"]
    behaviors = [branches(each)[0] for each in config.get("CacheBehaviors", [])]
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
    return [each for branch in branches(value or {}) for each in branch.get("Items", [])]


def _task(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    if "TaskRoleArn" not in properties:
        yield "has no role of its own"
    for container in properties["ContainerDefinitions"]:
        for variable in container.get("Environment", []):
            if SECRET.search(variable["Name"]):
                yield f"shows {variable['Name']} to whoever may describe it: a secret belongs into Secrets"
        if not container.get("ReadonlyRootFilesystem"):
            yield "may write over its own code: set ReadonlyRootFilesystem"
        if container.get("Privileged"):
            yield "has the rights of its host: Privileged"
        for key in {"HealthCheck", "LogConfiguration"} - container.keys():
            yield f"has no {key}"


def _account_wide(template: Json, name: str, properties: Json, timeout: int) -> Iterator[str]:
    yield "belongs to the account: a second stack can't make it, and the first one's end takes it from all others"


def branches(value: object) -> list[Any]:
    """What a value may be: both branches of a condition, or itself."""
    return value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value]


def resolved(template: Json, value: object) -> Any:
    """A value of a template, looked up if it names a mapping."""
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        table, first, second = value["Fn::FindInMap"]
        return template["Mappings"][table][first][second]
    return value


def _depends_on(template: Json, name: str) -> set[str]:
    return set(_listed(template["Resources"][name].get("DependsOn", [])))


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
    "AWS::Lambda::EventSourceMapping": (_mapping, _loop),
    "AWS::DynamoDB::Table": (_table,),
    "AWS::Cognito::UserPool": (_user_pool,),
    "AWS::Lambda::Function": (_function,),
    "AWS::Serverless::Function": (_function,),
    "AWS::CloudFront::Distribution": (_distribution,),
    "AWS::SES::EmailIdentity": (_account_wide,),
    "AWS::ApiGateway::Account": (_account_wide,),
    "AWS::ECS::TaskDefinition": (_task,),
}


# --- All of it -----------------------------------------------------------------------------------------------------


def findings() -> list[str]:
    """What is wrong with the project's own settings and templates."""
    try:
        stages = read(SETTINGS)
    except BadSettings as error:
        return [str(error)]
    found = [f"{SETTINGS.name}: {finding}" for finding in zappa_findings(stages)]
    timeouts = [merged(stages, name).get("timeout_seconds", 30) for name in stages]
    timeout = max((each for each in timeouts if isinstance(each, int)), default=30)
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
