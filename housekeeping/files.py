"""Files that no row knows, and uploads that nobody finished: both are counted and told, and nothing is deleted.

Rows whose file never came leave by their own TTL, and parts of uploads by the bucket's lifecycle. What is left is a
sign of something that went wrong: an event that was lost, or a row that was deleted by hand.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings

from config import env
from config.aws import client
from dynamo.connection import shared
from dynamo.models import now, table
from dynamo.queries import answers
from housekeeping.turns import Position, Turn
from serverless.events import Context
from serverless.service import StoredFiles

# Younger ones may be on their way.
AGE = timedelta(days=1)
# Objects a turn looks at, as many as S3 lists at once.
LISTED = 1000


def _stored() -> list[tuple[StoredFiles, str]]:
    """Each folder of a bucket that is there."""
    return [
        (files, folder)
        for service in settings.DECLARATIONS
        for files in service.stored_files
        if env.text(files.bucket, "none") != "none"
        for folder in files.folders
    ]


def look(position: Position, context: Context | None) -> Turn:
    """A page of a bucket beside the rows of its files. Raises DynamoError and botocore's errors.

    One request to S3, and a Query for each owner on the page: files of one owner lie together.
    """
    at, token = position or (0, "")
    if at >= len(stored := _stored()):
        return Turn()
    files, folder = stored[at]
    more: Any = {"ContinuationToken": token} if token else {}
    page = client("s3").list_objects_v2(Bucket=env.text(files.bucket), Prefix=folder, MaxKeys=LISTED, **more)
    lost: dict[str, list[int]] = {}
    known: dict[str, set[str]] = {}
    for each in page.get("Contents", []):
        owner = each["Key"].split("/")[1]
        if each["LastModified"] > now() - AGE or each["Key"].endswith("/"):
            continue
        if owner not in known:
            known[owner] = _keys(files, owner)
        if each["Key"] not in known[owner]:
            lost.setdefault(owner, []).append(each["Size"])
    following = page.get("NextContinuationToken")
    # A file's name is its owner's own affair: who may look here sees whose it is, and how much.
    return Turn(
        [at, following] if following else [at + 1, ""],
        {"files": page.get("KeyCount", 0), "files without a row": sum(map(len, lost.values()))},
        [
            ["file", f"{folder}{owner}/", f"{len(sizes)} files, {sum(sizes):,} bytes", "no row knows them"]
            for owner, sizes in lost.items()
        ],
    )


def _keys(files: StoredFiles, owner: str) -> set[str]:
    question = {
        "TableName": table(files.table),
        "KeyConditionExpression": "#of = :of",
        "ProjectionExpression": "#key",
        "ExpressionAttributeNames": {"#of": "owner", "#key": files.attribute},
        "ExpressionAttributeValues": {":of": {"S": owner}},
        "ConsistentRead": True,
    }
    return {
        row[files.attribute]["S"]
        for answer in answers("Query", question)
        for row in answer["Items"]
        if files.attribute in row
    }


def look_for_unfinished(position: Position, context: Context | None) -> Turn:
    """A page of the tables' rows that wait for their file, or are still worked on, after a day. Raises DynamoError."""
    at, start = position or (0, None)
    declared = [files for service in settings.DECLARATIONS for files in service.stored_files]
    if at >= len(declared):
        return Turn()
    files = declared[at]
    values = {f":s{number}": {"S": each} for number, each in enumerate(files.unfinished)}
    answer = shared().dispatch(
        "Scan",
        {
            "TableName": table(files.table),
            "FilterExpression": f"#made < :before AND #status IN ({', '.join(values)})",
            "ProjectionExpression": "#status",
            "ExpressionAttributeNames": {"#made": "created_at", "#status": "status"},
            "ExpressionAttributeValues": {**values, ":before": {"S": f"{now() - AGE:%Y-%m-%dT%H:%M:%S}"}},
            **({"ExclusiveStartKey": start} if start else {}),
        },
    )
    following = answer.get("LastEvaluatedKey")
    numbers = {"uploads": answer["ScannedCount"], "unfinished uploads": answer["Count"]}
    return Turn([at, following] if following else [at + 1, None], numbers)
