"""What Cognito knows of a user beyond their access token, which carries no address."""

import logging

from django.conf import settings

from accounts import cognito
from accounts.clients import endpoints
from accounts.tokens import Claims

log = logging.getLogger(__name__)

# Which endpoint takes an access token: Cognito's API, or the hosted page's, as the user signed in.
API_SCOPE = "aws.cognito.signin.user.admin"
HOSTED_SCOPES = frozenset({"openid", "email"})


def find_email(token: str, claims: Claims) -> str | None:
    """The user's address as Cognito has it; None if it has none, the token may not ask, or Cognito fails to answer."""
    try:
        return read_email(token, claims)
    except cognito.Unreachable as error:
        log.warning("Cognito did not give a user's address: %s", error)
    return None


def read_email(token: str, claims: Claims) -> str | None:
    """The user's address as Cognito has it; None if it has none, or none for this token any more. Raises Unreachable.

    One request to Cognito, so only for users who ask about themselves. `token` is verified, `claims` are its own.
    """
    try:
        if API_SCOPE in claims.scopes:
            attributes = cognito.ask("get_user", AccessToken=token)["UserAttributes"]
            return next((attribute["Value"] for attribute in attributes if attribute["Name"] == "email"), None)
        return email_by_hosted_page(token) if claims.scopes >= HOSTED_SCOPES else None
    except cognito.CognitoRefused:  # signed out everywhere, or deleted
        return None


def email_by_hosted_page(token: str) -> str | None:
    """The address by the userInfo endpoint of OpenID Connect. Raises CognitoRefused or Unreachable."""
    where = endpoints(settings.COGNITO)["user_info"]
    email = cognito.read(where, {"Authorization": f"Bearer {token}"}).get("email")
    return email if isinstance(email, str) else None
