"""Rules of API Gateway: it writes logs by the account's role alone."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any


def install(gateway: ModuleType) -> None:
    """Have a stage refuse to log in an account and region without a role for it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    update = gateway._update_stage

    def update_stage(api_id: str, stage_name: str, asked: Mapping[str, Any]) -> Any:
        role = (gateway._account_settings.get("settings") or {}).get("cloudwatchRoleArn")
        if not role and any(map(_logs, asked.get("patchOperations", []))):
            why = "CloudWatch Logs role ARN must be set in account settings to enable logging"
            return gateway._v1_error("BadRequestException", why, 400)
        return update(api_id, stage_name, asked)

    vars(gateway).update(_update_stage=update_stage)


def _logs(operation: Mapping[str, Any]) -> bool:
    path, value = str(operation.get("path")), operation.get("value")
    return path.startswith("/accessLogSettings/") or (path.endswith("/logging/loglevel") and value != "OFF")
