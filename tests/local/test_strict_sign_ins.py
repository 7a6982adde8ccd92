"""Signing up and in at the embedded AWS as at Cognito: codes, a client's flows, tokens, addresses in any case."""

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import pytest

from tests.local.account import Account, refusal

PASSWORD = "Correct-horse-1"
ALL = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


class User:
    """Somebody in a pool of their own, whose client allows these flows."""

    def __init__(self, account: Account, *flows: str, **options: object) -> None:
        self.account, self.cognito, self.name = account, account.client("cognito-idp"), f"user-{uuid4()}@example.com"
        self.pool = self.cognito.create_user_pool(PoolName=f"pool-{uuid4()}", **options)["UserPool"]["Id"]
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool, ClientName="all", ExplicitAuthFlows=flows)
        self.client = made["UserPoolClient"]["ClientId"]
        self.cognito.admin_create_user(UserPoolId=self.pool, Username=self.name)
        self.cognito.admin_set_user_password(
            UserPoolId=self.pool, Username=self.name, Password=PASSWORD, Permanent=True
        )

    def sign_in(self) -> dict[str, Any]:
        asked = {"USERNAME": self.name, "PASSWORD": PASSWORD}
        return self.begin("USER_PASSWORD_AUTH", **asked)

    def begin(self, flow: str, **parameters: str) -> dict[str, Any]:
        answer = self.cognito.initiate_auth(ClientId=self.client, AuthFlow=flow, AuthParameters=parameters)
        return dict(answer["AuthenticationResult"])

    def refreshed_by(self, way: str, token: str) -> Any:
        """What a refresh token is traded for. Raises ClientError or HTTPError."""
        if way == "InitiateAuth":
            return self.begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
        if way == "GetTokensFromRefreshToken":
            return self.cognito.get_tokens_from_refresh_token(ClientId=self.client, RefreshToken=token)
        form = {"grant_type": "refresh_token", "client_id": self.client, "refresh_token": token}
        return urlopen(f"{self.account.endpoint_url}/oauth2/token", urlencode(form).encode(), timeout=10).read()


@pytest.mark.parametrize("way", ["InitiateAuth", "GetTokensFromRefreshToken", "the token endpoint"])
def test_who_is_disabled_gets_no_more_tokens(account: Account, way: str) -> None:
    user = User(account, *ALL)
    token = user.sign_in()["RefreshToken"]
    assert user.refreshed_by(way, token)
    user.cognito.admin_disable_user(UserPoolId=user.pool, Username=user.name)
    with pytest.raises((user.cognito.exceptions.NotAuthorizedException, HTTPError)):
        user.refreshed_by(way, token)


def test_a_token_of_who_is_disabled_or_signed_out_changes_nothing(account: Account) -> None:
    user = User(account, *ALL)
    asked: dict[str, Any] = {"PreviousPassword": PASSWORD, "ProposedPassword": f"{PASSWORD}-2"}
    user.cognito.admin_disable_user(UserPoolId=user.pool, Username=user.name)
    user.cognito.admin_enable_user(UserPoolId=user.pool, Username=user.name)
    token = user.sign_in()["AccessToken"]
    user.cognito.admin_disable_user(UserPoolId=user.pool, Username=user.name)
    assert refusal(lambda: user.cognito.change_password(AccessToken=token, **asked)) == "NotAuthorizedException"
    user.cognito.admin_enable_user(UserPoolId=user.pool, Username=user.name)
    assert refusal(lambda: user.cognito.change_password(AccessToken=token, **asked)) == "NotAuthorizedException"
    user.cognito.change_password(AccessToken=user.sign_in()["AccessToken"], **asked)


def test_a_client_has_the_flows_it_was_made_with_alone(account: Account) -> None:
    user = User(account, "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    assert refusal(user.sign_in) == "InvalidParameterException"
    user = User(account, "ALLOW_USER_PASSWORD_AUTH")
    token = user.sign_in()["RefreshToken"]
    assert refusal(lambda: user.refreshed_by("InitiateAuth", token)) == "InvalidParameterException"
    assert user.refreshed_by("GetTokensFromRefreshToken", token)


def test_no_other_code_confirms_than_the_one_that_was_sent(account: Account) -> None:
    user = User(account, *ALL)
    new: dict[str, Any] = {"ClientId": user.client, "Username": f"user-{uuid4()}"}
    user.cognito.sign_up(**new, Password=PASSWORD)
    assert refusal(lambda: user.cognito.confirm_sign_up(**new, ConfirmationCode="123457")) == "CodeMismatchException"
    user.cognito.confirm_sign_up(**new, ConfirmationCode="123456")
    again = refusal(lambda: user.cognito.confirm_sign_up(**new, ConfirmationCode="123456"))
    assert again == "NotAuthorizedException"

    def forget(code: str) -> None:
        user.cognito.confirm_forgot_password(**new, ConfirmationCode=code, Password=f"{PASSWORD}-2")

    assert refusal(lambda: forget("654321")) == "ExpiredCodeException"
    user.cognito.forgot_password(**new)
    assert refusal(lambda: forget("654322")) == "CodeMismatchException"
    forget("654321")
    assert refusal(lambda: forget("654321")) == "ExpiredCodeException"


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_an_address_is_the_same_in_capitals(account: Account, is_sensitive: bool) -> None:
    user = User(account, *ALL, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": is_sensitive})
    other = user.name.upper()
    signed_up = {"ClientId": user.client, "Username": other, "Password": PASSWORD}
    if is_sensitive:
        assert user.cognito.sign_up(**signed_up)["UserSub"]
        return
    assert refusal(lambda: user.cognito.sign_up(**signed_up)) == "UsernameExistsException"
    assert user.begin("USER_PASSWORD_AUTH", USERNAME=other, PASSWORD=PASSWORD)["AccessToken"]
