"""manage.py makemigrations: there is nothing to migrate, which is a success."""

from django.core.management.commands import makemigrations


class Command(makemigrations.Command):
    """Takes Django's arguments, so that `makemigrations --check` in a script goes on working."""

    help = "Not for DynamoDB: rows have no migrations."

    def handle(self, *app_labels: str, **options: object) -> None:
        self.stdout.write("No changes: DynamoDB has no migrations. Items keep old attributes until they are written.")
