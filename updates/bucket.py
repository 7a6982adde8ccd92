"""The bucket: files and metadata that never change, and one timestamp for each product, whose change publishes."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from config import env
from config.aws import patient_s3

# Keys in the bucket are paths of the site.
METADATA = "updates/metadata"
TARGETS = "updates/targets"
FOR_EVER = "public, max-age=31536000, immutable"
# For a minute, for one more while it is asked for anew, and for a day while S3 is away.
A_MINUTE = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"


class Refused(Exception):
    """Nothing that is published has changed. The message says what is wrong and what to do."""


def read(key: str) -> tuple[bytes, str]:
    """An object and its ETag; both are empty when there is none."""
    try:
        found = patient_s3().get_object(Bucket=bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return b"", ""
        raise
    return found["Body"].read(), found["ETag"]


def put(key: str, body: bytes, *, over: str = "") -> bool:
    """Write metadata in the place of the object with this ETag, or where there is none; False when it is another's.

    A request whose answer was lost is sent again, and then meets itself: that is no conflict.
    """
    kept = A_MINUTE if key.endswith("/timestamp.json") else FOR_EVER
    condition: Any = {"IfMatch": over} if over else {"IfNoneMatch": "*"}  # Any: one of boto3's many keywords
    try:
        patient_s3().put_object(
            Bucket=bucket(), Key=key, Body=body, ContentType="application/json", CacheControl=kept, **condition
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}:
            raise
        return read(key)[0] == body
    return True


def names(prefix: str) -> Iterator[str]:
    """What objects below a prefix are called, without it."""
    for page in patient_s3().get_paginator("list_objects_v2").paginate(Bucket=bucket(), Prefix=prefix):
        yield from (found["Key"].removeprefix(prefix) for found in page.get("Contents", []))


def products() -> list[str]:
    """Those that have metadata."""
    return sorted({name.partition("/")[0] for name in names(f"{METADATA}/")})


def bucket() -> str:
    """Its name."""
    return env.text("UPDATES_BUCKET", None)
