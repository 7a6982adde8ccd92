"""An operator with a channel of their own, and an app that is written from docs/updates.md alone."""

import io
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.management import call_command

from config.aws import client
from tests.handbook import code_of, document
from updates import bucket
from updates.manifests import Channel, Manifest
from updates.signing import public_keys

PAGE = document("updates.md")


def client_of_the_page() -> Any:
    """The client docs/updates.md shows, run as it stands there."""
    names: dict[str, Any] = {}
    exec(compile(code_of(PAGE, "python"), "docs/updates.md", "exec"), names)
    return SimpleNamespace(**names)


class Operator:
    """Publishes a product nobody else does, from a folder of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.channel = Channel(f"app-{uuid.uuid4().hex[:8]}", "stable")

    def file(self, name: str = "App.dmg", content: bytes = b"the app") -> Path:
        """A file to publish."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run(self, command: str, *arguments: str) -> str:
        """What a command writes. Raises CommandError."""
        where = ["--product", self.channel.product, "--channel", self.channel.channel]
        return run(command, *where, *arguments)

    def publish(self, version: str, *arguments: str, content: bytes | None = None) -> Manifest:
        """Publish a version for macOS alone; what apps are told then."""
        path = self.file(content=content or version.encode())
        self.run("publish_update", "--version", version, "--platform", f"macos={path}", *arguments)
        return self.told()

    def told(self) -> Manifest:
        """What apps are told now."""
        stored = bucket.current(self.channel)
        assert stored is not None
        return stored.manifest

    def put(self, body: bytes) -> None:
        """Put something where the manifest lies, as somebody might who can write to the bucket."""
        client("s3").put_object(Bucket=settings.UPDATES_BUCKET, Key=self.channel.key, Body=body)

    def delete(self) -> None:
        """Delete the manifest by hand."""
        client("s3").delete_object(Bucket=settings.UPDATES_BUCKET, Key=self.channel.key)

    def versions(self) -> list[str]:
        """What they were ever told, oldest first."""
        return [manifest.version for manifest in reversed(bucket.history(self.channel))]


def run(command: str, *arguments: str) -> str:
    """What a command writes. Raises CommandError."""
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def listing() -> set[tuple[str, str]]:
    """Every version of every object in the bucket."""
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=settings.UPDATES_BUCKET)
    return {
        (found["Key"], found["VersionId"])
        for page in pages
        for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    }


def keys() -> dict[str, str]:
    """What an app has embedded."""
    return public_keys(settings.UPDATES_KEYS)
