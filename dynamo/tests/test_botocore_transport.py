"""The models over botocore: settings.DYNAMO["TRANSPORT"] chooses, and everything else stays as it is."""

import pytest

from dynamo.connection import shared
from dynamo.tests.test_models import *  # noqa: F403  # the same tests, once more


@pytest.fixture(autouse=True)
def _over_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared(), "transport", None)
