"""The bucket: files that never change, and one manifest for each channel, whose S3 versions are its history.

Putting the manifest is the one moment at which anything is published. It is conditional on what it replaces, so of two
operators at the same time one is refused.
"""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from django.conf import settings

from config.aws import patient_s3
from updates import signing
from updates.errors import Refused
from updates.local_files import PART_BYTES, LocalFile
from updates.manifests import ROOT, Channel, Manifest

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef, PutObjectRequestTypeDef

FOR_EVER = "public, max-age=31536000, immutable"
# For a minute, for one more while it is asked for anew, and for a day while S3 is away.
A_MINUTE = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
_READ_AT_ONCE = 8
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


@dataclass(frozen=True)
class Stored:
    """A manifest as it lies in the bucket. `before` is the S3 version a withdrawal goes back to, if there is one."""

    manifest: Manifest
    body: bytes
    etag: str
    before: str
    s3_version: str


def current(channel: Channel) -> Stored | None:
    """What apps are told now. Raises Refused when it is not signed by a key of ours, so that we never sign it anew."""
    try:
        stored = _read(channel.key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return _trusted(stored, channel)


def earlier(channel: Channel, s3_version: str) -> Stored:
    """What they were told by this version of the manifest. Raises Refused as `current` does."""
    return _trusted(_read(channel.key, s3_version), channel)


def history(channel: Channel) -> list[Manifest]:
    """Everything they were ever told, newest first. What is no manifest is left out; signatures are not looked at."""
    pages = patient_s3().get_paginator("list_object_versions").paginate(Bucket=_bucket(), Prefix=channel.key)
    listed = (found for page in pages for found in page.get("Versions", []))
    versions = [found["VersionId"] for found in listed if found["Key"] == channel.key]
    with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
        read = threads.map(lambda version: _read(channel.key, version), versions)
        return [stored.manifest for stored in read if stored]


def channels() -> Iterator[Channel]:
    """Those with a manifest."""
    pages = patient_s3().get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix=f"{ROOT}/")
    for page in pages:
        for found in page.get("Contents", []):
            _, product, channel, *rest = found["Key"].split("/")
            if rest == ["latest.json"]:
                yield Channel(product, channel)


def put_manifest(manifest: Manifest, *, over: Stored | None, before: str) -> None:
    """Tell apps this from now on, if they are still told what is `over`. Raises Refused if not."""
    channel = Channel(manifest.product, manifest.channel)
    body = signing.seal(manifest.encode(), settings.UPDATES_KEYS)
    request: PutObjectRequestTypeDef = {
        "Bucket": _bucket(),
        "Key": channel.key,
        "Body": body,
        "ContentType": "application/json",
        "CacheControl": A_MINUTE,
        "Metadata": {"before": before},
    }
    request |= {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
    try:
        patient_s3().put_object(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _CHANGED:
            raise
        # A request whose answer was lost is sent again, and then meets itself.
        if not _is_there(channel, body):
            raise Refused(f"Somebody changed {channel} meanwhile: see `list_updates`, then try again.") from error


def put_file(path: Path, file: LocalFile, key: str) -> bool:
    """Upload a file unless it is there, and have S3 confirm its checksum; whether it had to be. Raises Refused."""
    from boto3.s3.transfer import TransferConfig

    if _checksum(key) == file.checksum:
        return False
    patient_s3().upload_file(
        str(path),
        _bucket(),
        key,
        # Whatever it is, a browser saves it: it shares its origin with the site.
        ExtraArgs={
            "ChecksumAlgorithm": "SHA256",
            "CacheControl": FOR_EVER,
            "ContentType": "application/octet-stream",
            "ContentDisposition": "attachment",
        },
        Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
    )
    if _checksum(key) != file.checksum:
        raise Refused(f"{path} is not what it was when its SHA-256 was taken: let nothing write it, then try again.")
    return True


def _checksum(key: str) -> str:
    """The SHA-256 S3 holds of an object, or of its parts' SHA-256 when it came in parts; empty without the object."""
    try:
        head = patient_s3().head_object(Bucket=_bucket(), Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return ""
        raise
    # Of an upload in parts it ends with their number, as in `...-18`.
    return head.get("ChecksumSHA256", "").partition("-")[0]


def _read(key: str, s3_version: str = "") -> Stored | None:
    """The manifest of this version or the newest; None when it is none. Raises ClientError."""
    request: GetObjectRequestTypeDef = {"Bucket": _bucket(), "Key": key}
    if s3_version:
        request["VersionId"] = s3_version
    answer = patient_s3().get_object(**request)
    body = answer["Body"].read()
    try:
        manifest = Manifest.decode(base64.b64decode(json.loads(body)["payload"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Stored(manifest, body, answer["ETag"], answer["Metadata"].get("before", ""), answer["VersionId"])


def _trusted(stored: Stored | None, channel: Channel) -> Stored:
    """The same, if a key of ours has signed it, and for this channel. Raises Untrusted."""
    if stored is None or Channel(stored.manifest.product, stored.manifest.channel) != channel:
        raise signing.Untrusted(f"{channel.key} in the bucket is no manifest of {channel}.")
    signing.unseal(stored.body, signing.public_keys(settings.UPDATES_KEYS))
    return stored


def _is_there(channel: Channel, body: bytes) -> bool:
    stored = current(channel)
    return stored is not None and stored.body == body


def _bucket() -> str:
    bucket: str = settings.UPDATES_BUCKET
    return bucket
