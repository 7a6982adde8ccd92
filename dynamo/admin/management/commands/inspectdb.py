"""manage.py inspectdb: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There are no SQL tables: `class Post(Row[YourItem])` derives a model from an item.")
