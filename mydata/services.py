"""Asking for an erasure, an export or an import, and beginning it."""

import json
from collections.abc import Mapping
from typing import Any

from config import env
from config.aws import client, send_message, upload_url
from mydata.models import Erasure, Export, Import, State
from mydata.uploaded import MAX_FILE_BYTES
from serverless.errors import InvalidState

LINK_SECONDS, UPLOAD_SECONDS = 600, 600


def request_erasure(*, owner: str, email: str | None, byline: str | None) -> Erasure:
    """Have the account and all of its data deleted; what is published stays, under the byline if there is one.

    Raises botocore's errors: then ask again.
    """
    row = Erasure.keep(owner, email, byline)
    send_message("erasures", {"owner": owner})
    return row


def request_export(*, owner: str) -> Export:
    """Have all data packed; what is under way stays the one. Raises DynamoError, botocore's errors: then ask again."""
    from botocore.exceptions import BotoCoreError, ClientError  # with botocore, which a cold start does without

    row = Export.ask(owner)
    if row.state == State.WAITING:  # its message may be what failed before
        try:
            send_message("exports", {"owner": owner, "run": row.run})
        except (BotoCoreError, ClientError):
            row.set(before=State.WAITING, state=State.FAILED)  # or it would seem to be under way for a day
            raise
    return row


def download_link(row: Export) -> str:
    """An address of the ZIP for its owner, good for LINK_SECONDS. No request to AWS."""
    name = f"mydata-{row.requested_at:%Y-%m-%d}.zip"
    return client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": env.text("UPLOADS_BUCKET"),
            "Key": export_key(row.owner, row.run),
            "ResponseContentDisposition": f'attachment; filename="{name}"',
        },
        ExpiresIn=LINK_SECONDS,
    )


def export_key(owner: str, run: str) -> str:
    """Where an export lies: in a folder of its owner that their own credentials don't reach."""
    return f"exports/{owner}/{run}.zip"


def request_import(*, owner: str) -> tuple[Import, dict[str, Any] | None]:
    """A new import with a form for its file, good for UPLOAD_SECONDS, or the one under way. One UpdateItem."""
    row = Import.ask(owner)
    if row.state != State.ASKED:
        return row, None
    bucket = env.text("UPLOADS_BUCKET")
    form: dict[str, Any] = client("s3").generate_presigned_post(
        Bucket=bucket,
        Key=import_key(owner, row.run),
        Conditions=[["content-length-range", 1, MAX_FILE_BYTES]],
        ExpiresIn=UPLOAD_SECONDS,
    )
    return row, {**form, "url": f"{upload_url(bucket)}/"}  # the host that the page may ask


def start_import(*, owner: str) -> Import:
    """Its file is there; what has begun goes on. Raises InvalidState without one, DynamoError and botocore's errors."""
    row = Import.of(owner)
    if row is None or row.state in {State.READY, State.REFUSED, State.FAILED}:
        raise InvalidState("There is no import to begin: ask for a form, and upload the file.")
    if row.state in {State.ASKED, State.WAITING}:
        send_message("imports", {"owner": owner, "run": row.run})
    # Not before: it would seem to be under way for a day if SQS did not take the message.
    if row.state == State.ASKED:
        row.set(before=State.ASKED, state=State.WAITING)
        row = Import.of(owner, row.run) or row
    return row


def import_key(owner: str, run: str) -> str:
    """Where the file of an import lies until it is done."""
    return f"imports/{owner}/{run}"


def begin(machine: str, *, name: str, state: Mapping[str, str]) -> None:
    """Begin an execution of the machine a variable names, once for a name. Raises botocore's errors."""
    machines = client("stepfunctions")
    try:
        machines.start_execution(stateMachineArn=env.text(machine), name=name, input=json.dumps(state))
    except machines.exceptions.ExecutionAlreadyExists:
        return
