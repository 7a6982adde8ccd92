"""What a client must know to sign its users in, worked out from the user pool's settings."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# What hosted sign-in asks for; infra/data.yaml allows these.
SCOPES = ["openid", "email", "profile"]


def endpoints(domain_url: str, jwks_url: str) -> dict[str, str]:
    """Where Cognito answers: the hosted page under the pool's domain, the API where the keys are published."""
    api = urlsplit(jwks_url)
    return {
        "authorize": f"{domain_url}/oauth2/authorize",
        "token": f"{domain_url}/oauth2/token",
        "user_info": f"{domain_url}/oauth2/userInfo",
        "logout": f"{domain_url}/logout",
        "revoke": f"{domain_url}/oauth2/revoke",
        "api": f"{api.scheme}://{api.netloc}/",
        "keys": jwks_url,
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
        "endpoints": endpoints(pool["domain_url"], pool["jwks_url"]),
    }
