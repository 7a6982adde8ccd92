"""What a sign-in asks of Cognito: its hosted page, tokens for a code, fresh tokens, the end of a sign-in."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import orjson
from django.conf import settings

from accounts.clients import SCOPES, endpoints
from accounts.keys import KeysUnavailable
from accounts.remote import fetch
from accounts.tokens import Claims, InvalidToken, Refusal, verify_access_token, verify_id_token
from config.aws import client

log = logging.getLogger(__name__)

# As registered in infra/data.yaml.
CALLBACK, SIGNED_OUT = "admin/oidc/callback/", "admin/signed-out/"
# The clients a browser signs in with, by their place in COGNITO_CLIENT_IDS. Staff may change how they sign in.
WEB, STAFF = 0, 2
STAFF_SCOPES = [*SCOPES, "aws.cognito.signin.user.admin"]

# What Cognito says when it can't answer rather than won't.
_BUSY = {
    "TooManyRequestsException",
    "ThrottlingException",
    "InternalErrorException",
    "LimitExceededException",
    "ServiceUnavailable",
    "ConcurrentModificationException",
    # What a replica in another region does not do, or not yet.
    "OperationNotEnabledException",
}


class CognitoRefused(Exception):
    """Cognito says no: a used or made-up code, a sign-in that was ended, a person who was disabled or deleted."""


class Unreachable(Exception):
    """Cognito does not answer, or its keys are not known yet. Trying again may help."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A verified pair of tokens and what the id token says of the person."""

    access: str
    refresh: str
    claims: Claims


def authorize_url(*, state: str, nonce: str, challenge: str) -> str:
    """The hosted page: authorization code with PKCE (RFC 7636), and OpenID Connect's nonce."""
    question = {
        "response_type": "code",
        "client_id": _client_id(STAFF),
        "redirect_uri": _registered(CALLBACK),
        "scope": " ".join(STAFF_SCOPES),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{_endpoint('authorize')}?{urlencode(question)}"


def logout_url() -> str:
    """Where the hosted page forgets its own session, and sends the browser back."""
    question = {"client_id": _client_id(STAFF), "logout_uri": _registered(SIGNED_OUT)}
    return f"{_endpoint('logout')}?{urlencode(question)}"


def exchange(code: str, *, verifier: str, nonce: str, callback: str = CALLBACK) -> Tokens:
    """Tokens for the code the hosted page gave, if any, to the registered `callback`.

    One request; raises CognitoRefused or Unreachable, within 2 s.
    """
    if not code:
        raise CognitoRefused("The hosted page gave no code.")
    form = {
        "grant_type": "authorization_code",
        "client_id": _client_id(STAFF if callback == CALLBACK else WEB),
        "redirect_uri": _registered(callback),
        "code": code,
        "code_verifier": verifier,
    }
    answer = read(_endpoint("token"), form=form)
    tokens = _verified(answer.get("access_token"), answer.get("id_token"), answer.get("refresh_token"))
    if tokens.claims.nonce != nonce:
        raise CognitoRefused("The tokens were made for another sign-in.")
    return tokens


def renew(refresh: str, client_of: int = WEB) -> Tokens:
    """Fresh tokens, with the groups the person has now. One request; raises CognitoRefused or Unreachable, within 6 s.

    Disabling a person, signing them out everywhere and revoking the token all end in CognitoRefused.
    """
    answer = ask("get_tokens_from_refresh_token", RefreshToken=refresh, ClientId=_client_id(client_of))
    found = answer["AuthenticationResult"]
    # A user pool that rotates its refresh tokens sends another one.
    return _verified(found.get("AccessToken"), found.get("IdToken"), found.get("RefreshToken") or refresh)


def revoke(refresh: str, client_of: int = WEB) -> None:
    """End the refresh token and all made of it. A failure is logged: its only place is gone already."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client("cognito-idp").revoke_token(Token=refresh, ClientId=_client_id(client_of))
    except (BotoCoreError, ClientError) as error:
        log.warning("Cognito did not revoke a refresh token at sign-out: %s", error)


def ask(operation: str, **parameters: object) -> dict[str, Any]:
    """One call of Cognito's API. Raises CognitoRefused with the error's code, or Unreachable, within 6 s."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: dict[str, Any] = getattr(client("cognito-idp"), operation)(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise Unreachable(code) from error
        raise CognitoRefused(code) from error
    except BotoCoreError as error:
        raise Unreachable(str(error)) from error
    return answer


def read(url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at one of the hosted page's addresses. Raises CognitoRefused or Unreachable, within 2 s."""
    try:
        content = orjson.loads(fetch(url, headers, form))
    except HTTPError as error:
        with error:
            refused = 400 <= error.code < 500 and error.code != 429
        raise (CognitoRefused if refused else Unreachable)(f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise Unreachable(str(error)) from error
    return content if isinstance(content, dict) else {}


def _verified(access: object, id_token: object, refresh: object) -> Tokens:
    if not (isinstance(access, str) and isinstance(id_token, str) and isinstance(refresh, str)):
        raise CognitoRefused("Cognito's answer lacks a token.")
    try:
        claims = verify_id_token(id_token)
        same = verify_access_token(access).sub == claims.sub
    except InvalidToken as error:
        # They came from Cognito itself: a key or a time that is ahead of us will be good in a moment.
        passes = error.reason in (Refusal.KEY, Refusal.EARLY)
        raise (Unreachable if passes else CognitoRefused)(error.reason.value) from error
    except KeysUnavailable as error:
        raise Unreachable("Cognito's keys are not known.") from error
    if not same:
        raise CognitoRefused("The two tokens are of different people.")
    return Tokens(access, refresh, claims)


def _registered(path: str) -> str:
    return f"{settings.SITE_URL}{settings.SITE_PREFIX}{path}"


def _client_id(client_of: int) -> str:
    return str(settings.COGNITO["client_ids"][client_of])


def _endpoint(name: str) -> str:
    return endpoints(settings.COGNITO)[name]
