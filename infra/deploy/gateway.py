"""What Zappa leaves out of an API Gateway stage: access logs, throttling, tracing, stage variables."""

import json
from typing import Any

from infra.deploy.deployment import DeployError, Deployment

# No path: that of a draft's secret link and of an unsubscribe link is all that opens it.
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


def configure(deployment: Deployment, *, access_logs_arn: str, logs_role_arn: str) -> None:
    """Set the stage up. Every deployment does so again, because Zappa's makes some of it anew."""
    gateway = deployment.client("apigateway")
    _name_logs_role(gateway, logs_role_arn)
    api = deployment.api_id()
    if not api:
        raise DeployError(f"There is no API Gateway for {deployment.stage}: its stack {deployment.function} is gone.")
    values = {
        "/accessLogSettings/destinationArn": access_logs_arn.removesuffix(":*"),
        "/accessLogSettings/format": json.dumps(ACCESS_LOG, separators=(",", ":")),
        "/*/*/throttling/rateLimit": str(deployment.options.get("requests_per_second", 500)),
        "/*/*/throttling/burstLimit": str(deployment.options.get("burst", 1000)),
        "/tracingEnabled": "true",
        "/variables/environment": deployment.environment,
        "/variables/services": "-".join(deployment.services),
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
    gateway.update_stage(restApiId=api, stageName=deployment.stage, patchOperations=operations)


def missing(deployment: Deployment) -> list[str]:
    """What the stage lacks of the above, as sentences."""
    gateway = deployment.client("apigateway")
    stage = gateway.get_stage(restApiId=deployment.api_id(), stageName=deployment.stage)
    methods = stage.get("methodSettings", {}).get("*/*", {})
    checks = {
        "API Gateway writes no access logs": stage.get("accessLogSettings", {}).get("destinationArn"),
        "API Gateway limits no request rates": methods.get("throttlingRateLimit"),
        "API Gateway sends no traces": stage.get("tracingEnabled"),
        "API Gateway has no stage variables": stage.get("variables"),
        "API Gateway caches answers, which may show one user's to another": not stage.get("cacheClusterEnabled"),
    }
    return [sentence for sentence, fine in checks.items() if not fine]


def _name_logs_role(gateway: Any, role_arn: str) -> None:
    # One role serves every API of the account and region: another project's choice stays.
    if not gateway.get_account().get("cloudwatchRoleArn"):
        operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}
        gateway.update_account(patchOperations=[operation])
