"""What an operator does: publish a version, let more installations have it, take it back.

An app is offered TUF's targets: `<product>/<channel>/<platform>` is one each, with custom data. The product is part of
it, so that one product's metadata says nothing to another's app.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from semver import Version
from tuf.api.metadata import TargetFile, Targets

from updates import bucket, local_files, repository
from updates.bucket import Refused
from updates.repository import State

MAX_NOTES = 16_000  # characters: apps ask for the metadata often
_NAME = re.compile(r"(?=.{1,40}$)[a-z0-9]+(?:[._-][a-z0-9]+)*")


class Channel(NamedTuple):
    """A product on one of its channels, such as `app` on `stable`."""

    product: str
    channel: str

    def __str__(self) -> str:
        return f"{self.product}/{self.channel}"


class Release(NamedTuple):
    """What apps are told of a version: `minimum` is the oldest that can update to it, `rollout` is a percentage."""

    version: str
    minimum: str | None
    notes: str
    rollout: int


class Offer(NamedTuple):
    """A version on a channel: a target for each platform. Their custom data are the same but for `name`, a file's."""

    files: dict[str, TargetFile]

    @property
    def custom(self) -> dict[str, Any]:
        """A Release with `published_at`, and `before`: the number of the targets to go back to."""
        return next(iter(self.files.values())).custom or {}

    def content(self) -> dict[str, tuple[Any, ...]]:
        """What must stay the same of a version: each platform's file."""
        return {name: (each.length, each.hashes, (each.custom or {})["name"]) for name, each in self.files.items()}


def offers(targets: Targets) -> dict[Channel, Offer]:
    """What these targets offer on each channel."""
    found: dict[Channel, Offer] = {}
    for path, file in sorted(targets.targets.items()):
        product, channel, platform = path.split("/")
        found.setdefault(Channel(product, channel), Offer({})).files[platform] = file
    return found


def publish(*, channel: Channel, release: Release, files: Mapping[str, Path], allow_downgrade: bool) -> Offer:
    """Offer a version's files, by platform. The files go first, the metadata after them.

    A version never changes: published again as it is now, nothing happens. Broken off, it may be repeated.
    Raises Refused, OSError, and boto3's and botocore's errors.
    """
    check_names(*channel, *files)
    _check_percent(release.rollout)
    version, notes = release.version, len(release.notes)
    if _version(release.minimum or version) > _version(version):
        raise Refused(f"The minimum {release.minimum} is newer than {version}: nobody could update.")
    if notes > MAX_NOTES:
        raise Refused(f"The notes have {notes} characters: {MAX_NOTES} at most.")
    state = repository.read(channel.product)
    now = offers(state.targets).get(channel)
    if now and not allow_downgrade and _version(version) < _version(now.custom["version"]):
        raise Refused(f"{now.custom['version']} is offered, which is newer: --allow-downgrade publishes {version}.")
    read = {platform: local_files.read(path) for platform, path in files.items()}
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    custom = {**release._asdict(), "published_at": moment, "before": state.targets.version}
    offer = Offer({platform: file.target(f"{channel}/{platform}", custom) for platform, file in read.items()})
    for former in (offers(targets).get(channel) for targets in repository.history(state)):
        if former and former.custom["version"] == version and former.content() != offer.content():
            raise Refused(f"{version} has been published with other files, and never changes: take a new number.")
    if now and now.custom["version"] == version:
        if {**now.custom, **release._asdict()} != now.custom:
            raise Refused(f"{version} is published with other notes, minimum or rollout: see `updates rollout`.")
        return now
    for platform, file in read.items():
        # TUF's name of a target in a consistent snapshot.
        local_files.upload(file, f"{bucket.TARGETS}/{channel}/{file.sha256}.{platform}")
    return _commit(state, channel, offer)


def roll_out(*, channel: Channel, version: str, percent: int) -> Offer:
    """Offer the present version to so many of a hundred installations. It is signed anew. Raises as `publish`."""
    _check_percent(percent)
    state, now = _now(channel, version)
    for file in now.files.values():
        file.unrecognized_fields["custom"]["rollout"] = percent
    return _commit(state, channel, now)


def withdraw(*, channel: Channel, version: str) -> Offer:
    """Offer what was offered before the present version. Raises as `publish`.

    Who asks for the version by name can't take back another one by asking twice.
    """
    state, now = _now(channel, version)
    former, _ = repository.trusted(channel.product, f"{now.custom['before']}.targets", Targets)
    if (then := offers(former).get(channel)) is None:
        raise Refused(f"{channel} had nothing before {version}: `updates rollout --percent 0` offers it to nobody.")
    return _commit(state, channel, then)


def history(channel: Channel) -> list[tuple[int, Offer]]:
    """All that was ever offered on a channel, newest first, by targets version. Raises Refused."""
    every = repository.history(repository.read(channel.product))
    told = [(each.version, offers(each).get(channel)) for each in every]
    former = [*(offer for _, offer in told[1:]), None]
    return [(number, offer) for (number, offer), before in zip(told, former, strict=True) if offer and offer != before]


def check_names(*names: str) -> None:
    """Raise Refused for what can't be part of an address."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise Refused(f"{name!r} can't be part of an address: at most 40 of a-z, 0-9, and single . - _ within.")


def _now(channel: Channel, version: str) -> tuple[State, Offer]:
    """What is published, if the channel offers this version."""
    check_names(*channel)
    state = repository.read(channel.product)
    if (now := offers(state.targets).get(channel)) is None:
        raise Refused(f"Nothing is published at {channel}.")
    if (present := now.custom["version"]) != version:
        raise Refused(f"{channel} is at {present}, not at {version!r}.")
    return state, now


def _commit(state: State, channel: Channel, offer: Offer) -> Offer:
    """Offer this on the channel, and nothing else there."""
    others = {path: each for path, each in state.targets.targets.items() if not path.startswith(f"{channel}/")}
    repository.commit(state, others | {each.path: each for each in offer.files.values()})
    return offer


def _check_percent(percent: int) -> None:
    if not 0 <= percent <= 100:
        raise Refused(f"{percent} is no percentage from 0 to 100.")


def _version(text: str) -> Version:
    """By semver.org; build metadata has no place in the order, and its plus sign none in an address. Raises Refused."""
    try:
        found = Version.parse(text)
    except ValueError:
        found = None
    if found is None or found.build or str(found) != text or len(text) > 64:
        raise Refused(f"{text!r} is no version like 1.4.0 or 1.4.0-beta.1 (semver.org, without build metadata).")
    return found
