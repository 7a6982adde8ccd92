"""People made and changed in Cognito by an operator, with the operator's own AWS credentials.

The functions' roles don't allow any of this, so no fault of the site can make an administrator.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import CommandError

from config.aws import client


class PeopleError(CommandError):
    """Cognito refused or did not answer; the message says what to do."""


_SENTENCES = {
    "UsernameExistsException": "There is already someone with this address: add them to a group in Cognito instead.",
    "UserNotFoundException": "There is nobody with this address.",
    "InvalidPasswordException": "The password is too weak: 12 characters, with a small letter, a capital and a digit.",
    "ResourceNotFoundException": "There is no such group or user pool.",
    "AccessDeniedException": "Your AWS credentials may not do this: it needs the cognito-idp:Admin* actions.",
}


@contextmanager
def _explained() -> Iterator[None]:
    """Raises PeopleError for botocore's errors."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise PeopleError(_SENTENCES.get(code) or f"Cognito refused: {error}") from error
    except BotoCoreError as error:
        raise PeopleError(f"Cognito can't be reached: {error}") from error


def find_person(name: str) -> tuple[str, str | None] | None:
    """The `sub` and the address of who signs in by this address or has this `sub`, or None. Raises PeopleError."""
    cognito = client("cognito-idp")
    with _explained(), suppress(cognito.exceptions.UserNotFoundException):
        found = cognito.admin_get_user(UserPoolId=settings.COGNITO["user_pool_id"], Username=name)["UserAttributes"]
        attributes = {each["Name"]: each.get("Value") for each in found}
        return str(attributes["sub"]), attributes.get("email")
    return None


def create_person(email: str, *, group: str, password: str | None) -> str:
    """A person in this group; their `sub`. Without a password Cognito mails them one to sign in with once.

    One request, one for the group, one for the password. Raises PeopleError.
    """
    cognito, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    # A temporary password that is too weak is refused before there is anybody.
    known: Any = {"MessageAction": "SUPPRESS", "TemporaryPassword": password}
    with _explained():
        made = cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            **(known if password else {"DesiredDeliveryMediums": ["EMAIL"]}),
        )["User"]
        if password:
            cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    return next(attribute["Value"] for attribute in made["Attributes"] if attribute["Name"] == "sub")


def change_password(email: str, password: str) -> None:
    """Set a password for good, and end every sign-in made with the old one. Two requests; raises PeopleError."""
    cognito, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    with _explained():
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        cognito.admin_user_global_sign_out(UserPoolId=pool, Username=email)


def reset_second_factor(email: str) -> None:
    """Forget an authenticator app, and end every sign-in. Two requests; raises PeopleError."""
    cognito, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    with _explained():
        cognito.admin_set_user_mfa_preference(
            UserPoolId=pool, Username=email, SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False}
        )
        cognito.admin_user_global_sign_out(UserPoolId=pool, Username=email)
