"""What `manage.py check` says of the user pool's settings, so that a mistake shows before the first request."""

from django.core.checks import CheckMessage, Error, register

from accounts.tokens import default_verifier


@register
def check_user_pool(**kwargs: object) -> list[CheckMessage]:
    """accounts.E001: the keys given at deployment can't be read, or would be fetched from an unsafe address."""
    try:
        default_verifier()
    except ValueError as error:
        return [Error(f"No token could be verified: {error}", hint="See docs/settings.md.", id="accounts.E001")]
    return []
