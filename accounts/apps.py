"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers its checks."""

    name = "accounts"

    def ready(self) -> None:
        """Importing is registering."""
        from accounts import checks  # noqa: F401
