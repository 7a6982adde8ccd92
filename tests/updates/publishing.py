"""An operator with a product of their own, and apps that are written from docs/updates.md alone."""

import io
import json
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.management import call_command

from config.aws import client
from tests.handbook import code_of, document
from updates import repository, services
from updates.services import Channel, Offer, offers

PAGE = document("updates.md")


def client_of_the_page() -> Any:
    """The client docs/updates.md shows, run as it stands there."""
    names: dict[str, Any] = {}
    exec(compile(code_of(PAGE, "python"), "docs/updates.md", "exec"), names)
    return SimpleNamespace(**names)


class Operator:
    """Publishes a product nobody else does, from a folder of files. Its root key lies there too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.channel = Channel(f"app-{uuid.uuid4().hex[:8]}", "stable")

    @property
    def product(self) -> str:
        """Its name."""
        return self.channel.product

    def create(self, *arguments: str) -> None:
        """Begin the product with one root key, unless others are given."""
        run("create", "--product", self.product, *(arguments or ["--root-key", str(self.folder / "root.pem")]))

    def file(self, name: str = "App.dmg", content: bytes = b"the app") -> Path:
        """A file to publish."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run(self, command: str, *arguments: str) -> str:
        """What a command writes. Raises CommandError."""
        return run(command, "--product", self.product, "--channel", self.channel.channel, *arguments)

    def publish(self, version: str, *arguments: str, content: bytes | None = None) -> Offer:
        """Publish a version for macOS alone; what apps are told then."""
        path = self.file(content=content or version.encode())
        self.run("publish", "--version", version, "--platform", f"macos={path}", *arguments)
        return self.told()

    def told(self) -> Offer:
        """What apps are told now."""
        return offers(repository.read(self.product).targets)[self.channel]

    def root(self) -> bytes:
        """What an app has embedded."""
        return repository.newest_root(self.product).to_bytes()

    def read(self, name: str) -> bytes:
        """Metadata as it lies in the bucket."""
        key = repository.key(self.product, name)
        return client("s3").get_object(Bucket=settings.UPDATES_BUCKET, Key=key)["Body"].read()

    def put(self, name: str, body: bytes) -> None:
        """Put something where metadata lies, as somebody might who can write to the bucket."""
        client("s3").put_object(Bucket=settings.UPDATES_BUCKET, Key=repository.key(self.product, name), Body=body)

    def version_of(self, name: str) -> int:
        """Of metadata in the bucket."""
        version: int = json.loads(self.read(name))["signed"]["version"]
        return version

    def versions(self) -> list[str]:
        """What they were ever told, oldest first."""
        return [offer.custom["version"] for _, offer in reversed(services.history(self.channel))]


def run(command: str, *arguments: str) -> str:
    """What a command of `updates` writes. Raises CommandError."""
    output = io.StringIO()
    call_command("updates", command, *arguments, stdout=output)
    return output.getvalue()


def listing() -> set[tuple[str, str]]:
    """Every version of every object in the bucket."""
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=settings.UPDATES_BUCKET)
    return {
        (found["Key"], found["VersionId"])
        for page in pages
        for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    }
