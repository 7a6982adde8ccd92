"""manage.py squashmigrations: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There are no migrations: items are read as they were written, and attributes have defaults.")
