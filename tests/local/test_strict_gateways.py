"""What API Gateway wants of an account before it logs, and what it makes of an answer."""

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from tests.local.account import Account, refusal

CODE = "def handler(event, context):\n    return {'statusCode': 401, 'headers': {'WWW-Authenticate': 'Bearer'}}\n"
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


def test_who_is_refused_finds_the_reason_under_another_name(account: Account) -> None:
    functions: Any = account.client("lambda")
    gateway: Any = account.client("apigateway")
    code, name = io.BytesIO(), f"function-{uuid4()}"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", CODE)
    arn = functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/all",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="one")
    host = {"Host": f"{api}.execute-api.localhost"}
    answer = urllib3.request("GET", f"{account.endpoint_url}/one/", headers=host, retries=False)
    assert answer.status == 401
    assert answer.headers.get("x-amzn-Remapped-WWW-Authenticate") == "Bearer"
    assert "WWW-Authenticate" not in answer.headers
