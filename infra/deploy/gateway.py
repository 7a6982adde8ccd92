"""What Zappa leaves out of an API Gateway stage: access logs, throttling, tracing, stage variables, its own answers."""

import json
import time
from contextlib import suppress
from typing import Any

from infra.deploy import gateway_cache
from infra.deploy.deployment import DeployError, Deployment
from rest.problems import Problem, ServiceUnavailable, TooLarge, TooManyRequests

# Without paths: the path of a draft's link or an unsubscribe link is all that one needs to open it.
ACCESS_LOG = {
    "time": "$context.requestTime",
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "integration_ms": "$context.integrationLatency",
    "error": "$context.error.message",
    "address": "$context.identity.sourceIp",
    "user_agent": "$context.identity.userAgent",
}

# What it answers by itself, as the API would. What the function was about when it failed or took too long is not known.
_FAILURE = ServiceUnavailable(retry_after=2)
OWN_ANSWERS: dict[str, Problem | None] = {
    "DEFAULT_4XX": None,
    "THROTTLED": TooManyRequests("The site takes no more requests this second.", retry_after=1),
    "REQUEST_TOO_LARGE": TooLarge(),
    "DEFAULT_5XX": _FAILURE,
    "API_CONFIGURATION_ERROR": _FAILURE,
    "INTEGRATION_FAILURE": _FAILURE,
    "INTEGRATION_TIMEOUT": _FAILURE,
}

LOGS_ROLE = "serverless-django-gateway-logs"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
_ROLE_TRIES, _ROLE_PAUSE_SECONDS = 15, 2.0
_LOG_DAYS = 30  # as infra/function.yaml has it


def configure(deployment: Deployment, *, access_logs_arn: str) -> None:
    """Set the stage up. Every deployment does so again, because Zappa's makes some of it anew.

    Raises DeployError without an API.
    """
    gateway = deployment.client("apigateway")
    api = deployment.api_id()
    if not api:
        raise DeployError(f"There is no API Gateway for {deployment.stage}: its stack {deployment.function} is gone.")
    make_logs(deployment, api)
    make_answers(deployment, api)
    gateway_cache.make_methods(deployment, api)
    limits = {
        "throttling/rateLimit": str(deployment.options.get("requests_per_second", 500)),
        "throttling/burstLimit": str(deployment.options.get("burst", 1000)),
    }
    values = {
        "/accessLogSettings/destinationArn": access_logs_arn.removesuffix(":*"),
        "/accessLogSettings/format": json.dumps(ACCESS_LOG, separators=(",", ":")),
        **{f"/*/*/{name}": value for name, value in limits.items()},
        "/tracingEnabled": "true",
        "/variables/environment": deployment.environment,
        "/variables/log_level": deployment.settings.get("log_level", "INFO"),
        "/variables/services": "-".join(deployment.services),
        **dict(gateway_cache.stage_values(deployment, limits)),
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    gateway.update_stage(restApiId=api, stageName=deployment.stage, patchOperations=operations)


def missing(deployment: Deployment) -> list[str]:
    """What the stage lacks of the above, as sentences."""
    gateway = deployment.client("apigateway")
    api = deployment.api_id()
    stage = gateway.get_stage(restApiId=api, stageName=deployment.stage)
    methods = stage.get("methodSettings", {}).get("*/*", {})
    checks = {
        "API Gateway writes no access logs": stage.get("accessLogSettings", {}).get("destinationArn"),
        "API Gateway limits no request rates": methods.get("throttlingRateLimit"),
        "API Gateway sends no traces": stage.get("tracingEnabled"),
        "API Gateway has no stage variables": stage.get("variables"),
        "API Gateway's role for logs is gone": _logs_role(deployment),
        "API Gateway answers by itself what pages elsewhere can't read": not _other_answers(deployment, api),
    }
    lacking = [sentence for sentence, fine in checks.items() if not fine]
    return [*lacking, *gateway_cache.problems(deployment, api, stage)]


def make_answers(deployment: Deployment, api: str) -> None:
    """Have what API Gateway answers by itself be problems that any page may read, as what the function answers is."""
    gateway = deployment.client("apigateway")
    others = _other_answers(deployment, api)
    for answer in others:
        gateway.put_gateway_response(restApiId=api, **answer)
    if others:
        gateway.create_deployment(restApiId=api, stageName=deployment.stage)


def _other_answers(deployment: Deployment, api: str) -> list[dict[str, Any]]:
    """Those of OWN_ANSWERS that are not as they should be, as they should be."""
    found = deployment.client("apigateway").get_gateway_responses(restApiId=api)["items"]
    there = {each["responseType"]: each for each in found}
    wanted = [_own_answer(kind, problem) for kind, problem in OWN_ANSWERS.items()]
    return [each for each in wanted if not each.items() <= there.get(each["responseType"], {}).items()]


def _own_answer(kind: str, problem: Problem | None) -> dict[str, Any]:
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    answer: dict[str, Any] = {"responseType": kind}
    if problem is not None:
        headers |= {"Cache-Control": "no-store", "Content-Type": "application/problem+json", **problem.headers}
        body = json.dumps(problem.data("$context.requestId"))
        answer |= {"statusCode": str(problem.status), "responseTemplates": {"application/json": body}}
    return {
        **answer,
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{said}'" for name, said in headers.items()},
    }


def make_logs(deployment: Deployment, api: str) -> None:
    """Have what API Gateway logs of errors kept as other logs are: it would make the group by itself, for ever."""
    logs, name = deployment.client("logs"), _logs(deployment, api)
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=_LOG_DAYS)


def delete_logs(deployment: Deployment, api: str) -> None:
    """Delete them, once the API is gone."""
    logs = deployment.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=_logs(deployment, api))


def _logs(deployment: Deployment, api: str) -> str:
    return f"API-Gateway-Execution-Logs_{api}/{deployment.stage}"


def make_logs_role(deployment: Deployment) -> None:
    """Have API Gateway a role to write logs with, before Zappa's stage wants one: without it AWS refuses the stage.

    One serves every API of the account and region, so it is kept. Another project's role stays, as long as it is there.
    No stack has it: its end would take it from all others.
    """
    if _logs_role(deployment):
        return
    iam = deployment.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=LOGS_ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
    policy = f"arn:{deployment.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    iam.attach_role_policy(RoleName=LOGS_ROLE, PolicyArn=policy)
    arn = iam.get_role(RoleName=LOGS_ROLE)["Role"]["Arn"]
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    gateway = deployment.client("apigateway")
    # A new role takes seconds to be known everywhere, and this may be asked once in twenty:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    later = gateway.exceptions.BadRequestException, gateway.exceptions.TooManyRequestsException
    for left in reversed(range(_ROLE_TRIES)):
        try:
            gateway.update_account(patchOperations=[operation])
        except later:
            if not left:
                raise
            time.sleep(_ROLE_PAUSE_SECONDS)
        else:
            return


def _logs_role(deployment: Deployment) -> str:
    """The role API Gateway writes logs with; empty when none is named, or the one named is gone."""
    arn = str(deployment.client("apigateway").get_account().get("cloudwatchRoleArn") or "")
    iam = deployment.client("iam")
    try:
        return arn and str(iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return ""
