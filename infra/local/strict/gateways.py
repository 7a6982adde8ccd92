"""Rules of API Gateway: it writes logs by the account's role alone, and renames a header of answers."""

from typing import Any

from ministack.services import apigateway_v1 as gateway

from infra.local.strict.places import Asked, Call, around, refuse

_RENAMED = "www-authenticate"


def install() -> None:
    """Have a stage refuse to log in an account and region without a role for it, and rename what functions answer.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (REST APIs)
    """

    refuse(gateway, "_update_stage", without_role, lambda why: gateway._v1_error("BadRequestException", why, 400))

    @around(gateway, "_lambda_proxy_response")
    def proxy_response(answer: Call, result: object) -> Any:
        found, error = answer(result)
        for part in ("headers", "multiValueHeaders"):
            if found and found.get(part):
                found[part] = {_name(name): value for name, value in found[part].items()}
        return found, error


def without_role(api: str, stage: str, asked: Asked) -> str:
    """Nobody's logs are written without the account's role."""
    role = (gateway._account_settings.get("settings") or {}).get("cloudwatchRoleArn")
    if role or not any(map(_logs, asked.get("patchOperations", []))):
        return ""
    return "CloudWatch Logs role ARN must be set in account settings to enable logging"


def _name(header: str) -> str:
    return f"x-amzn-Remapped-{header}" if header.lower() == _RENAMED else header


def _logs(operation: Asked) -> bool:
    path, value = str(operation.get("path")), operation.get("value")
    return path.startswith("/accessLogSettings/") or (path.endswith("/logging/loglevel") and value != "OFF")
