"""Refuses settings of zappa_settings.json that would be open, talkative or forgetful, or that AWS refuses."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

OLDEST_RUNTIME = (3, 12)  # python3.11 and before have glibc 2.26, for which Pillow has no wheel any more
PERCENTS = (0, 1, 2, 5, 10, 20, 25, 50, 100)  # each request that is counted stands for a whole number of them
API_CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")  # GB
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
SECRET = re.compile(r"secret|password|token|private_?key", re.IGNORECASE)

Json = dict[str, Any]


class BadSettings(ValueError):
    """The file is none that anything can be looked up in. The message says where."""


def read(path: Path) -> Json:
    """The stages of a file of settings. Raises BadSettings."""
    try:
        stages = json.loads(path.read_text())
    except ValueError as error:
        raise BadSettings(f"{path.name} is no JSON: {error}") from None
    if problem := next(_misbuilt(stages), ""):
        raise BadSettings(f"{path.name}: {problem}")
    return dict(stages)


def _misbuilt(stages: object) -> Iterator[str]:
    """What would end everything that reads the stages."""
    if not isinstance(stages, dict) or not stages:
        yield "an object with a stage at least, such as `production`"
        return
    for name, stage in stages.items():
        if not isinstance(stage, dict):
            yield f"{name}: an object with the settings of this stage"
            return
        base, passed = stage.get("extends"), {name}
        while base is not None:
            if base in passed or not isinstance(stages.get(base), dict):
                yield f"{name}.extends: another stage of this file, and in the end one that extends none"
            passed.add(base)
            base = stages[base].get("extends")
        settings = merged(stages, name)
        for setting in ("deploy", "aws_environment_variables"):
            if not isinstance(settings.get(setting, {}), dict):
                yield f"{name}.{setting}: an object"
        for setting in ("project_name", "aws_region"):
            if not isinstance(settings.get(setting), str):
                yield f"{name}.{setting}: a text, which every stage needs"


def merged(stages: Json, name: str) -> Json:
    """A stage's settings with those of the stages it extends, as Zappa reads them."""
    stage: Json = stages[name]
    base = merged(stages, stage["extends"]) if "extends" in stage else {}
    return {**base, **{key: value for key, value in stage.items() if key != "extends"}}


def zappa_findings(stages: Json) -> list[str]:
    """What is wrong with these stages, as sentences that begin with the stage and the setting."""
    return [f"{name}.{finding}" for name in stages for rule in _RULES for finding in rule(merged(stages, name))]


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
    "architecture": ("x86_64", lambda name: name not in ("x86_64", "arm64"), "`x86_64` or `arm64`, as text"),
    "snap_start": (
        "None",
        lambda kind: kind != "None",
        "Zappa would publish versions of its own and hold them by an alias: set deploy.snap_start",
    ),
    **dict.fromkeys(
        ("environment_variables", "remote_env", "remote_env_bucket", "remote_env_file"),
        (None, bool, "no function is told of it: set aws_environment_variables"),
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


def _snap_start(stage: Json) -> Iterator[str]:
    """What Lambda refuses beside it (docs.aws.amazon.com/lambda/latest/dg/snapstart.html)."""
    beside = [name for name in ("provisioned_concurrency", "efs_config", "docker_image_uri") if stage.get(name)]
    if stage.get("ephemeral_storage", {}).get("Size", 512) > 512:
        beside.append("more than 512 MB of ephemeral_storage")
    if stage.get("deploy", {}).get("snap_start") is True and beside:
        yield f"deploy.snap_start: Lambda refuses it with {', '.join(beside)}"


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
    for name, value in stage.get("aws_environment_variables", {}).items():
        if SECRET.search(name) and not str(value).startswith("ssm:/"):
            yield f"aws_environment_variables.{name}: a secret belongs into Parameter Store (see CONTRIBUTING.md)"


def _domain(stage: Json) -> Iterator[str]:
    """What CloudFront would refuse at the end of a deployment."""
    options = stage.get("deploy", {})
    domain, certificate = options.get("domain", ""), options.get("certificate_arn", "")
    if domain and not HOST.fullmatch(str(domain)):
        yield "deploy.domain: a host name in small letters, such as `blog.example.org`"
    if not domain or not options.get("edge", True):
        return
    if not certificate and not options.get("hosted_zone_id"):
        yield "deploy.domain: set `hosted_zone_id`, to have a certificate made, or `certificate_arn`"
    if certificate and str(certificate).split(":")[2:4] != ["acm", "us-east-1"]:
        yield "deploy.certificate_arn: CloudFront takes certificates of us-east-1 alone"


# What Lambda takes.
_RANGES = {"memory_size": (128, 10_240), "timeout_seconds": (1, 900)}
_ADDRESS = re.compile("[^@ ]+@[^@ ]+")  # as the templates take it: a name before it is refused
# What each setting of `deploy` is; `home_region` is put in by the commands of a second region.
_FLAGS = ("accelerate_uploads", "edge", "near_second", "protected", "replicate_users", "snap_start", "staff_mfa")
_NUMBERS = ("burst", "canary_look_seconds", "canary_minutes", "count_reads", "monthly_budget", "requests_per_second")
_TEXTS = (
    "alarm_mail", "api_cache", "certificate_arn", "dax", "domain", "firewall", "hosted_zone_id", "home_region",
    "mail_from",
)  # fmt: skip


def _mistyped(stage: Json) -> Iterator[str]:
    """A setting that nobody reads would do nothing, and `"false"` would be true."""
    for name, (least, most) in _RANGES.items():
        if type(value := stage.get(name, most)) is not int or not least <= value <= most:
            yield f"{name}: a whole number from {least} to {most}"
    for name, value in stage.get("deploy", {}).items():
        if name not in (*_FLAGS, *_NUMBERS, *_TEXTS):
            yield f"deploy.{name}: there is no such setting"
        elif (name in _FLAGS) != isinstance(value, bool):
            yield f"deploy.{name}: true or false" if name in _FLAGS else f"deploy.{name}: neither true nor false"
        elif name in _NUMBERS and not isinstance(value, int | float):
            yield f"deploy.{name}: a number"
        elif name in _TEXTS and not isinstance(value, str):
            yield f"deploy.{name}: a text"


def _options(stage: Json) -> Iterator[str]:
    options = stage.get("deploy", {})
    for name in ("mail_from", "alarm_mail"):
        if (address := options.get(name)) and not _ADDRESS.fullmatch(str(address)):
            yield f"deploy.{name}: an address alone, such as `hello@example.org`"
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


_RULES = (
    _refused_values,
    _runtime,
    _snap_start,
    _public_doors,
    _endpoint,
    _secrets_in_files,
    _mistyped,
    _domain,
    _options,
)
