"""manage.py migrate: whether every table is there; with --create, those that are not are made."""

from django.apps import apps
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from dynamo.admin.history.log import Entry
from dynamo.admin.rows import Row
from dynamo.models import Model
from dynamo.sessions import Session


class Command(migrate.Command):
    """Derived from Django's, which a system check looks at and whose options scripts give."""

    help = "Checks that each table of the admin is there. There is no SQL to migrate."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--create", action="store_true", help="Make missing tables, as a laptop or a test wants.")

    def handle(self, *args: object, **options: object) -> None:
        missing = [model for model in tables() if not model.exists()]
        names = ", ".join(str(model.Meta.table_name) for model in missing)
        if missing and not options["create"]:
            raise CommandError(f"Missing: {names}. Apply your infrastructure template, or add --create on a laptop.")
        for model in missing:
            model.create_table(wait=True, billing_mode="PAY_PER_REQUEST")
        self.stdout.write(f"Made {names}." if missing else "Every table is there; there is no SQL to migrate.")


def tables() -> list[type[Model]]:
    """What the admin reads and writes."""
    items = [model.item_class for model in apps.get_models() if issubclass(model, Row)]
    return list(dict.fromkeys([Session, Entry, *items]))
