"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers its checks, and how the API's description speaks of tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Importing is registering."""
        from accounts import checks, schema  # noqa: F401
