"""`manage.py token alice@example.com`: a demo user's access token, for curl."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.aws import client
from infra.local.welcome import SIGN_INS

PASSWORDS = {person.email: person.password for person in SIGN_INS}


class Command(BaseCommand):
    """Signs in at the embedded Cognito as a mobile app would, and prints the access token alone."""

    help = "Print an access token of a user of the embedded AWS, good for an hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--password", help="Needed for users other than the demo's.")
        parser.add_argument("--id", dest="id_token", action="store_true", help="Print the id token instead.")

    def handle(self, *args: object, email: str, password: str | None, id_token: bool, **options: object) -> None:
        password = password or PASSWORDS.get(email)
        if not password:
            raise CommandError(f"Give the --password of {email}: only the demo users' are known.")
        self.stdout.write(_sign_in(email, password)["IdToken" if id_token else "AccessToken"])


def _sign_in(email: str, password: str) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: Any = client("cognito-idp").initiate_auth(
            ClientId=settings.COGNITO["client_ids"][1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    except ClientError as error:
        raise CommandError(f"Cognito refused: {error.response['Error'].get('Message')}") from None
    except BotoCoreError:
        raise CommandError("The embedded AWS does not answer: start it with `make run`.") from None
    if "AuthenticationResult" not in answer:
        text = f"{email} has an authenticator app, whose codes this does not ask for: resetsecondfactor forgets it."
        raise CommandError(text)
    return answer["AuthenticationResult"]
