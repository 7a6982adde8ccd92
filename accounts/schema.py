"""How the OpenAPI description says that an access token is needed, and where Swagger UI gets one."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.clients import SCOPES, endpoints


class CognitoScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # by drf-spectacular
    """Two ways to the same header: a token pasted in, or a sign-in on the hosted page."""

    target_class = "accounts.authentication.CognitoAuthentication"
    name = ["bearer", "cognito"]

    def get_security_requirement(self, auto_schema: object) -> list[dict[str, list[Any]]]:
        """Either of the two."""
        return [{"bearer": []}, {"cognito": ["openid", "email"]}]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, Any]]:
        """In the order of `name`."""
        pool = settings.COGNITO
        where = endpoints(pool)
        flow = {
            "authorizationUrl": where["authorize"],
            "tokenUrl": where["token"],
            "refreshUrl": where["token"],
            "scopes": {scope: f"OpenID Connect's `{scope}`" for scope in SCOPES},
        }
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A Cognito access token."},
            {
                "type": "oauth2",
                "description": "Cognito's hosted page, authorization code with PKCE.",
                "flows": {"authorizationCode": flow},
            },
        ]


def register(endpoints: list[Any], **kwargs: object) -> list[Any]:
    """Preprocessing hook: to have this module imported is to have it registered."""
    return endpoints
