"""django-storages: files and static files lie in S3, nothing on disk."""

import runpy
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from django.test import override_settings

from config.aws import client
from tests.media.uploading import fetch


def test_there_is_no_media_root() -> None:
    assert settings.MEDIA_ROOT == ""
    assert type(storages["default"]).__module__ == "storages.backends.s3"


def test_a_file_is_saved_opened_linked_and_deleted() -> None:
    name = f"exports/{uuid4()}/Ä b.txt"
    saved = default_storage.save(name, ContentFile(b"hello"))
    assert default_storage.exists(saved)
    with default_storage.open(saved) as file:
        assert file.read() == b"hello"
    assert client("s3").get_object(Bucket=settings.UPLOADS_BUCKET, Key=saved)["Body"].read() == b"hello"
    link = default_storage.url(saved)
    assert "Signature" in link
    assert fetch(link).data == b"hello"
    assert default_storage.save(name, ContentFile(b"other")) != saved
    default_storage.delete(saved)
    assert not default_storage.exists(saved)


@pytest.fixture
def production_storages(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """STORAGES as any stage but the local one has it."""
    monkeypatch.setenv("STAGE", "production")
    monkeypatch.setenv("ALLOWED_HOSTS", "example.com")
    found: dict[str, Any] = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))["STORAGES"]
    return found


def test_static_files_are_collected_under_hashed_names(production_storages: dict[str, Any]) -> None:
    others = ["admin", "blog", "dynamo_admin", "drf_spectacular_sidecar", "staff", "todos"]  # deployments collect all
    with override_settings(STORAGES=production_storages, DEBUG=False):
        call_command("collectstatic", interactive=False, stdout=StringIO(), verbosity=0, ignore_patterns=others)
        url = storages["staticfiles"].url("rest_framework/css/default.css")
    assert "rest_framework/css/default." in url
    assert not url.endswith("/default.css")
    assert "Signature" not in url
    key = url.partition(f"{settings.STATIC_BUCKET}")[2].lstrip("/")
    found = client("s3").get_object(Bucket=settings.STATIC_BUCKET, Key=key)
    assert found["CacheControl"] == "public, max-age=31536000, immutable"
    assert found["ContentType"] == "text/css"
