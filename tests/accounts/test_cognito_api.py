"""Sign-up to sign-out through the Cognito API, as a mobile app with screens of its own does it."""

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from rest_framework.test import APIClient

from config.aws import client
from tests.accounts.srp import SrpClient
from tests.personas import PASSWORD, Persona

# The embedded AWS sends these to everybody.
CONFIRMATION_CODE, RESET_CODE = "123456", "654321"


@pytest.fixture
def email() -> str:
    return f"new-{uuid.uuid4().hex[:12]}@example.com"


def mobile() -> str:
    return str(settings.COGNITO["client_ids"][1])


def sign_up(email: str, password: str = PASSWORD) -> Any:
    attributes = [{"Name": "email", "Value": email}]
    return client("cognito-idp").sign_up(
        ClientId=mobile(),
        Username=email,
        Password=password,
        UserAttributes=attributes,  # type: ignore[arg-type]  # a list of the dictionaries it wants
    )


def sign_in(email: str, password: str = PASSWORD) -> Any:
    parameters = {"USERNAME": email, "PASSWORD": password}
    return client("cognito-idp").initiate_auth(
        ClientId=mobile(), AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )["AuthenticationResult"]


def refresh(token: str, client_id: str) -> Any:
    return client("cognito-idp").initiate_auth(
        ClientId=client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token}
    )["AuthenticationResult"]


def me(token: str) -> Any:
    return APIClient().get("/api/me/", HTTP_AUTHORIZATION=f"Bearer {token}")


def assert_refused(code: str, call: Any, *args: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        call(*args)
    assert refusal.value.response["Error"]["Code"] == code


def test_it_signs_up_confirms_and_signs_in(email: str) -> None:
    sub = sign_up(email)["UserSub"]
    assert_refused("UserNotConfirmedException", sign_in, email)
    client("cognito-idp").confirm_sign_up(ClientId=mobile(), Username=email, ConfirmationCode=CONFIRMATION_CODE)
    answer = me(sign_in(email)["AccessToken"])
    assert (answer.status_code, answer.json()["sub"], answer.json()["email"]) == (200, sub, email)


@pytest.mark.parametrize("password", ["short-1A", "no-capitals-here-1", "NO-SMALL-LETTERS-1", "No-Digits-In-Here"])
def test_it_refuses_weak_passwords(email: str, password: str) -> None:
    assert_refused("InvalidPasswordException", sign_up, email, password)


def test_it_signs_nobody_up_twice(alice: Persona) -> None:
    assert_refused("UsernameExistsException", sign_up, alice.email)


def test_it_tells_nobody_who_has_an_account(alice: Persona, email: str) -> None:
    assert_refused("NotAuthorizedException", sign_in, alice.email, "Not-The-Password-1")
    assert_refused("NotAuthorizedException", sign_in, email, "Not-The-Password-1")


def srp(email: str, password: str) -> Any:
    cognito, web, attempt = client("cognito-idp"), settings.COGNITO["client_ids"][0], SrpClient()
    parameters = {"USERNAME": email, "SRP_A": attempt.public}
    question = cognito.initiate_auth(ClientId=web, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
    proof = attempt.proof(question["ChallengeParameters"], settings.COGNITO["user_pool_id"], password)
    return cognito.respond_to_auth_challenge(ClientId=web, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=proof)[
        "AuthenticationResult"
    ]


def test_it_signs_in_without_sending_the_password(alice: Persona) -> None:
    assert me(srp(alice.email, PASSWORD)["AccessToken"]).json()["sub"] == alice.sub
    assert_refused("NotAuthorizedException", srp, alice.email, "Not-The-Password-1")


def test_it_takes_no_password_from_the_web_client() -> None:
    # Of the client's description, since the embedded AWS does not hold clients to their flows.
    described = client("cognito-idp").describe_user_pool_client(
        UserPoolId=settings.COGNITO["user_pool_id"], ClientId=settings.COGNITO["client_ids"][0]
    )["UserPoolClient"]
    assert set(described["ExplicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH"}


def test_it_refreshes(emil: Persona) -> None:
    fresh = refresh(emil.refresh_token, mobile())["AccessToken"]
    assert fresh != emil.access_token
    assert me(fresh).json()["groups"] == ["editors"]


def test_it_refreshes_nothing_after_the_refresh_token_was_revoked(alice: Persona) -> None:
    client("cognito-idp").revoke_token(ClientId=mobile(), Token=alice.refresh_token)
    assert_refused("NotAuthorizedException", refresh, alice.refresh_token, mobile())


def test_it_refreshes_nothing_after_signing_out_everywhere(alice: Persona) -> None:
    # The embedded AWS compares whole seconds: a token of the second of the sign-out would live on.
    issued = int(time.time())
    while int(time.time()) == issued:
        time.sleep(0.02)
    client("cognito-idp").global_sign_out(AccessToken=alice.access_token)
    assert_refused("NotAuthorizedException", refresh, alice.refresh_token, mobile())


def test_it_resets_a_forgotten_password(alice: Persona) -> None:
    cognito, new = client("cognito-idp"), "Another-Horse-8-Battery"
    cognito.forgot_password(ClientId=mobile(), Username=alice.email)
    cognito.confirm_forgot_password(ClientId=mobile(), Username=alice.email, ConfirmationCode=RESET_CODE, Password=new)
    assert_refused("NotAuthorizedException", sign_in, alice.email)
    assert me(sign_in(alice.email, new)["AccessToken"]).json()["sub"] == alice.sub
