"""The API does what its OpenAPI description says: every operation, good input and bad, every check schemathesis has."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.conf import settings
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from config.wsgi import application
from tests.personas import Persona, sign_up

schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
schema.config.generation.update(modes=list(schemathesis.GenerationMode))


@pytest.fixture(scope="module")
def editor() -> Persona:
    """One editor reaches every operation."""
    return sign_up("edith", "editors")


@pytest.fixture(autouse=True, scope="module")
def _no_throttles() -> Iterator[None]:
    """Hundreds of requests a minute from one address are the point here."""
    with override_settings(THROTTLES={scope: [] for scope in settings.THROTTLES}):
        yield


@schema.parametrize()
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_it_keeps_its_word(case: schemathesis.Case, editor: Persona) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {editor.access_token}"})
