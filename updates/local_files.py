"""The files on the operator's machine that are to be published, and their way into the bucket."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from tqdm import tqdm
from tuf.api.metadata import TargetFile

from config.aws import patient_s3
from updates.bucket import FOR_EVER, Refused, bucket

PART_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 30_000_000_000  # CloudFront serves no file of more than that, or of little more
_FILE_NAME = re.compile(r"(?=.{1,100}$)[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


class LocalFile(NamedTuple):
    """What is known of a file: bytes, SHA-256 in hex, and the checksum S3 will have of it."""

    path: Path
    size: int
    sha256: str
    checksum: str

    def target(self, path: str, custom: dict[str, Any]) -> TargetFile:
        """What TUF says of it, with its own name in the custom data."""
        return TargetFile(self.size, {"sha256": self.sha256}, path, {"custom": {**custom, "name": self.path.name}})


def read(path: Path) -> LocalFile:
    """Read it once, a part at a time, with a progress bar on a terminal. Raises Refused and OSError."""
    if not _FILE_NAME.fullmatch(path.name):
        raise Refused(f"{path.name!r} can't be part of an address: at most 100 letters, digits, single . - _ within.")
    if not 0 < (size := path.stat().st_size) <= MAX_FILE_BYTES:
        raise Refused(f"{path} has {size} bytes: at least 1 and at most {MAX_FILE_BYTES} can be served.")
    whole, parts, size = hashlib.sha256(), [], 0
    with _bar("read", path) as bar, path.open("rb") as file:
        while part := file.read(PART_BYTES):
            whole.update(part)
            parts.append(hashlib.sha256(part).digest())
            size += len(part)
            bar.update(len(part))
    # As S3 reckons it: of a file in parts, the SHA-256 of their SHA-256.
    digest = parts[0] if size < PART_BYTES else hashlib.sha256(b"".join(parts)).digest()
    return LocalFile(path, size, whole.hexdigest(), base64.b64encode(digest).decode())


def upload(file: LocalFile, key: str) -> bool:
    """Upload it in parts unless it is there, and have S3 confirm its checksum; whether it had to be.

    Raises Refused when the file changes meanwhile, OSError, and boto3's and botocore's errors.
    """
    if _checksum(key) == file.checksum:
        return False
    with _bar("upload", file.path) as bar:
        patient_s3().upload_file(
            str(file.path),
            bucket(),
            key,
            # Whatever it is, a browser saves it: it shares its origin with the site.
            ExtraArgs={
                "ChecksumAlgorithm": "SHA256",
                "CacheControl": FOR_EVER,
                "ContentType": "application/octet-stream",
                "ContentDisposition": f'attachment; filename="{file.path.name}"',
            },
            Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
            Callback=bar.update,
        )
    if _checksum(key) != file.checksum:
        raise Refused(f"{file.path} has changed since its SHA-256 was taken: let nothing write it, then try again.")
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


def _bar(what: str, path: Path) -> "tqdm[int]":
    return tqdm(desc=f"{what} {path.name}", total=path.stat().st_size, unit="B", unit_scale=True, disable=None)
