"""What Cognito knows of a user beyond their access token, which carries no address."""

import logging

import orjson
from django.conf import settings

from accounts.remote import fetch
from accounts.tokens import Claims
from config.aws import client

log = logging.getLogger(__name__)

# Which endpoint takes an access token: Cognito's API, or the hosted page's, as the user signed in.
API_SCOPE = "aws.cognito.signin.user.admin"
HOSTED_SCOPES = frozenset({"openid", "email"})


class NoAnswer(Exception):
    """Cognito does not say what the address is. Trying again may help."""


def find_email(token: str, claims: Claims) -> str | None:
    """The user's address as Cognito has it; None if it has none, the token may not ask, or Cognito fails to answer."""
    try:
        return read_email(token, claims)
    except NoAnswer as error:
        log.warning("Cognito did not give a user's address: %s", error)
    return None


def read_email(token: str, claims: Claims) -> str | None:
    """The user's address as Cognito has it; None if it has none or the token may not ask. Raises NoAnswer.

    One request to Cognito, so only for users who ask about themselves. `token` is verified, `claims` are its own.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if API_SCOPE in claims.scopes:
            return email_by_api(token)
        return email_by_hosted_page(token) if claims.scopes >= HOSTED_SCOPES else None
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NotAuthorizedException":  # signed out everywhere
            return None
        raise NoAnswer(str(error)) from error
    except (BotoCoreError, OSError, ValueError) as error:
        if getattr(error, "code", 0) == 401:
            return None
        raise NoAnswer(str(error)) from error


def email_by_api(token: str) -> str | None:
    """The address by GetUser. Raises botocore's errors."""
    attributes = client("cognito-idp").get_user(AccessToken=token)["UserAttributes"]
    return next((attribute["Value"] for attribute in attributes if attribute["Name"] == "email"), None)


def email_by_hosted_page(token: str) -> str | None:
    """The address by the userInfo endpoint of OpenID Connect. Raises OSError or ValueError."""
    answer = fetch(f"{settings.COGNITO['domain_url']}/oauth2/userInfo", {"Authorization": f"Bearer {token}"})
    content = orjson.loads(answer)
    email = content.get("email") if isinstance(content, dict) else None
    return email if isinstance(email, str) else None
