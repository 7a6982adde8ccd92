"""The bucket: files and metadata that never change, and one timestamp for each product, whose change publishes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from config import env
from config.aws import patient_s3
from updates.errors import Refused
from updates.local_files import PART_BYTES, LocalFile

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

# Keys in the bucket are paths of the site.
METADATA = "updates/metadata"
TARGETS = "updates/targets"
FOR_EVER = "public, max-age=31536000, immutable"
# For a minute, for one more while it is asked for anew, and for a day while S3 is away.
A_MINUTE = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


def read(key: str) -> tuple[bytes, str] | None:
    """An object and its ETag, or None when there is none."""
    try:
        found = patient_s3().get_object(Bucket=bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return found["Body"].read(), found["ETag"]


def put(key: str, body: bytes, *, over: str | None) -> bool:
    """Write metadata in the place of the object with this ETag, or where there is none; False when it is another's.

    A request whose answer was lost is sent again, and then meets itself: that is no conflict.
    """
    request: PutObjectRequestTypeDef = {
        "Bucket": bucket(),
        "Key": key,
        "Body": body,
        "ContentType": "application/json",
        "CacheControl": A_MINUTE if key.endswith("/timestamp.json") else FOR_EVER,
    }
    request |= {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
    try:
        patient_s3().put_object(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _CHANGED:
            raise
        return (read(key) or (b"", ""))[0] == body
    return True


def names(prefix: str) -> Iterator[str]:
    """What objects below a prefix are called, without it."""
    for page in patient_s3().get_paginator("list_objects_v2").paginate(Bucket=bucket(), Prefix=prefix):
        yield from (found["Key"].removeprefix(prefix) for found in page.get("Contents", []))


def products() -> list[str]:
    """Those that have a folder."""
    paginator = patient_s3().get_paginator("list_objects_v2")
    pages = paginator.paginate(Bucket=bucket(), Prefix=f"{METADATA}/", Delimiter="/")
    return [found["Prefix"].split("/")[2] for page in pages for found in page.get("CommonPrefixes", [])]


def put_file(path: Path, file: LocalFile, key: str, progress: Callable[[int], None] = lambda _: None) -> bool:
    """Upload a file unless it is there, and have S3 confirm its checksum; whether it had to be. Raises Refused.

    `progress` is told of each piece's bytes, by several threads.
    """
    from boto3.s3.transfer import TransferConfig

    if _checksum(key) == file.checksum:
        return False
    patient_s3().upload_file(
        str(path),
        bucket(),
        key,
        # Whatever it is, a browser saves it: it shares its origin with the site.
        ExtraArgs={
            "ChecksumAlgorithm": "SHA256",
            "CacheControl": FOR_EVER,
            "ContentType": "application/octet-stream",
            "ContentDisposition": f'attachment; filename="{file.name}"',
        },
        Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
        Callback=progress,
    )
    if _checksum(key) != file.checksum:
        raise Refused(f"{path} is not what it was when its SHA-256 was taken: let nothing write it, then try again.")
    return True


def _checksum(key: str) -> str:
    """The SHA-256 S3 holds of an object, or of its parts' SHA-256 when it came in parts; empty without the object."""
    try:
        head = patient_s3().head_object(Bucket=bucket(), Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return ""
        raise
    # Of an upload in parts it ends with their number, as in `...-18`.
    return head.get("ChecksumSHA256", "").partition("-")[0]


def bucket() -> str:
    """Its name."""
    return env.text("UPDATES_BUCKET", None)
