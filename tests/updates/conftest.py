"""Each test has a bucket of its own, in which nobody else publishes or damages anything."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from config.aws import client
from tests.updates.publishing import Operator


@pytest.fixture(autouse=True)
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    name = f"updates-{uuid.uuid4().hex}"
    client("s3").create_bucket(Bucket=name)
    client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("UPDATES_BUCKET", name)
    with override_settings(UPDATES_BUCKET=name):
        yield


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody who publishes."""
    found = Operator(tmp_path)
    found.create()
    return found
