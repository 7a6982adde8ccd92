"""People who use the products, with real tokens from the embedded AWS's Cognito."""

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from rest_framework.test import APIClient

from config.aws import client

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
    cognito, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    email = f"{name}-{uuid.uuid4().hex[:12]}@example.com"
    made = cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )["User"]
    # By its own name, as the embedded AWS looks for an address among all users.
    username = made["Username"]
    cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=username, GroupName=group)
    tokens = cognito.initiate_auth(
        ClientId=settings.COGNITO["client_ids"][1],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    sub = next(a["Value"] for a in made["Attributes"] if a["Name"] == "sub")
    return Persona(email, sub, tokens["AccessToken"], tokens["IdToken"], tokens["RefreshToken"])
