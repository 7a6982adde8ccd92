"""Who am I, and how do I sign in?"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import bearer_token
from accounts.profile import find_email
from accounts.serializers import AuthConfigSerializer, MeSerializer
from api.views import ApiView, PublicView
from config.aws import region

SCOPES = ["openid", "email", "profile"]


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


def auth_config(pool: dict[str, Any], region: str) -> dict[str, Any]:
    """The answer of AuthConfig for a user pool as in settings.COGNITO."""
    return {
        "region": region,
        "issuer": pool["issuer"],
        "user_pool_id": pool["user_pool_id"],
        "identity_pool_id": pool["identity_pool_id"],
        "clients": {"web": pool["client_ids"][0], "mobile": pool["client_ids"][-1]},
        "scopes": SCOPES,
        "endpoints": endpoints(pool["domain_url"], pool["jwks_url"]),
    }


ME = OpenApiExample(
    "An editor",
    {
        "sub": "0c5a1b9e-8c9f-4a52-9d6c-0f2f5f1f7c11",
        "username": "0c5a1b9e-8c9f-4a52-9d6c-0f2f5f1f7c11",
        "email": "edith@example.com",
        "groups": ["editors"],
        "is_editor": True,
    },
)
_POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ga1rDen23"
CONFIG = OpenApiExample(
    "In production",
    auth_config(
        {
            "issuer": _POOL,
            "jwks_url": f"{_POOL}/.well-known/jwks.json",
            "user_pool_id": "eu-west-1_Ga1rDen23",
            "identity_pool_id": "eu-west-1:0f8fad5b-d9cb-469f-a165-70867728950e",
            "client_ids": ["1h57kf5cpq17m0eml12EXAMPLE", "7c2u8m3qd9v4s5t6r1oEXAMPLE"],
            "domain_url": "https://serverless-django.auth.eu-west-1.amazoncognito.com",
        },
        "eu-west-1",
    ),
)


class Me(ApiView):
    """The caller, as their token and Cognito describe them."""

    @extend_schema(operation_id="me", responses=MeSerializer, summary="Who am I?", examples=[ME])
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

    @extend_schema(
        operation_id="auth_config", responses=AuthConfigSerializer, summary="How do I sign in?", examples=[CONFIG]
    )
    def get(self, request: Request) -> Response:
        return Response(auth_config(settings.COGNITO, region()))
