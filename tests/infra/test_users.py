"""A stage whose users are replicated into its second region: its stack, its replica, and what functions are told."""

import os
from secrets import token_hex

import boto3
import jwt
import pytest

from infra.deploy import environment, second_region, users
from infra.deploy.deployment import DeployError, Deployment
from infra.stacks import PROJECT

HOME, SECOND = "us-east-1", "eu-west-1"
PASSWORD = "Correct-horse-1"


def deployment(stage: str, region: str = HOME, **options: bool) -> Deployment:
    settings = {"project_name": PROJECT, "deploy": {"home_region": HOME, **options}}
    return Deployment(stage, settings, boto3.Session(region_name=region))


def apply(home: Deployment) -> dict[str, str]:
    """The stack of what no single service keeps, as a deployment applies it; its outputs."""
    values = {"Environment": home.environment, "SiteUrl": "https://example.com", "Protected": "false"}
    return home.stacks.apply_known("data", values | users.parameter(home))


def issuer_of_a_token(home: Deployment, data: dict[str, str]) -> str:
    cognito, pool = home.client("cognito-idp"), data["UserPoolId"]
    who = {"UserPoolId": pool, "Username": "maria@example.com"}
    cognito.admin_create_user(**who, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
    answer = cognito.initiate_auth(
        ClientId=data["MobileClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "maria@example.com", "PASSWORD": PASSWORD},
    )
    token = answer["AuthenticationResult"]["IdToken"]
    return str(jwt.decode(token, options={"verify_signature": False})["iss"])


@pytest.mark.parametrize("wanted", [True, False])
def test_the_pool_signs_as_functions_are_told(*, wanted: bool) -> None:
    home = deployment(f"u{token_hex(4)}", replicate_users=wanted)
    data = apply(home)
    pool = home.client("cognito-idp").describe_user_pool(UserPoolId=data["UserPoolId"])["UserPool"]
    assert pool["IssuerConfiguration"]["Type"] == ("UPDATED" if wanted else "ORIGINAL")
    assert pool["KeyConfiguration"]["KeyType"] == ("CUSTOMER_MANAGED_KEY" if wanted else "AWS_OWNED_KEY")
    assert len(home.stacks.resources("data", "AWS::KMS::Key")) == wanted
    assert issuer_of_a_token(home, data) == data["UserPoolIssuer"]


def test_the_choice_is_made_once() -> None:
    stage = f"u{token_hex(4)}"
    with_replica, without = deployment(stage, replicate_users=True), deployment(stage)
    apply(without)
    with pytest.raises(DeployError, match="another issuer would end every sign-in"):
        users.parameter(with_replica)
    assert users.parameter(without) == {"ReplicateUsers": "false"}
    assert users.parameter(deployment(stage, SECOND, replicate_users=True)) == {"ReplicateUsers": "true"}


def test_users_are_in_a_second_region_and_home_again() -> None:
    stage = f"u{token_hex(4)}"
    home, second = (deployment(stage, region, replicate_users=True) for region in (HOME, SECOND))
    data = apply(home)
    [key] = home.stacks.resources("data", "AWS::KMS::Key")
    second_region._replicate_key(home, key, SECOND)
    for _ in range(2):  # a command that broke off is repeated
        users.replicate(home, SECOND)
    assert users._status(home, SECOND) == "ACTIVE"
    told = {one.region: environment._cognito(one, data)["COGNITO_REGION"] for one in (home, second)}
    assert told == {HOME: "", SECOND: SECOND}
    for _ in range(2):
        users.remove(home, SECOND)
    assert users._status(home, SECOND) == ""
    users.replicate(home, SECOND)
    where = {"UserPoolId": data["UserPoolId"], "RegionName": SECOND}
    cognito = home.client("cognito-idp")
    cognito.update_user_pool_replica(**where, Status="INACTIVE")
    cognito.delete_user_pool_replica(**where)
    users.replicate(home, SECOND)  # after a removal that broke off
    assert users._status(home, SECOND) == "ACTIVE"


def test_a_second_region_without_a_replica_asks_the_first() -> None:
    stage = f"u{token_hex(4)}"
    data = apply(deployment(stage))
    assert environment._cognito(deployment(stage, SECOND), data)["COGNITO_REGION"] == ""


def test_cognito_is_asked_where_the_users_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from config import aws

    monkeypatch.setitem(os.environ, "COGNITO_USER_POOL_ID", "us-east-1_Ga1rDen23")
    monkeypatch.setitem(os.environ, "COGNITO_IDENTITY_POOL_ID", "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e")
    monkeypatch.setitem(os.environ, "AWS_REGION", SECOND)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    services = ("cognito-idp", "cognito-identity", "s3")
    assert [aws._region_of(service) for service in services] == [HOME, HOME, SECOND]
    assert aws.users_url() == f"https://cognito-idp.{HOME}.amazonaws.com"
    monkeypatch.setitem(os.environ, "COGNITO_REGION", SECOND)
    assert [aws._region_of(service) for service in services] == [SECOND, HOME, SECOND]
    assert aws.users_url() == f"https://cognito-idp.{SECOND}.amazonaws.com"
