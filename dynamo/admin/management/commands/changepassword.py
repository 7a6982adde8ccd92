"""manage.py changepassword: where passwords are kept elsewhere, it says so."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.management.commands import changepassword
from django.core.management.base import CommandError

from dynamo.admin.users import ExternalUser


class Command(changepassword.Command):
    """Django's own, but for users who sign in elsewhere."""

    def handle(self, *args: object, **options: object) -> Any:
        model: Any = get_user_model()
        if issubclass(model, ExternalUser):
            raise CommandError(model.objects.instead)
        return super().handle(*args, **options)
