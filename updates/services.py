"""What an operator does: publish a version, let more installations have it, take it back."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from semver import Version
from tuf.api.metadata import TargetFile

from updates import bucket, local_files, repository
from updates.errors import Refused
from updates.local_files import LocalFile, Progress, nothing
from updates.offers import Channel, Offer, offer_in, put_offer
from updates.repository import State

MAX_NOTES = 16_000  # characters: apps ask for the metadata often
_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_MAX_NAME, _MAX_VERSION = 40, 64


@dataclass(frozen=True)
class Release:
    """A version as an operator wants to have it published."""

    version: str
    platforms: Mapping[str, Path]
    notes: str
    rollout: int
    minimum: str | None


def publish(
    *, channel: Channel, release: Release, allow_downgrade: bool, progress: Progress = nothing
) -> tuple[Offer, bool]:
    """Offer a version; the offer, and whether it is news. The files go first, the metadata after them.

    A version never changes: published again as it is now, nothing happens. Broken off, it may be repeated.
    Raises Refused, OSError, and boto3's and botocore's errors.
    """
    _check(channel, release)
    state = repository.read(channel.product)
    now = offer_in(state.targets.signed, channel)
    if now and not allow_downgrade:
        _check_is_newer(release.version, now)
    read = {platform: local_files.read(path, progress) for platform, path in release.platforms.items()}
    offer = _made(channel, release, read, before=state.targets.signed.version if now else 0)
    _check_has_no_other(offer, state, channel)
    if now and now.custom["version"] == release.version:
        return _as_it_is(now, release), False
    for platform, path in release.platforms.items():
        # TUF's name of a target in a consistent snapshot.
        key = f"{bucket.TARGETS}/{channel}/{read[platform].sha256}.{platform}"
        bucket.put_file(path, read[platform], key, progress(f"upload {path.name}", read[platform].size))
    _commit(state, channel, offer)
    return offer, True


def roll_out(*, channel: Channel, version: str, percent: int) -> Offer:
    """Offer the present version to so many of a hundred installations. It is signed anew. Raises as `publish`."""
    _check_percent(percent)
    state, now = _now(channel, version)
    return _commit(state, channel, now.with_rollout(percent))


def withdraw(*, channel: Channel, version: str) -> Offer:
    """Offer what was offered before the present version. Raises as `publish`.

    Who asks for the version by name can't take back another one by asking twice.
    """
    state, now = _now(channel, version)
    before = now.custom["before"]
    then = offer_in(repository.targets_of(channel.product, before), channel) if before else None
    if then is None:
        raise Refused(f"{channel} had nothing before {version}: `updates rollout --percent 0` offers it to nobody.")
    return _commit(state, channel, then)


def history(channel: Channel) -> list[tuple[int, Offer]]:
    """All that was ever offered on a channel, newest first, by targets version. Raises Refused."""
    told = [(each.version, offer_in(each, channel)) for each in repository.history(repository.read(channel.product))]
    after = [*told[1:], (0, None)]
    return [
        (number, offer) for (number, offer), (_, former) in zip(told, after, strict=True) if offer and offer != former
    ]


def _now(channel: Channel, version: str) -> tuple[State, Offer]:
    """What is published, if the channel offers this version."""
    check_names(channel.product, channel.channel)
    state = repository.read(channel.product)
    now = offer_in(state.targets.signed, channel)
    if now is None:
        raise Refused(f"Nothing is published at {channel}.")
    if (present := now.custom["version"]) != version:
        raise Refused(f"{channel} is at {present}, not at {version!r}.")
    return state, now


def _commit(state: State, channel: Channel, offer: Offer) -> Offer:
    targets = deepcopy(state.targets.signed)
    put_offer(targets, channel, offer)
    repository.commit(state, targets)
    return offer


def _made(channel: Channel, release: Release, read: dict[str, LocalFile], *, before: int) -> Offer:
    custom = {
        "version": release.version,
        "minimum": release.minimum,
        "published_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "notes": release.notes,
        "rollout": release.rollout,
        "before": before,
    }
    files = {
        name: TargetFile(
            file.size, {"sha256": file.sha256}, f"{channel}/{name}", {"custom": {**custom, "name": file.name}}
        )
        for name, file in read.items()
    }
    return Offer(files)


def _as_it_is(now: Offer, release: Release) -> Offer:
    """The present offer, if it says the same of its version. Raises Refused."""
    said = now.custom
    if (said["notes"], said["rollout"], said["minimum"]) != (release.notes, release.rollout, release.minimum):
        raise Refused(
            f"{release.version} is published, with other notes, minimum or rollout ({said['rollout']} %): "
            "`updates rollout` changes the rollout, the rest stays."
        )
    return now


def _check(channel: Channel, release: Release) -> None:
    """Raise Refused for what could never be published, whatever is there already."""
    check_names(channel.product, channel.channel, *release.platforms)
    _check_percent(release.rollout)
    if _version(release.minimum or release.version) > _version(release.version):
        raise Refused(f"The minimum {release.minimum} is newer than {release.version}: nobody could update.")
    if len(release.notes) > MAX_NOTES:
        raise Refused(f"The notes have {len(release.notes)} characters: {MAX_NOTES} at most.")
    if not release.platforms:
        raise Refused("Name a file for a platform at least.")
    for path in release.platforms.values():
        local_files.check(path)


def _check_is_newer(version: str, now: Offer) -> None:
    if _version(version) < _version(present := now.custom["version"]):
        raise Refused(f"{present} is offered, which is newer: --allow-downgrade publishes {version}.")


def _check_has_no_other(wanted: Offer, state: State, channel: Channel) -> None:
    version = wanted.custom["version"]
    for offer in (offer_in(targets, channel) for targets in repository.history(state)):
        if offer and offer.custom["version"] == version and offer.content() != wanted.content():
            raise Refused(f"{version} has been published with other files, and never changes: take a new number.")


def check_names(*names: str) -> None:
    """Raise Refused for what can't be part of an address."""
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
            raise Refused(
                f"{name!r} can't be part of an address: use at most {_MAX_NAME} small letters and digits, "
                "with single dots, - or _ within."
            )


def _check_percent(percent: int) -> None:
    if not 0 <= percent <= 100:
        raise Refused(f"{percent} is no percentage from 0 to 100.")


def _version(text: str) -> Version:
    """By semver.org; build metadata has no place in the order, and its plus sign none in an address. Raises Refused."""
    try:
        found = Version.parse(text)
    except ValueError:
        found = None
    if found is None or found.build or str(found) != text or len(text) > _MAX_VERSION:
        raise Refused(f"{text!r} is no version like 1.4.0 or 1.4.0-beta.1 (semver.org, without build metadata).")
    return found
