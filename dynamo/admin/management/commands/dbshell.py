"""manage.py dbshell: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There is no SQL shell: use `manage.py shell`, or `aws dynamodb query`.")
