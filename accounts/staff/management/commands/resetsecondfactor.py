"""manage.py resetsecondfactor EMAIL: for who has lost their phone. They set up another at their next sign-in."""

from django.core.management.base import BaseCommand, CommandParser

from accounts.staff.people import reset_second_factor


class Command(BaseCommand):
    """Until then their password alone signs in, so change that as well if somebody else may know it."""

    help = "Forgets someone's authenticator app in Cognito and signs them out everywhere, here within five minutes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: object, email: str, **options: object) -> None:
        reset_second_factor(email)
        self.stdout.write(self.style.SUCCESS(f"{email} sets up another authenticator app at the next sign-in."))
