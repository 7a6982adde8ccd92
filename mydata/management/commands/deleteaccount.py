"""manage.py deleteaccount WHO: for who can't ask for it themselves, or has gone from Cognito and left their data."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.staff.people import find_person
from mydata.services import request_erasure


class Command(BaseCommand):
    """The same as `POST /api/mydata/erasure/`, without a proof of the password."""

    help = "Deletes an account with all that is kept of it, within two hours. What is published stays, under --byline."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="the address, or the `sub` if Cognito does not know them any more")
        parser.add_argument("--byline", help="the name under which their posts stay; without it, their own")
        parser.add_argument("--noinput", action="store_false", dest="interactive", help="do not ask")

    def handle(self, *args: object, who: str, byline: str | None, interactive: bool, **options: object) -> None:
        owner, email = find_person(who) or ("" if "@" in who else who, None)
        if not owner:
            raise CommandError("There is nobody with this address. Who has gone from Cognito is named by their `sub`.")
        if interactive and input(f"All that is kept of {who} is deleted for good. Type it once more: ") != who:
            raise CommandError("Nothing was changed.")
        request_erasure(owner=owner, email=email, byline=byline)
        self.stdout.write(self.style.SUCCESS(f"{who} is being deleted; the machine of erasures tells how far it is."))
