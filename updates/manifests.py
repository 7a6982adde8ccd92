"""What an app is told: the newest version of a product on a channel, and where its files are."""

import json
from dataclasses import asdict, dataclass

ROOT = "updates"  # keys in the bucket are paths of the site


@dataclass(frozen=True)
class Channel:
    """A product on one of its channels, such as `app` on `stable`."""

    product: str
    channel: str

    @property
    def folder(self) -> str:
        """Where everything of it lies in the bucket."""
        return f"{ROOT}/{self.product}/{self.channel}"

    @property
    def key(self) -> str:
        """Where its manifest lies; with a slash before it, the path apps ask for."""
        return f"{self.folder}/latest.json"

    def __str__(self) -> str:
        return f"{self.product}/{self.channel}"


@dataclass(frozen=True)
class File:
    """One file of a version: its path on the site, bytes, and SHA-256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The signed payload; docs/updates.md explains each field to authors of apps."""

    product: str
    channel: str
    sequence: int
    version: str
    minimum: str | None
    published_at: str
    notes: str
    rollout: int
    files: dict[str, File]

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, payload: bytes) -> "Manifest":
        """From JSON. Raises ValueError or TypeError when it is no manifest."""
        fields = json.loads(payload)
        if not isinstance(fields["sequence"], int):
            raise TypeError("A sequence is a whole number.")
        return cls(**{**fields, "files": {name: File(**each) for name, each in fields["files"].items()}})
