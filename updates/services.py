"""What an operator does: publish a version, let more installations have it, take it back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from updates import bucket, local_files
from updates.errors import Refused
from updates.manifests import Channel, File, Manifest
from updates.versions import precedence

MAX_NOTES = 16_000  # characters: the manifest is asked for often
_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_MAX_NAME = 40


@dataclass(frozen=True)
class Release:
    """A version as an operator wants to have it published."""

    version: str
    platforms: Mapping[str, Path]
    notes: str
    rollout: int
    minimum: str | None


def publish(*, channel: Channel, release: Release, allow_downgrade: bool) -> tuple[Manifest, bool]:
    """Tell apps of a version; the manifest, and whether it is news. The files go first, the manifest last.

    A version never changes: published again as it is now, nothing happens. Broken off, it may be repeated.
    Raises Refused, OSError, and boto3's and botocore's errors.
    """
    _check(channel, release)
    now, past = bucket.current(channel), bucket.history(channel)
    if now and not allow_downgrade:
        _check_is_newer(release.version, now.manifest)
    read = {platform: local_files.read(path) for platform, path in release.platforms.items()}
    files = {platform: _described(channel, release.version, file) for platform, file in read.items()}
    _check_has_no_other(files, release.version, past)
    if now and now.manifest.version == release.version:
        return _as_it_is(now.manifest, release), False
    for platform, path in release.platforms.items():
        bucket.put_file(path, read[platform], files[platform].path.removeprefix("/"))
    manifest = _made(channel, release, files, sequence=_next(past))
    bucket.put_manifest(manifest, over=now, before=now.s3_version if now else "")
    return manifest, True


def roll_out(*, channel: Channel, version: str, percent: int) -> Manifest:
    """Offer the present version to so many of a hundred installations. It is signed anew. Raises as `publish`."""
    _check_percent(percent)
    now = _now(channel, version)
    wanted = replace(now.manifest, rollout=percent, sequence=_next(bucket.history(channel)))
    bucket.put_manifest(wanted, over=now, before=now.before)
    return wanted


def withdraw(*, channel: Channel, version: str) -> Manifest:
    """Offer what was offered before the present version. Raises as `publish`.

    Who asks for the version by name can't take back another one by asking twice.
    """
    now = _now(channel, version)
    if not now.before:
        raise Refused(f"{channel} had nothing before {version}: `rollout_update --percent 0` offers it to nobody.")
    then = bucket.earlier(channel, now.before)
    wanted = replace(then.manifest, sequence=_next(bucket.history(channel)))
    bucket.put_manifest(wanted, over=now, before=then.before)
    return wanted


def _now(channel: Channel, version: str) -> bucket.Stored:
    """The present manifest, if it is of this version."""
    _check_names(channel.product, channel.channel)
    now = bucket.current(channel)
    if now is None:
        raise Refused(f"Nothing is published at {channel}.")
    if now.manifest.version != version:
        raise Refused(f"{channel} is at {now.manifest.version}, not at {version!r}.")
    return now


def _next(past: list[Manifest]) -> int:
    """A greater number than any app has seen, even where somebody put an old manifest back by hand."""
    return max((told.sequence for told in past), default=0) + 1


def _described(channel: Channel, version: str, file: local_files.LocalFile) -> File:
    path = f"/{channel.folder}/{version}/{file.sha256[:16]}-{file.name}"
    return File(path=path, size=file.size, sha256=file.sha256)


def _made(channel: Channel, release: Release, files: dict[str, File], *, sequence: int) -> Manifest:
    return Manifest(
        product=channel.product,
        channel=channel.channel,
        sequence=sequence,
        version=release.version,
        minimum=release.minimum,
        published_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        notes=release.notes,
        rollout=release.rollout,
        files=files,
    )


def _as_it_is(now: Manifest, release: Release) -> Manifest:
    """The present manifest, if it says the same of its version. Raises Refused."""
    if (now.notes, now.rollout, now.minimum) != (release.notes, release.rollout, release.minimum):
        raise Refused(
            f"{now.version} is published, with other notes, minimum or rollout ({now.rollout} %): `rollout_update` "
            "changes the rollout, the rest stays."
        )
    return now


def _check(channel: Channel, release: Release) -> None:
    """Raise Refused for what could never be published, whatever is there already."""
    _check_names(channel.product, channel.channel, *release.platforms)
    _check_percent(release.rollout)
    if precedence(release.minimum or release.version) > precedence(release.version):
        raise Refused(f"The minimum {release.minimum} is newer than {release.version}: nobody could update.")
    if len(release.notes) > MAX_NOTES:
        raise Refused(f"The notes have {len(release.notes)} characters: {MAX_NOTES} at most.")
    if not release.platforms:
        raise Refused("Name a file for a platform at least.")
    for path in release.platforms.values():
        local_files.check(path)


def _check_is_newer(version: str, now: Manifest) -> None:
    if precedence(version) < precedence(now.version):
        raise Refused(f"{now.version} is offered, which is newer: --allow-downgrade publishes {version}.")


def _check_has_no_other(files: dict[str, File], version: str, past: list[Manifest]) -> None:
    if any(told.version == version and told.files != files for told in past):
        raise Refused(f"{version} has been published with other files, and never changes: take a new number.")


def _check_names(*names: str) -> None:
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
            raise Refused(
                f"{name!r} can't be part of an address: use at most {_MAX_NAME} small letters and digits, "
                "with single dots, - or _ within."
            )


def _check_percent(percent: int) -> None:
    if not 0 <= percent <= 100:
        raise Refused(f"{percent} is no percentage from 0 to 100.")
