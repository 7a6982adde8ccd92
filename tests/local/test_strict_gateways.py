"""What API Gateway wants of an account before it logs."""

from typing import Any
from uuid import uuid4

import pytest

from tests.local.account import Account, refusal

LOGS = {"/*/*/logging/loglevel": "ERROR", "/accessLogSettings/format": "$context.requestId"}


@pytest.mark.parametrize("path", LOGS)
def test_a_stage_logs_once_the_account_has_a_role_for_it(account: Account, path: str) -> None:
    gateway: Any = account.client("apigateway", region_name=f"eu-west-{len(path) % 3 + 1}")
    api = gateway.create_rest_api(name=str(uuid4()))["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="MOCK")
    gateway.create_deployment(restApiId=api, stageName="one")

    def change(value: str) -> Any:
        operation = {"op": "replace", "path": path, "value": value}
        return gateway.update_stage(restApiId=api, stageName="one", patchOperations=[operation])

    assert refusal(lambda: change(LOGS[path])) == "BadRequestException"
    if path.endswith("loglevel"):
        change("OFF")
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}
    gateway.update_account(patchOperations=[role])
    change(LOGS[path])
