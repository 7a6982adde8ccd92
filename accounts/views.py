"""Who am I, and how do I sign in?"""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import bearer_token
from accounts.clients import auth_config
from accounts.profile import find_email
from accounts.serializers import AuthConfigSerializer, MeSerializer
from config.aws import users_region
from rest.lazy_schema import extend_schema
from rest.views import ApiView, PublicView


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
        return Response(auth_config(settings.COGNITO, users_region()))
