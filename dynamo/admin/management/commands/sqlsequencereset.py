"""manage.py sqlsequencereset: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There is no SQL and there are no sequences: keys are made by the items themselves.")
