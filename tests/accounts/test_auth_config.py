"""GET /api/auth/config/."""

from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.keys import parse_keys
from config.aws import client
from tests.accounts.hosted_page import request


def test_it_tells_a_client_how_to_sign_in(api: APIClient) -> None:
    pool = {
        "user_pool_id": "eu-west-1_Garden123",
        "identity_pool_id": "eu-west-1:0f8fad5b-d9cb-469f-a165-70867728950e",
        "client_ids": ["web-id", "mobile-id"],
        "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Garden123",
        "jwks_url": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Garden123/.well-known/jwks.json",
        "domain_url": "https://garden.auth.eu-west-1.amazoncognito.com",
        "api_url": "https://cognito-idp.eu-west-1.amazonaws.com",
        "keys": "",
    }
    with override_settings(COGNITO=pool):
        answer = api.get("/api/auth/config/")
    assert answer.json() == {
        "region": "us-east-1",
        "issuer": pool["issuer"],
        "user_pool_id": pool["user_pool_id"],
        "identity_pool_id": pool["identity_pool_id"],
        "clients": {"web": "web-id", "mobile": "mobile-id"},
        "scopes": ["openid", "email", "profile"],
        "endpoints": {
            "authorize": "https://garden.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
            "token": "https://garden.auth.eu-west-1.amazoncognito.com/oauth2/token",
            "user_info": "https://garden.auth.eu-west-1.amazoncognito.com/oauth2/userInfo",
            "logout": "https://garden.auth.eu-west-1.amazoncognito.com/logout",
            "revoke": "https://garden.auth.eu-west-1.amazoncognito.com/oauth2/revoke",
            "api": "https://cognito-idp.eu-west-1.amazonaws.com/",
            "keys": pool["jwks_url"],
        },
    }


def test_it_speaks_of_the_pool_that_is_there(api: APIClient) -> None:
    answer = api.get("/api/auth/config/").json()
    described = client("cognito-idp").describe_user_pool_client(
        UserPoolId=answer["user_pool_id"], ClientId=answer["clients"]["mobile"]
    )["UserPoolClient"]
    assert described["ClientName"] == "mobile"
    assert set(answer["scopes"]) == set(described["AllowedOAuthScopes"])
    assert parse_keys(request(answer["endpoints"]["keys"]).body)


def test_it_can_be_cached_by_anyone(api: APIClient) -> None:
    answer = api.get("/api/auth/config/")
    assert answer["Cache-Control"].startswith("public, max-age=300")
    assert "Vary" not in answer or "Authorization" not in answer["Vary"]


def test_it_gives_no_secret_away(api: APIClient) -> None:
    assert settings.SECRET_KEY not in api.get("/api/auth/config/").content.decode()
