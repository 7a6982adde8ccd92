"""What the API says about who you are and how to sign in."""

from typing import Any

from rest_framework import serializers


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


class AuthConfigSerializer(serializers.Serializer[Any]):
    """All that an OpenID Connect client or Amplify must be told."""

    region = serializers.CharField()
    issuer = serializers.URLField()
    user_pool_id = serializers.CharField()
    identity_pool_id = serializers.CharField()
    clients = ClientsSerializer()
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What to ask for.")
    endpoints = EndpointsSerializer()
