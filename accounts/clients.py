"""What a client must know to sign its users in, worked out from the user pool's settings."""

from collections.abc import Mapping
from typing import Any

# What hosted sign-in asks for; infra/data.yaml allows these.
SCOPES = ["openid", "email", "profile"]


def endpoints(pool: Mapping[str, Any]) -> dict[str, str]:
    """Where Cognito answers for a user pool as in settings.COGNITO: the hosted page, under its domain, and the API."""
    domain_url = pool["domain_url"]
    return {
        "authorize": f"{domain_url}/oauth2/authorize",
        "token": f"{domain_url}/oauth2/token",
        "user_info": f"{domain_url}/oauth2/userInfo",
        "logout": f"{domain_url}/logout",
        "revoke": f"{domain_url}/oauth2/revoke",
        "api": f"{pool['api_url']}/",
        "keys": pool["jwks_url"],
    }


def auth_config(pool: Mapping[str, Any], region: str) -> dict[str, Any]:
    """All of it, for a user pool as in settings.COGNITO."""
    return {
        "region": region,
        "issuer": pool["issuer"],
        "user_pool_id": pool["user_pool_id"],
        "identity_pool_id": pool["identity_pool_id"],
        "clients": {"web": pool["client_ids"][0], "mobile": pool["client_ids"][1]},
        "scopes": SCOPES,
        "endpoints": endpoints(pool),
    }
