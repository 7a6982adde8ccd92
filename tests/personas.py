"""People who use the products, with real tokens from the embedded AWS's Cognito."""

import json
import uuid
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.test import APIClient

from config.aws import credentials, users_region, users_url
from config.signing import Signer
from dynamo.transport import Transport

PASSWORD = "Correct-Horse-7-Battery"


@dataclass(frozen=True)
class Persona:
    """One signed-in user."""

    email: str
    sub: str
    access_token: str
    id_token: str
    refresh_token: str

    @cached_property
    def api(self) -> APIClient:
        """A client that sends this user's access token."""
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {self.access_token}")
        return api


def sign_up(name: str, *groups: str) -> Persona:
    """A new user of that name, confirmed, in these groups, signed in as from a mobile app."""
    pool, email = settings.COGNITO["user_pool_id"], f"{name}-{uuid.uuid4().hex[:12]}@example.com"
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    made = _ask(
        "AdminCreateUser", UserPoolId=pool, Username=email, MessageAction="SUPPRESS", UserAttributes=attributes
    )["User"]
    # By its own name, as the embedded AWS looks for an address among all users.
    username = made["Username"]
    _ask("AdminSetUserPassword", UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True)
    for group in groups:
        _ask("AdminAddUserToGroup", UserPoolId=pool, Username=username, GroupName=group)
    tokens = _ask(
        "InitiateAuth",
        ClientId=settings.COGNITO["client_ids"][1],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    sub = next(a["Value"] for a in made["Attributes"] if a["Name"] == "sub")
    return Persona(email, sub, tokens["AccessToken"], tokens["IdToken"], tokens["RefreshToken"])


def _ask(action: str, **asked: object) -> Any:
    """What Cognito answers. Every test signs up, and botocore takes several times as long as its own request."""
    signer, transport = _cognito()
    body = json.dumps(asked).encode()
    answer = transport.send(signer.headers(f"AWSCognitoIdentityProviderService.{action}", body), body)
    assert answer.status == 200, answer.content
    return json.loads(answer.content)


@cache
def _cognito() -> tuple[Signer, Transport]:
    url = users_url()
    signer = Signer(
        "cognito-idp",
        region=users_region(),
        host=urlsplit(url).netloc,
        content_type="application/x-amz-json-1.1",
        credentials=credentials,
    )
    return signer, Transport(url, signer.headers, connect_timeout=1, read_timeout=30, retries=0)
