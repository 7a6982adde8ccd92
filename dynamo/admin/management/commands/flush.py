"""manage.py flush: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("Nothing is emptied by one command here: delete the tables' stack, or a table, where you made it.")
