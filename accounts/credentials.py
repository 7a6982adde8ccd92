"""Temporary AWS credentials for a user's own folder, from the Cognito identity pool."""

import time
from datetime import datetime
from typing import TypedDict

from django.conf import settings

from accounts.tokens import Claims, InvalidToken, verify_id_token
from config.aws import client, region
from rest.problems import Invalid, ServiceUnavailable

RECENT_SECONDS = 300


class FolderCredentials(TypedDict):
    """What an AWS SDK needs to use the user's folder: everything under `prefix` in `bucket`, and nothing else.

    The policy of the identity pool's role limits them, not this function. They last an hour.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime
    bucket: str
    prefix: str
    region: str


def exchange(id_token: str, *, sub: str) -> FolderCredentials:
    """Credentials for the user `sub`, who has proved by access token who they are, for their id token.

    Two requests to Cognito. Raises Invalid if the id token is refused or somebody else's, KeysUnavailable, or
    ServiceUnavailable if Cognito can't be asked.
    """
    require_own_token(id_token, sub)
    # boto3 loads these only with the first client, and web functions start sooner without.
    from botocore.exceptions import BotoCoreError, ClientError

    pool = settings.COGNITO["user_pool_id"]
    # An identity pool knows a user pool as a provider by its original issuer without the scheme.
    logins = {f"cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}": id_token}
    try:
        cognito = client("cognito-identity")
        identity = cognito.get_id(IdentityPoolId=settings.COGNITO["identity_pool_id"], Logins=logins)["IdentityId"]
        given = cognito.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NotAuthorizedException":
            raise Invalid.field("id_token", "Cognito refused the id token.") from error
        raise ServiceUnavailable("Cognito gives no credentials right now.", retry_after=2) from error
    except BotoCoreError as error:
        raise ServiceUnavailable("Cognito can't be reached right now.", retry_after=2) from error
    return FolderCredentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretKey"],
        session_token=given["SessionToken"],
        expiration=given["Expiration"],
        bucket=settings.UPLOADS_BUCKET,
        prefix=f"users/{sub}/",
        region=region(),
    )


def require_recent_sign_in(id_token: str, sub: str) -> Claims:
    """The claims of the user's own id token, whose password was given within RECENT_SECONDS.

    Raises Invalid, or KeysUnavailable if the token can't be checked.
    """
    claims = require_own_token(id_token, sub)
    if claims.signed_in_at < time.time() - RECENT_SECONDS:
        raise Invalid.field("id_token", "Give your password again: this sign-in is older than five minutes.")
    return claims


def require_own_token(id_token: str, sub: str) -> Claims:
    """Its claims.

    Raises Invalid unless the id token is good and the user's own, KeysUnavailable if it can't be checked.
    """
    try:
        claims = verify_id_token(id_token)
    except InvalidToken as error:
        raise Invalid.field("id_token", error.reason.value) from error
    if claims.sub != sub:
        raise Invalid.field("id_token", "The id token and the access token belong to different users.")
    return claims
