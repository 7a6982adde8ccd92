"""manage.py dumpdata: every kind of row, unless some are named; the rest of Django's models have no table."""

from django.apps import apps
from django.core.management.commands import dumpdata

from dynamo.admin.rows import Row


class Command(dumpdata.Command):
    """Django's own, which would ask SQL for content types, groups and the log."""

    def handle(self, *app_labels: str, **options: object) -> None:
        rows = [model._meta.label_lower for model in apps.get_models() if issubclass(model, Row)]
        super().handle(*(app_labels or rows), **options)
