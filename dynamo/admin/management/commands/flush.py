"""manage.py flush: there is no SQL here."""

from dynamo.admin.management.refused_command import InsteadCommand


class Command(InsteadCommand):
    """Says what to use."""

    help = "Not for DynamoDB: says what to use."
    instead = "Nothing is emptied by one command here: delete the tables' stack, or a table, where you made it."
