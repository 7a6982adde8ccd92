"""What happens to uploads: asked for, made, replaced, gone. Done twice or in another order, each ends right.

The row is the truth. Renditions lie in a folder of their version, so the row changes from one set to another at once,
whatever runs at the same time; what nobody points at any more is removed after that. A message is published after the
row is written; if that fails, the event comes again and publishes again.
"""

import json
import logging
import tempfile
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings

from config.aws import client
from dynamo.errors import ConditionFailed, DoesNotExist, DynamoError
from dynamo.reading import plain
from media import files, thumbnails
from media.keys import ObjectKey, Visibility, parse
from media.links import PresignedUpload, post_form, put_link
from media.models import PICTURE_SIZES, Status, StoredFile, Superseded, Upload, UploadOutcome, comparable, just_after

if TYPE_CHECKING:
    from serverless.events import StoredObject

log = logging.getLogger(__name__)

# A file whose drawing ended the whole process this often is not tried again.
MAX_ATTEMPTS = 3
TOO_LARGE = f"The picture is too large: at most {thumbnails.MAX_FILE_BYTES // 1_000_000} MB."
NOT_DRAWN = "The picture could not be processed: save it again as an ordinary JPEG."
LOCKED = "The file is in an archive of S3, where it can't be read: upload it again as usual."
# What messages say of an upload as it is kept.
_TOLD = ("owner", "id", "name", "content_type", "size", "width", "height", "reason", "visibility")
# S3's types of a file that was uploaded without one.
_UNTYPED = {"application/octet-stream", "binary/octet-stream"}


class CannotDraw(Exception):
    """Drawing failed, but not by a known fault of the picture: by a bug, or because memory ran out."""


def ask_for_upload(
    *, owner: str, name: str, content_type: str, size: int, visibility: str, method: str
) -> tuple[Upload, PresignedUpload]:
    """A new upload and the request that puts its file into S3. `size` is in bytes, `method` "post" or "put"."""
    upload = Upload.waiting_for(
        owner=owner, name=name, content_type=content_type, size=size, visibility=Visibility(visibility)
    ).create()
    presigned = put_link if method == "put" else post_form
    return upload, presigned(upload.object_key, content_type, size)


def follow_object(found: "StoredObject") -> None:
    """A file has come to the uploads bucket, or was deleted there: then its upload goes, unless the file has come back.

    Raises botocore's errors, DynamoError or CannotDraw: then try again.
    """
    object_key, sequencer = parse(found.key), comparable(found.sequencer)
    if object_key is None:
        log.info("%s is no user's file", found.key)
        return
    try:
        file = files.find(object_key, sequencer)
        # If it has been replaced, the new version has an event of its own.
        if not found.is_removed and found.version in {None, file.version}:
            _process(file)
    except files.Copied:
        log.info("%s is a copy: its own region handles it", found.key)
    except files.NoSuchFile:
        _forget_object(object_key, sequencer)
    except files.Locked:
        log.info("%s can't be read without a key of its owner", found.key)


def _forget_object(object_key: ObjectKey, sequencer: str) -> None:
    Upload.forget(object_key, sequencer)
    files.remove_renditions(object_key, before=just_after(sequencer))


def remove_files(*, upload: Upload, expired: bool) -> None:
    """An upload is gone from the table: its files go too, for good, and everyone hears of it.

    `expired` means that no file came in time. One may still be on its way in a delayed event: it stays.
    """
    object_key = parse(upload.object_key)
    if object_key is not None and not expired:
        if newest := files.remove_original(object_key.key, upload.object_version):
            # The worker may have found that file after the row had gone, and have made the row anew: it goes, too.
            with suppress(DoesNotExist, ConditionFailed):
                of_file = (Upload.object_key == object_key.key) & (Upload.object_version == newest)
                Upload.remove((upload.owner, upload.id), condition=of_file)
        files.remove_renditions(object_key, before=just_after(upload.sequencer))
    publish(upload, "upload.deleted", just_after(upload.sequencer))
    # Last: a CloudFront that is busy keeps no post from hearing of it.
    if upload.visibility == Visibility.PUBLIC and not expired:
        files.forget_copies(upload.renditions or [])


def forget_replaced(*, before: Upload, after: Upload) -> None:
    """Another file has taken an upload's place: no cache keeps what was public of the one before."""
    object_key = parse(before.object_key)
    if object_key is not None and before.visibility == Visibility.PUBLIC:
        # The worker removes them after the row has changed: CloudFront could fetch them again until then.
        files.remove_renditions(object_key, before=after.sequencer or "")
        files.forget_copies(before.renditions or [])


def _process(file: StoredFile) -> None:
    try:
        upload = Upload.begin(file)
        upload = upload.finish(file, _find_outcome(upload, file))
    except Superseded as superseded:
        upload = superseded.upload
    except DoesNotExist:  # deleted meanwhile, by someone who could not know of these renditions; or there can be none
        files.remove_renditions(file.object_key, before=just_after(file.sequencer))
        return
    files.remove_renditions(file.object_key, before=upload.sequencer or "")
    if upload.sequencer == file.sequencer and upload.status in {Status.READY, Status.FAILED}:
        publish(upload, f"upload.{upload.status}", file.sequencer)


def _find_outcome(upload: Upload, file: StoredFile) -> UploadOutcome:
    if not is_picture(file):
        return UploadOutcome(status=Status.READY, content_type=file.content_type)
    if file.size > thumbnails.MAX_FILE_BYTES:
        return _failed(file, TOO_LARGE)
    # Where there is a rendition, it was drawn: DynamoDB was in the way, or S3 took longer than the function may.
    if int(upload.attempts or 0) > MAX_ATTEMPTS and not files.has_renditions(file):
        return _failed(file, NOT_DRAWN)
    try:
        return _make_renditions(file)
    except thumbnails.Unusable as unusable:
        return _failed(file, str(unusable))
    except files.Locked:
        return _failed(file, LOCKED)
    except (files.NoSuchFile, CannotDraw):
        raise
    except Exception:
        _reset_attempts(upload, file)
        raise


def _failed(file: StoredFile, reason: str) -> UploadOutcome:
    return UploadOutcome(status=Status.FAILED, content_type=file.content_type, reason=reason)


def is_picture(file: StoredFile) -> bool:
    """Whether renditions are to be made: by its type, or by its name if it has none."""
    if file.content_type not in _UNTYPED:
        return file.content_type in PICTURE_SIZES
    suffix = PurePosixPath(file.object_key.path).suffix.lower()
    return f"image/{suffix.removeprefix('.')}" in PICTURE_SIZES


def _make_renditions(file: StoredFile) -> UploadOutcome:
    """One file at a time on disk and in memory. Raises Unusable, NoSuchFile, Locked, CannotDraw, botocore's errors."""
    with tempfile.TemporaryFile() as local:
        files.download(file, local)
        pictures = _draw(local)
    return UploadOutcome(
        status=Status.READY,
        content_type=pictures.content_type,
        width=pictures.width,
        height=pictures.height,
        renditions=files.keep_renditions(file, pictures),
    )


def _draw(local: BinaryIO) -> thumbnails.Pictures:
    try:
        return thumbnails.make_renditions(local)
    except thumbnails.Unusable:
        raise
    except Exception as error:
        raise CannotDraw(str(error)) from error


def _reset_attempts(upload: Upload, file: StoredFile) -> None:
    try:
        upload.reset_attempts(file)
    except (DynamoError, Superseded) as error:
        log.warning("an attempt at %s counts though it was not the file's fault: %s", file.object_key.key, error)


def publish(upload: Upload, kind: str, sequencer: str) -> None:
    """Tell the other services, by SNS. The sequencer decides which of two messages about an upload is the later one."""
    message = {
        **{name: getattr(upload, name) for name in _TOLD},
        "type": kind,
        "renditions": plain(upload.renditions or []),
        "sequencer": sequencer,
        "at": upload.updated_at.isoformat().replace("+00:00", "Z") if upload.updated_at else None,
    }
    client("sns").publish(
        TopicArn=settings.MEDIA_TOPIC_ARN,
        Message=json.dumps(message),
        MessageAttributes={"type": {"DataType": "String", "StringValue": kind}},
        MessageGroupId=upload.owner,  # in the others' queues, who has many keeps nobody waiting
    )
