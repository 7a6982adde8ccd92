"""manage.py showmigrations: there is no SQL here."""

from dynamo.admin.management.refused_command import InsteadCommand


class Command(InsteadCommand):
    """Says what to use."""

    help = "Not for DynamoDB: says what to use."
    instead = "There are no migrations: `manage.py migrate` says which tables there are."
