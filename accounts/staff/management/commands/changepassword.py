"""manage.py changepassword EMAIL: sets it in Cognito, and ends the sign-ins made with the old one."""

import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.staff.management.commands.createsuperuser import ask_twice
from accounts.staff.people import change_password


class Command(BaseCommand):
    """The new password is typed twice, or is the first line of a standard input that is no terminal."""

    help = (
        "Sets someone's password in Cognito and signs them out everywhere, here within five minutes. A browser that "
        "signed in on Cognito's page within the hour is let in again: against a thief, disable them for an hour first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: object, email: str, **options: object) -> None:
        password = ask_twice() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        if not password:
            raise CommandError("Blank: nothing was changed.")
        change_password(email, password)
        self.stdout.write(self.style.SUCCESS(f"The password of {email} is changed."))
