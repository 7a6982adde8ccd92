"""Who am I, and how do I sign in?"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import bearer_token
from accounts.profile import find_email
from accounts.serializers import AuthConfigSerializer, MeSerializer
from api.views import ApiView, PublicView
from config.aws import region

SCOPES = ["openid", "email", "profile"]


class Me(ApiView):
    """The caller, as their token and Cognito describe them."""

    @extend_schema(operation_id="me", responses=MeSerializer, summary="Who am I?")
    def get(self, request: Request) -> Response:
        user: Any = request.user
        claims: Any = request.auth
        return Response(
            {
                "sub": user.sub,
                "username": user.username,
                "email": find_email(bearer_token(request.META["HTTP_AUTHORIZATION"]), claims),
                "groups": sorted(user.groups),
                "is_editor": user.is_editor,
            }
        )


class AuthConfig(PublicView):
    """What a client must know to sign users in: one request instead of constants in every app."""

    # It changes with a deployment at most, but then clients should follow within minutes.
    cache_control = "public, max-age=300, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"

    @extend_schema(operation_id="auth_config", responses=AuthConfigSerializer, summary="How do I sign in?")
    def get(self, request: Request) -> Response:
        return Response(auth_config())


def auth_config() -> dict[str, Any]:
    """The answer of AuthConfig, from the settings."""
    pool = settings.COGNITO
    return {
        "region": region(),
        "issuer": pool["issuer"],
        "user_pool_id": pool["user_pool_id"],
        "identity_pool_id": pool["identity_pool_id"],
        "clients": {"web": pool["client_ids"][0], "mobile": pool["client_ids"][-1]},
        "scopes": SCOPES,
        "endpoints": endpoints(pool["domain_url"], pool["jwks_url"]),
    }


def endpoints(domain_url: str, jwks_url: str) -> dict[str, str]:
    """Where Cognito's doors are: the hosted page's under the pool's domain, the API where the keys are published."""
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
