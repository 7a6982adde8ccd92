"""What the API says about who you are and how to sign in."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from accounts.clients import auth_config

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
            "api_url": "https://cognito-idp.eu-west-1.amazonaws.com",
        },
        "eu-west-1",
    ),
)


@extend_schema_serializer(examples=[ME])
class MeSerializer(serializers.Serializer[Any]):
    """The signed-in user."""

    sub = serializers.CharField(help_text="The user's id. It never changes, and owns all they make.")
    username = serializers.CharField(help_text="Cognito's name for the user; to show, use the address.")
    email = serializers.EmailField(
        allow_null=True, help_text="null if the token's scopes don't allow to ask, or Cognito doesn't answer."
    )
    groups = serializers.ListField(child=serializers.CharField(), help_text="In alphabetical order.")
    is_editor = serializers.BooleanField(help_text="Whether the user may write the blog.")


class ClientsSerializer(serializers.Serializer[Any]):
    """Client ids. None has a secret."""

    web = serializers.CharField()
    mobile = serializers.CharField()


class EndpointsSerializer(serializers.Serializer[Any]):
    """Where to sign in and out."""

    authorize = serializers.URLField(help_text="The hosted page: authorization code with PKCE.")
    token = serializers.URLField(help_text="Codes and refresh tokens become access tokens.")
    user_info = serializers.URLField()
    logout = serializers.URLField(help_text="Ends the hosted page's own session.")
    revoke = serializers.URLField(help_text="Ends a refresh token. The embedded AWS has RevokeToken in the API only.")
    api = serializers.URLField(help_text="The Cognito API, for an app with sign-in screens of its own.")
    keys = serializers.URLField(help_text="The JSON Web Key Set.")


@extend_schema_serializer(examples=[CONFIG])
class AuthConfigSerializer(serializers.Serializer[Any]):
    """All that an OpenID Connect client or Amplify must be told."""

    region = serializers.CharField()
    issuer = serializers.URLField()
    user_pool_id = serializers.CharField()
    identity_pool_id = serializers.CharField()
    clients = ClientsSerializer()
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What to ask for.")
    endpoints = EndpointsSerializer()
