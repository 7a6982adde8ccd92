"""People who sign in elsewhere, as with Cognito: Django stores nothing about them.

backends.py has what they may.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.management.base import CommandError
from django.db import models


class ExternalUserManager(BaseUserManager[Any]):
    """Makes no users; where they are made says so in `instead`."""

    instead = "People and their passwords are kept by the sign-in service: make and change them there."

    def create_user(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuses, in one sentence."""
        raise CommandError(self.instead)

    create_superuser = create_user

    def get_by_natural_key(self, username: str | None) -> Any:
        """Nobody is known here. Raises DoesNotExist."""
        raise self.model.DoesNotExist


class ExternalUser(AbstractBaseUser, PermissionsMixin):
    """The base of such a user model. No password, last login or groups in a table: those are the sign-in service's."""

    id = models.CharField(primary_key=True, max_length=128)
    username = models.CharField(max_length=254, unique=True)
    password = last_login = groups = user_permissions = None  # type: ignore[assignment]  # fields of Django's, taken away

    objects: ClassVar[Any] = ExternalUserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    group_names: Sequence[str] = ()
    is_active = True

    class Meta:
        abstract = True
        managed = False
        default_permissions = ()

    def __str__(self) -> str:
        return self.username

    def save(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(ExternalUserManager.instead)

    @property
    def is_staff(self) -> bool:
        """Whether there is anything they may do in the admin."""
        return self.is_superuser or bool(self.get_all_permissions())

    def has_usable_password(self) -> bool:
        """No: the admin then offers no "change password"."""
        return False

    def get_session_auth_hash(self) -> str:
        """The same for all, as Django wants some text: the sign-in service decides which sessions are over."""
        return "external"

    def get_session_auth_fallback_hash(self) -> tuple[()]:
        """None."""
        return ()
