"""What an app is offered, as TUF's targets: `<product>/<channel>/<platform>` is one each, with custom data.

The product is part of it, so that one product's metadata says nothing to another's app.
"""

from dataclasses import dataclass
from typing import Any

from tuf.api.metadata import TargetFile, Targets


@dataclass(frozen=True)
class Channel:
    """A product on one of its channels, such as `app` on `stable`."""

    product: str
    channel: str

    def __str__(self) -> str:
        return f"{self.product}/{self.channel}"


@dataclass(frozen=True)
class Offer:
    """A version on a channel: a target for each platform. Their custom data are the same but for `name`, a file's."""

    files: dict[str, TargetFile]

    @property
    def custom(self) -> dict[str, Any]:
        """`version`, `minimum`, `published_at`, `notes`, `rollout`, and `before`: the targets to go back to, or 0."""
        shared = next(iter(self.files.values())).custom or {}
        return {name: value for name, value in shared.items() if name != "name"}

    def content(self) -> dict[str, tuple[Any, ...]]:
        """What must stay the same of a version: each platform's file."""
        return {name: (each.length, each.hashes, (each.custom or {})["name"]) for name, each in self.files.items()}

    def with_rollout(self, percent: int) -> "Offer":
        """The same for so many of a hundred installations."""
        custom = {**self.custom, "rollout": percent}
        return Offer({name: target(each, custom) for name, each in self.files.items()})


def target(file: TargetFile, custom: dict[str, Any]) -> TargetFile:
    """A target of this file with other custom data; it keeps its name."""
    name = (file.custom or {})["name"]
    return TargetFile(file.length, file.hashes, file.path, {"custom": {**custom, "name": name}})


def offer_in(targets: Targets, channel: Channel) -> Offer | None:
    """What these targets offer on a channel."""
    found = {each.path.rpartition("/")[2]: each for each in targets.targets.values() if _is_of(each, channel)}
    return Offer(found) if found else None


def put_offer(targets: Targets, channel: Channel, offer: Offer) -> None:
    """Offer this on the channel, and nothing else there."""
    others = {path: each for path, each in targets.targets.items() if not _is_of(each, channel)}
    targets.targets = others | {each.path: each for each in offer.files.values()}


def channels_in(targets: Targets) -> list[Channel]:
    """Those that offer something."""
    return [Channel(*names) for names in sorted({tuple(path.split("/")[:2]) for path in targets.targets})]


def _is_of(file: TargetFile, channel: Channel) -> bool:
    return file.path.startswith(f"{channel}/")
