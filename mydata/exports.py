"""The tasks of the state machine `export`, each of which may be done twice or end half way.

A ZIP file is written straight into S3: the user's files first, then what services declare as `exports`, and `data.json`
last, which names what is in the ZIP. Every invocation packs at least one entry more, so any number gets done.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

from django.conf import settings
from django.utils.module_loading import import_string

from config import env
from config.aws import client
from config.mail import send_notice
from dynamo.models import now
from mydata.archive import Archive
from mydata.models import Export, State
from mydata.services import export_key
from rest.json import encode
from serverless.events import Context

FORMAT, VERSION = "mydata", 1
# What is larger is left out and named: a file has to be packed within one invocation (Timeout in mydata/stack.yaml)
# and without ZIP64 (2 GiB), and all of them have to fit into the parts of one upload.
MAX_FILE_BYTES, MAX_BYTES = 2_000_000_000, 150_000_000_000
# What S3 gives and takes in a second at least, and what must be left of an invocation to begin another entry.
BYTES_A_SECOND, RESERVE_SECONDS = 20_000_000, 30
# How often the progress is told and kept, in seconds.
SAVE_SECONDS = 20
_CHUNK = 1024 * 1024
_NO_NAME = re.compile(r'[\x00-\x1f<>:"|?*]')
# S3's words for a file that only its owner can read, or nobody for hours.
_LOCKED = {"InvalidRequest": "encrypted with a key of yours", "InvalidObjectState": "in an archive of S3"}


class Task(TypedDict, total=False):
    """What passes from state to state."""

    owner: str
    run: str
    next: str


def pack(task: Task, context: Context | None) -> Task:
    """Pack as much as time allows. Raises Lost, DynamoError and botocore's errors."""
    row = Export.of(task["owner"], task["run"])
    if row is None:
        return {**task, "next": "Stop"}
    if size_of(row) is not None:
        return {**task, "next": "Announce"}
    with Archive(env.text("UPLOADS_BUCKET"), export_key(row.owner, row.run)) as archive:
        if not archive.notes:
            total = sum(each["Size"] for _, page in _files(row.owner, {}) for each in page)
            archive.notes = {"after": {}, "done": 0, "total": total, "left_out": []}
        saved, is_wanted = time.monotonic(), _tell(row, archive)
        for number, (size, add) in enumerate(_entries(row.owner, archive)):
            is_late = number > 0 and _is_late(context, size)
            if is_late or time.monotonic() - saved > SAVE_SECONDS:
                archive.save()
                saved, is_wanted = time.monotonic(), _tell(row, archive)
            if is_late or not is_wanted:
                return {**task, "next": "Pack" if is_wanted else "Stop"}
            add()
        if not _tell(row, archive):
            return {**task, "next": "Stop"}
        archive.finish()
    return {**task, "next": "Announce"}


def announce(task: Task, context: Context | None) -> Task:
    """The row says that it is ready, and a mail does. Raises DynamoError and botocore's errors.

    Whoever dies between the mail and the end sends a second mail.
    """
    row = Export.of(task["owner"], task["run"])
    if row is not None and (size := size_of(row)) is not None and not row.mailed:
        at = row.finished_at or now()
        if row.set(state=State.READY, size=size, finished_at=at, expires=at + Export.READY_FOR):
            if address := account(row.owner).get("email"):
                send_notice(address, "Your data is ready", _mail(at + Export.READY_FOR))
            row.set(mailed=True)
    return {**task, "next": "Stop"}


def fail(task: Task, context: Context | None) -> Task:
    """It could not be packed: its user may ask again. Raises DynamoError."""
    row = Export.of(task["owner"], task["run"])
    if row is not None and row.state != State.READY:
        row.set(state=State.FAILED)
    return task


def size_of(row: Export) -> int | None:
    """The ZIP's, in bytes; None while it is not whole. Raises botocore's errors."""
    key = export_key(row.owner, row.run)
    found = client("s3").list_objects_v2(Bucket=env.text("UPLOADS_BUCKET"), Prefix=key).get("Contents", [])
    return next((each["Size"] for each in found if each["Key"] == key), None)


def account(owner: str) -> dict[str, Any]:
    """What Cognito keeps of a user, without the password; nothing of one who is gone. Raises botocore's errors."""
    users = client("cognito-idp")
    try:
        found = users.admin_get_user(UserPoolId=env.text("COGNITO_USER_POOL_ID"), Username=owner)
    except users.exceptions.UserNotFoundException:
        return {}
    attributes = {each["Name"]: each.get("Value", "") for each in found["UserAttributes"]}
    return {**attributes, "username": found["Username"], "created_at": found["UserCreateDate"]}


def path_of(key: str) -> str:
    """A file's place in the ZIP, by its key below its owner's folder.

    It stays in the folder it is unpacked into, and has none of the characters that Windows refuses in names.
    """
    parts = _NO_NAME.sub("_", key.split("/", 2)[-1].replace("\\", "/")).split("/")
    return "/".join(["files", *("_" if part in {"", ".", ".."} else part for part in parts)])


def _is_late(context: Context | None, size: int) -> bool:
    left = context.get_remaining_time_in_millis() / 1000 if context else float("inf")
    return left < RESERVE_SECONDS + size / BYTES_A_SECOND


def _tell(row: Export, archive: Archive) -> bool:
    """How far it is; False if it is wanted no more."""
    notes = archive.notes
    return row.set(state=State.RUNNING, done=notes["done"], total=notes["total"], left_out=len(notes["left_out"]))


# --- What is packed ---------------------------------------------------------------------------------------------------


def _entries(owner: str, archive: Archive) -> Iterator[tuple[int, Callable[[], object]]]:
    """What is not in the archive yet, in its order: bytes to be moved, as far as they are known, and the doing."""
    for bucket, page in _files(owner, archive.notes["after"]):
        for each in page:
            yield each["Size"], partial(_add_file, archive, bucket, each)
    exports = {name: path for service in settings.DECLARATIONS for name, path in service.exports.items()}
    for name, path in exports.items():
        if "." in name and name not in archive.names:
            texts = import_string(path)(owner)
            yield 0, partial(archive.add, name, (text.encode() for text in texts), now())
    arrays = {name: import_string(path) for name, path in exports.items() if "." not in name}
    if "data.json" not in archive.names:
        yield 0, partial(archive.add, "data.json", _data(owner, archive, arrays), now())


def _files(owner: str, after: Mapping[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """Pages of the files in the user's folders that an export has, by key: the bucket's variable, what S3 lists."""
    listing = client("s3").get_paginator("list_objects_v2")
    for files in (each for service in settings.DECLARATIONS for each in service.personal_files if each.exported):
        prefix, start = files.folder.format(owner=owner), after.get(files.bucket, "")
        for page in listing.paginate(Bucket=env.text(files.bucket), Prefix=prefix, StartAfter=start):
            yield files.bucket, [each for each in page.get("Contents", []) if not each["Key"].endswith("/")]


def _add_file(archive: Archive, bucket: str, listed: Mapping[str, Any]) -> None:
    """Pack a file of S3, or say in the notes why not; one that is gone by now is passed over."""
    from botocore.exceptions import ClientError

    notes, key, size, path = archive.notes, listed["Key"], listed["Size"], path_of(listed["Key"])
    reason = None
    if size > MAX_FILE_BYTES:
        reason = f"larger than {MAX_FILE_BYTES // 1_000_000} MB"
    elif notes["done"] + size > MAX_BYTES:
        reason = f"beyond {MAX_BYTES // 1_000_000_000} GB of files"
    elif path in archive.names:
        reason = "another file has its name"
    else:
        try:
            body = client("s3").get_object(Bucket=env.text(bucket), Key=key)["Body"]
            archive.add(path, body.iter_chunks(_CHUNK), listed["LastModified"], packed=True)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "NoSuchKey" and code not in _LOCKED:
                raise
            reason = _LOCKED.get(code)
    notes["after"][bucket] = key
    notes["done"] += size
    if reason:
        notes["left_out"].append({"path": path, "size": size, "reason": reason})


def _data(owner: str, archive: Archive, arrays: Mapping[str, Callable[[str], Iterator[Any]]]) -> Iterator[bytes]:
    """`data.json` piece by piece: docs/mydata.schema.json describes it."""
    head = {"format": FORMAT, "version": VERSION, "exported_at": now(), "site": env.text("SITE_URL")}
    yield encode({**head, "account": account(owner)})[:-1]
    for name, rows in arrays.items():
        yield b',\n"%s": [' % name.encode()
        for number, row in enumerate(rows(owner)):
            if key := row.pop("key", None):
                row["path"] = path if (path := path_of(key)) in archive.names else None
            yield (b",\n" if number else b"\n") + encode(row)
        yield b"]"
    yield b',\n"left_out": ' + encode(archive.notes["left_out"]) + b"}\n"


def _mail(until: datetime) -> str:
    text = f"The copy of your data that you asked for can be downloaded until {until:%Y-%m-%d}:\n\n"
    text += f"{env.text('SITE_URL')}/todos/\n\n"
    text += "Sign in, open Account and settings, and choose Download my data. If it was not you who asked for it, "
    text += "change your password there.\n"
    return text
