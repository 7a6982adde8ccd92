"""manage.py squashmigrations: there is no SQL here."""

from dynamo.admin.management.refused_command import InsteadCommand


class Command(InsteadCommand):
    """Says what to use."""

    help = "Not for DynamoDB: says what to use."
    instead = "There are no migrations: items are read as they were written, and attributes have defaults."
