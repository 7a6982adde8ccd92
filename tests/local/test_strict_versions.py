"""A version is published of the code and the revision that are named, or not at all."""

from typing import Any

import pytest

from infra.deploy.deployment import Deployment
from tests.infra.functions import with_function


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return with_function()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"CodeSha256": "b3RoZXI="}, "InvalidParameterValueException"),
        ({"RevisionId": "another"}, "PreconditionFailedException"),
        ({"FunctionName": "none", "RevisionId": "another"}, "ResourceNotFoundException"),
    ],
)
def test_no_version_is_published_of_what_is_not_there(deployment: Deployment, asked: dict[str, str], code: str) -> None:
    client = deployment.client("lambda")
    with pytest.raises(client.exceptions.ClientError) as refused:
        client.publish_version(**{"FunctionName": deployment.function, **asked})
    assert refused.value.response["Error"]["Code"] == code


def test_one_is_of_what_is_there(deployment: Deployment) -> None:
    client = deployment.client("lambda")
    now: dict[str, Any] = client.get_function_configuration(FunctionName=deployment.function)
    named = {name: now[name] for name in ("CodeSha256", "RevisionId")}
    assert client.publish_version(FunctionName=deployment.function, **named)["Version"] == "1"
