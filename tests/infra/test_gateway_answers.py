"""What is answered before the function is asked, past limits or for one that fails: as the API says its errors are."""

import json

import pytest
import urllib3

from infra.deploy import gateway
from infra.lint import INFRA_DIR, SETTINGS, load
from infra.settings_lint import merged
from tests.infra.gateway import STAGE, URI, CachedDeployment


@pytest.fixture(scope="module")
def deployment() -> CachedDeployment:
    found = CachedDeployment(merged(json.loads(SETTINGS.read_text()), STAGE))
    found.configure()
    return found


@pytest.mark.parametrize(
    ("kind", "status", "wait"),
    [
        ("THROTTLED", 429, "'1'"),
        ("REQUEST_TOO_LARGE", 413, None),
        ("DEFAULT_5XX", 503, "'2'"),
        ("INTEGRATION_TIMEOUT", 503, "'2'"),
    ],
)
def test_it_is_a_problem_that_any_page_may_read(
    deployment: CachedDeployment, kind: str, status: int, wait: str | None
) -> None:
    client = deployment.client("apigateway")
    answer = client.get_gateway_response(restApiId=deployment.api, responseType=kind)
    assert answer["statusCode"] == str(status)
    headers = {name.rpartition(".")[2]: value for name, value in answer["responseParameters"].items()}
    assert headers["Content-Type"] == "'application/problem+json'"
    assert headers["Access-Control-Allow-Origin"] == "'*'"
    assert headers.get("Retry-After") == wait
    problem = json.loads(answer["responseTemplates"]["application/json"])
    assert problem.keys() == {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == status


def test_the_stage_answers_so(deployment: CachedDeployment) -> None:
    """By a method that API Gateway refuses without the function."""
    client, api = deployment.client("apigateway"), deployment.api
    pool = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_none"
    authorizer = client.create_authorizer(
        restApiId=api,
        name="users",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool],
        identitySource="method.request.header.Authorization",
    )["id"]
    root = next(each["id"] for each in client.get_resources(restApiId=api)["items"] if each["path"] == "/")
    place = {"restApiId": api, "resourceId": root, "httpMethod": "DELETE"}
    client.put_method(**place, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer)
    client.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=URI)
    client.create_deployment(restApiId=api, stageName=STAGE)
    answer = urllib3.request("DELETE", f"{client.meta.endpoint_url}/_aws/execute-api/{api}/{STAGE}/")
    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_firewall_says_when_to_come_again() -> None:
    rules = load(INFRA_DIR / "edge.yaml")["Resources"]["Firewall"]["Properties"]["Rules"]
    rule = next(each for each in rules if each["Name"] == "requests-per-address")
    headers = {each["Name"]: each["Value"] for each in rule["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]}
    assert headers["Retry-After"] == str(rule["Statement"]["RateBasedStatement"]["EvaluationWindowSec"])
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_another_deployment_changes_what_is_missing_and_no_more(deployment: CachedDeployment) -> None:
    client, api = deployment.client("apigateway"), deployment.api
    before = client.get_stage(restApiId=api, stageName=STAGE)["deploymentId"]
    deployment.configure()
    assert client.get_stage(restApiId=api, stageName=STAGE)["deploymentId"] == before
    client.delete_gateway_response(restApiId=api, responseType="THROTTLED")
    assert gateway.missing(deployment) == ["API Gateway answers by itself what pages elsewhere can't read"]
    deployment.configure()
    assert gateway.missing(deployment) == []
    assert client.get_stage(restApiId=api, stageName=STAGE)["deploymentId"] != before
