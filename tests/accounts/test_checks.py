"""`manage.py check` finds a user pool that could verify no token."""

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from tests.accounts.issuer import Issuer, key_document


def problems(**pool: str) -> list[str | None]:
    with override_settings(COGNITO={**settings.COGNITO, **pool}):
        return [message.id for message in run_checks() if (message.id or "").startswith("accounts.")]


@pytest.mark.parametrize(
    "pool",
    [
        {"keys": "not JSON"},
        {"keys": '{"keys": []}'},
        {"jwks_url": "http://example.com/jwks.json"},
        {"jwks_url": "none"},
    ],
    ids=str,
)
def test_it_finds(pool: dict[str, str]) -> None:
    assert problems(**pool) == ["accounts.E001"]


def test_it_finds_nothing_wrong() -> None:
    assert problems() == []
    assert problems(keys=key_document(Issuer())) == []
