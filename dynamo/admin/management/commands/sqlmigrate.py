"""manage.py sqlmigrate: there is no SQL here."""

from dynamo.admin.management.refused_command import InsteadCommand


class Command(InsteadCommand):
    """Says what to use."""

    help = "Not for DynamoDB: says what to use."
    instead = "There is no SQL: tables and indexes are described where you made them."
