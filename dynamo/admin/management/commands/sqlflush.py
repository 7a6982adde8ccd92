"""manage.py sqlflush: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There is no SQL: tables and indexes are described where you made them.")
