"""manage.py createsuperuser: a member of a staff group, `admins` unless told otherwise, made in Cognito."""

import getpass
import sys

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.groups import ADMINS
from accounts.staff.people import create_person
from config import env


class Command(BaseCommand):
    """With --noinput, DJANGO_SUPERUSER_EMAIL and DJANGO_SUPERUSER_PASSWORD answer, as in Django's own."""

    help = "Makes someone who may use the admin, in Cognito. Without a password, Cognito mails them one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", "--username", dest="email", help="Their address, which they sign in with.")
        groups = (*settings.GROUP_PERMISSIONS, ADMINS)
        parser.add_argument("--group", choices=groups, default=ADMINS, help="What they may do (default: everything).")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")

    def handle(self, *args: object, email: str | None, group: str, interactive: bool, **options: object) -> None:
        interactive = interactive and sys.stdin.isatty()
        email = email or env.text("DJANGO_SUPERUSER_EMAIL", "")
        email = email or (input("Email: ") if interactive else "")
        if not email:
            raise CommandError("Say who: --email, or DJANGO_SUPERUSER_EMAIL.")
        password = env.text("DJANGO_SUPERUSER_PASSWORD", "") or (ask_twice(optional=True) if interactive else "")
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is no email address.") from error
        create_person(email, group=group, password=password or None)
        mailed = "" if password else " Cognito mails them a password to sign in with once."
        self.stdout.write(self.style.SUCCESS(f"{email} is in {group}.{mailed}"))


def ask_twice(*, optional: bool = False) -> str:
    """A password typed twice, unseen. Raises CommandError if the two differ, or if there is none and must be one."""
    first = getpass.getpass("Password (leave blank to have one mailed): " if optional else "Password: ")
    if not first and optional:
        return ""
    if not first or getpass.getpass("Password (again): ") != first:
        raise CommandError("Blank, or not the same twice: nothing was changed.")
    return first
