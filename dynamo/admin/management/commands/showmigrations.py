"""manage.py showmigrations: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There are no migrations: `manage.py migrate` says which tables there are.")
