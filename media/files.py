"""The objects in S3: originals in the uploads bucket, renditions in the thumbnails bucket."""

from collections.abc import Iterator, Sequence
from itertools import dropwhile, groupby, islice, takewhile
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

from config import cdn
from config.aws import client
from config.buckets import delete_versions
from media.keys import ObjectKey
from media.models import StoredFile, StoredRendition
from media.thumbnails import Pictures, Rendition

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

# A rendition's key holds its version, so what lies there never changes.
_CACHE_FOR_EVER = "max-age=31536000, immutable"
_CHUNK = 256 * 1024
_DELETE_AT_ONCE = 1000


class NoSuchFile(Exception):
    """The object is not there any more."""


class Locked(Exception):
    """Its owner keeps it where nobody else reads it: in an archive, or under a key of their own."""


class Copied(Exception):
    """The object is a copy of one in another region, whose own event tells of it there."""


def find(object_key: ObjectKey, sequencer: str) -> StoredFile:
    """The newest version of a file, as the event of this sequencer finds it.

    Raises NoSuchFile, Copied, Locked and botocore's errors.
    """
    from botocore.exceptions import ClientError

    try:
        head = client("s3").head_object(Bucket=settings.UPLOADS_BUCKET, Key=object_key.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            raise NoSuchFile(object_key.key) from error
        if _is_encrypted(object_key.key, error):
            raise Locked(object_key.key) from error
        raise
    if head.get("ReplicationStatus") == "REPLICA":
        raise Copied(object_key.key)
    return StoredFile(
        object_key=object_key,
        sequencer=sequencer,
        version=head.get("VersionId", "null"),
        size=head["ContentLength"],
        content_type=head.get("ContentType", "").partition(";")[0].strip().lower() or "application/octet-stream",
    )


def _is_encrypted(key: str, refusal: "ClientError") -> bool:
    """Whether it takes a key of its owner's (SSE-C) to read it. HEAD gives no reason for its 400, GET does."""
    from botocore.exceptions import ClientError

    if refusal.response["Error"]["Code"] != "400":
        return False
    try:
        client("s3").get_object(Bucket=settings.UPLOADS_BUCKET, Key=key, Range="bytes=0-0")["Body"].close()
    except ClientError as error:
        return error.response["Error"]["Code"] == "InvalidRequest"
    return False


def download(file: StoredFile, target: BinaryIO) -> None:
    """Write this version of a file to `target`, piece by piece. Raises NoSuchFile, Locked and botocore's errors."""
    from botocore.exceptions import ClientError

    try:
        answer = client("s3").get_object(
            Bucket=settings.UPLOADS_BUCKET, Key=file.object_key.key, VersionId=file.version
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion"}:
            raise NoSuchFile(file.object_key.key) from error
        if error.response["Error"]["Code"] == "InvalidObjectState":
            raise Locked(file.object_key.key) from error
        raise
    target.writelines(answer["Body"].iter_chunks(_CHUNK))
    target.seek(0)


def keep_renditions(file: StoredFile, pictures: Pictures) -> list[StoredRendition]:
    """Write each rendition where only this version of the file writes, the same bytes each time."""
    folder = f"{file.object_key.renditions}/{file.sequencer}"
    for rendition in pictures.renditions:
        client("s3").put_object(
            Bucket=settings.THUMBNAILS_BUCKET,
            Key=_rendition_key(folder, rendition),
            Body=rendition.data,
            ContentType=rendition.content_type,
            CacheControl=f"{file.object_key.visibility.value}, {_CACHE_FOR_EVER}",
        )
    by_size = groupby(sorted(pictures.renditions, key=lambda one: -one.size), key=lambda one: one.size)
    return [_describe(folder, list(same_size)) for _, same_size in by_size]


def has_renditions(file: StoredFile) -> bool:
    """Whether a rendition of this version was kept: all are drawn before the first is. Raises botocore's errors."""
    prefix = f"{file.object_key.renditions}/{file.sequencer}/"
    found = client("s3").list_object_versions(Bucket=settings.THUMBNAILS_BUCKET, Prefix=prefix, MaxKeys=1)
    return bool(found.get("Versions"))


def _describe(folder: str, formats: Sequence[Rendition]) -> StoredRendition:
    keys = {rendition.content_type: _rendition_key(folder, rendition) for rendition in formats}
    first = formats[0]
    return StoredRendition(  # type: ignore[no-untyped-call]  # by PynamoDB
        size=first.size, width=first.width, height=first.height, webp=keys["image/webp"], jpeg=keys["image/jpeg"]
    )


def _rendition_key(folder: str, rendition: Rendition) -> str:
    return f"{folder}/{rendition.size}.{rendition.suffix}"


def remove_renditions(object_key: ObjectKey, *, before: str) -> None:
    """Remove for good the renditions of every version of a file whose sequencer is less than `before`."""
    prefix = f"{object_key.renditions}/"
    pages = (
        client("s3").get_paginator("list_object_versions").paginate(Bucket=settings.THUMBNAILS_BUCKET, Prefix=prefix)
    )
    old: Iterator[ObjectIdentifierTypeDef] = (
        {"Key": found["Key"], "VersionId": found["VersionId"]}
        for page in pages
        for found in page.get("Versions", [])
        if found["Key"].removeprefix(prefix).partition("/")[0] < before
    )
    _delete(settings.THUMBNAILS_BUCKET, old)


def forget_copies(renditions: Sequence[StoredRendition]) -> None:
    """Have CloudFront forget public renditions, which it would serve for a year. Raises botocore's errors.

    By the path readers ask for, and by the one infra/edge.yaml makes of it, as the guide recommends ("What you need to
    know when invalidating files"). By name, as only 15 invalidations with a wildcard may be on their way at once.
    """
    base = urlsplit(settings.THUMBNAILS_URL).path
    paths = {f"{before}/{key}" for one in renditions for key in (one.webp, one.jpeg) for before in (base, "")}
    if paths:
        cdn.invalidate(sorted(paths))


def remove_original(key: str, version: str | None) -> str | None:
    """Remove this version of a file and all before it for good, but none that came later; all versions if None.

    The newest of them, if any was there; it goes last: if this ends half-way, the next try finds it and goes on.
    """
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=settings.UPLOADS_BUCKET, Prefix=key)
    listed = (found for page in pages for found in page.get("Versions", []))
    # Newest first; the key itself stands before those that only begin with it.
    of_key = (found["VersionId"] for found in takewhile(lambda found: found["Key"] == key, listed))
    versions = dropwhile(lambda one: version not in {None, one}, of_key)
    newest = next(versions, None)
    if newest is not None:
        # As they are listed: of a million, which anybody can make of a key, no try would come to an end.
        _delete(settings.UPLOADS_BUCKET, ({"Key": key, "VersionId": one} for one in versions))
        _delete(settings.UPLOADS_BUCKET, iter([{"Key": key, "VersionId": newest}]))
    return newest


def _delete(bucket: str, objects: "Iterator[ObjectIdentifierTypeDef]") -> None:
    while batch := list(islice(objects, _DELETE_AT_ONCE)):
        if errors := delete_versions(client("s3"), bucket, batch):
            raise RuntimeError(f"S3 did not delete {len(errors)} objects: {errors[0]}")
