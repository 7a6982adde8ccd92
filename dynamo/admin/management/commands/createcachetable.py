"""manage.py createcachetable: there is no SQL here."""

from dynamo.admin.management.refused_command import refusing

Command = refusing("There is no SQL for a cache table: set CACHES to local memory or Redis.")
