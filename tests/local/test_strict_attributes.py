"""A user's address changes in the embedded AWS as Cognito changes it: once the new one is shown to be theirs."""

import json
import re
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest

from infra.local.emulator import MAIL_PATH
from tests.local.account import Account, refusal

PASSWORD = "Correct-horse-1"


class User:
    """Somebody who signed up at a pool of their own, or at another's."""

    def __init__(self, account: Account, other: "User | None" = None, *, first: bool = True) -> None:
        self.account, self.cognito, self.email = account, account.client("cognito-idp"), f"{uuid4()}@example.com"
        self.pool: str
        self.client: str
        self.pool, self.client = (other.pool, other.client) if other else self._pool(first)
        self.cognito.sign_up(
            ClientId=self.client,
            Username=self.email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": self.email}],
        )
        self.cognito.admin_confirm_sign_up(UserPoolId=self.pool, Username=self.email)
        verified = [{"Name": "email_verified", "Value": "true"}]
        self.cognito.admin_update_user_attributes(UserPoolId=self.pool, Username=self.email, UserAttributes=verified)
        self.token = self.sign_in(self.email)

    def _pool(self, first: bool) -> tuple[str, str]:
        before = {"AttributesRequireVerificationBeforeUpdate": ["email"] if first else []}
        pool = self.cognito.create_user_pool(
            PoolName=f"pool-{uuid4()}",
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            UserAttributeUpdateSettings=before,
        )["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        made = self.cognito.create_user_pool_client(UserPoolId=pool, ClientName="all", ExplicitAuthFlows=flows)
        return pool, made["UserPoolClient"]["ClientId"]

    def sign_in(self, email: str) -> str:
        """An access token of who has that address."""
        asked = {"USERNAME": email, "PASSWORD": PASSWORD}
        answer = self.cognito.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked)
        return str(answer["AuthenticationResult"]["AccessToken"])

    def update(self, **attributes: str) -> Any:
        """Change attributes; where codes went."""
        wanted = [{"Name": name, "Value": value} for name, value in attributes.items()]
        answer = self.cognito.update_user_attributes(AccessToken=self.token, UserAttributes=wanted)
        return answer["CodeDeliveryDetailsList"]

    def verify(self, code: str) -> None:
        """Show that the new address is theirs."""
        self.cognito.verify_user_attribute(AccessToken=self.token, AttributeName="email", Code=code)

    def attributes(self) -> dict[str, str]:
        """What Cognito says of them."""
        found = self.cognito.get_user(AccessToken=self.token)["UserAttributes"]
        return {each["Name"]: each["Value"] for each in found if each["Name"] != "sub"}

    def code(self, email: str) -> str:
        """The code in the newest mail to that address."""
        with urlopen(self.account.endpoint_url + MAIL_PATH, timeout=5) as answer:
            mails = [each["request"] for each in json.load(answer)]
        mail = next(each for each in mails if each["Destination"]["ToAddresses"] == [email])
        found = re.search(r"\b\d{6}\b", json.dumps(mail["Content"]["Simple"]["Body"]))
        assert found
        return found[0]


@pytest.fixture
def user(account: Account) -> User:
    """Somebody whose pool wants a new address verified before it counts."""
    return User(account)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_address_stays_the_former_one_until_the_new_one_is_verified(user: User) -> None:
    former, new = user.email, f"{uuid4()}@example.com"
    [delivery] = user.update(email=new, name="Maria")
    assert (delivery["AttributeName"], delivery["DeliveryMedium"]) == ("email", "EMAIL")
    assert delivery["Destination"] != new
    assert user.attributes() == {"email": former, "email_verified": "true", "name": "Maria"}
    assert user.sign_in(former)
    code = user.code(new)
    assert refusal(lambda: user.verify(wrong(code))) == "CodeMismatchException"
    user.verify(code)
    assert user.attributes() == {"email": new, "email_verified": "true", "name": "Maria"}
    assert user.sign_in(new)
    assert refusal(lambda: user.sign_in(former)) in {"UserNotFoundException", "NotAuthorizedException"}
    assert refusal(lambda: user.verify(code)) == "ExpiredCodeException"


def test_a_code_asked_for_again_goes_to_the_new_address_and_the_one_before_is_no_good(user: User) -> None:
    new = f"{uuid4()}@example.com"
    user.update(email=new)
    before = user.code(new)
    user.cognito.get_user_attribute_verification_code(AccessToken=user.token, AttributeName="email")
    after = user.code(new)
    if after != before:
        assert refusal(lambda: user.verify(before)) == "CodeMismatchException"
    user.verify(after)
    assert user.attributes()["email"] == new


def test_without_the_settings_a_new_address_counts_at_once_and_is_not_verified(account: Account) -> None:
    user, new = User(account, first=False), f"{uuid4()}@example.com"
    assert user.update(email=new)
    assert user.attributes() == {"email": new, "email_verified": "false"}
    user.verify(user.code(new))
    assert user.attributes() == {"email": new, "email_verified": "true"}


def test_anothers_address_is_refused_also_when_it_became_theirs_meanwhile(account: Account, user: User) -> None:
    other, new = User(account, user), f"{uuid4()}@example.com"
    assert refusal(lambda: user.update(email=other.email.upper())) == "AliasExistsException"
    user.update(email=new)
    code = user.code(new)
    other.update(email=new)
    other.verify(other.code(new))
    assert refusal(lambda: user.verify(code)) == "AliasExistsException"
    assert user.attributes()["email"] == user.email


def test_what_is_refused_changes_nothing(user: User) -> None:
    before = user.attributes()
    assert refusal(lambda: user.update(email="nonsense", name="Maria")) == "InvalidParameterException"
    assert refusal(lambda: user.update(email_verified="true")) == "NotAuthorizedException"
    assert refusal(lambda: user.verify("123456")) == "ExpiredCodeException"
    assert user.attributes() == before
    user.token = "a.b.c"
    assert refusal(lambda: user.update(name="Maria")) == "NotAuthorizedException"
