"""The accounts app, and what `manage.py check` says of the user pool's settings, before the first request would."""

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register


class AccountsConfig(AppConfig):
    """Registers its check."""

    name = "accounts"

    def ready(self) -> None:
        register(check_user_pool)


def check_user_pool(**kwargs: object) -> list[CheckMessage]:
    """accounts.E001: the keys given at deployment can't be read, or would be fetched from an unsafe address."""
    from accounts.tokens import default_verifier

    try:
        default_verifier()
    except ValueError as error:
        return [Error(f"No token could be verified: {error}", hint="See docs/settings.md.", id="accounts.E001")]
    return []
