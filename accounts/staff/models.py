"""Staff as Django's admin knows them. Nothing of them is stored here: a verified token says all there is."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import models

from accounts.groups import ADMINS
from dynamo.admin.users import ExternalUser, ExternalUserManager


class StaffManager(ExternalUserManager):
    """Makes people in Cognito, for code and commands that know Django's way alone."""

    instead = "People and their passwords are in Cognito: use createsuperuser and changepassword, or its console."

    def create_superuser(self, username: str, password: str | None = None, **_: object) -> "StaffUser":  # type: ignore[override]
        """A member of `admins`. Raises CommandError; costs two to three requests to Cognito."""
        from accounts.staff.people import create_person

        try:
            models.EmailField().clean(username, None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        sub = create_person(username, group=ADMINS, password=password)
        return StaffUser.of(sub=sub, email=username, groups=[ADMINS])


class StaffUser(ExternalUser):
    """One signed-in person: `pk` is Cognito's `sub`, `username` their address."""

    objects: ClassVar[Any] = StaffManager()

    class Meta:
        managed = False
        default_permissions = ()
        verbose_name_plural = "staff"

    @classmethod
    def of(cls, *, sub: str, email: str, groups: Iterable[str]) -> Self:
        """The person a token speaks of; without an address they are shown by their `sub`."""
        user = cls(id=sub, username=email or sub)
        user.group_names = tuple(sorted(groups))
        user.is_superuser = ADMINS in user.group_names
        return user
