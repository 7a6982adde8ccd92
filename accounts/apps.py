"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers how the API's description speaks of tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Importing is registering, for drf-spectacular."""
        from accounts import schema  # noqa: F401
