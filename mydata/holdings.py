"""What services keep of a user, as their declarations say: found, and removed for good.

It goes by declarations alone, so this needs no code of any service, and a new service is included by what it declares.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from django.conf import settings

from config import env
from config.aws import client
from config.buckets import delete_versions
from dynamo.connection import shared
from dynamo.errors import TransactionFailed, Unavailable
from dynamo.models import table
from dynamo.queries import answers
from mydata.models import Erasure
from serverless.service import PersonalFiles, PersonalRows, SignedRows, personal_prefix

# DynamoDB's limits on one BatchWriteItem, and how often what it left is sent again.
BATCH, TRIES = 25, 8

Key = Mapping[str, Any]
D = TypeVar("D")


class Holding(ABC, Generic[D]):
    """One place where something of a user lies, as a service has declared it."""

    def __init__(self, name: str, declared: D) -> None:
        self.name, self.declared = name, declared

    @abstractmethod
    def find(self, who: Erasure) -> Iterator[Sequence[Key]]:
        """Pages of keys."""

    @abstractmethod
    def remove(self, found: Sequence[Key]) -> None:
        """Remove what is on a page."""


def holdings() -> Iterator[Holding[Any]]:
    """All places that the services of this stage declare."""
    for service in settings.DECLARATIONS:
        yield from (_Rows(f"the table {each.table}", each) for each in service.personal_rows)
        yield from (_Signed(f"names in the table {each.table}", each) for each in service.signed_rows)
        yield from (_Files(f"the bucket {each.bucket}", each) for each in service.personal_files)
        yield from (_Schedules(f"the schedules {each}", each) for each in service.personal_schedules)


class _Rows(Holding[PersonalRows]):
    def find(self, who: Erasure) -> Iterator[Sequence[Key]]:
        """Keys of rows: by Query, or by Scan where the attribute is no key. Raises DynamoError."""
        if value := who.email if self.declared.by_address else who.owner:
            yield from (page["Items"] for page in answers(*self._question(value)) if page["Items"])

    def _question(self, value: str) -> tuple[str, dict[str, Any]]:
        rows = self.declared
        names = {f"#k{number}": key for number, key in enumerate(rows.keys)} | {"#of": rows.attribute}
        is_query = rows.attribute == rows.keys[0] and not rows.is_part
        condition = "contains(#of, :of)" if rows.is_part else "#of = :of"
        filters = [] if is_query else [condition]
        arguments: dict[str, Any] = {
            "TableName": table(rows.table),
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(name for name in names if name != "#of"),
            "ExpressionAttributeValues": {":of": {"S": value}},
        }
        if rows.stays_with:
            names["#stays"] = rows.stays_with
            filters.append("attribute_not_exists(#stays)")
        arguments["ExpressionAttributeNames"] = names
        if filters:
            arguments["FilterExpression"] = " AND ".join(filters)
        return ("Query", {**arguments, "KeyConditionExpression": condition}) if is_query else ("Scan", arguments)

    def remove(self, found: Sequence[Key]) -> None:
        """Delete these rows. Raises DynamoError."""
        name, requests = table(self.declared.table), [{"DeleteRequest": {"Key": key}} for key in found]
        for start in range(0, len(requests), BATCH):
            left: Any = {name: requests[start : start + BATCH]}
            for _ in range(TRIES):
                left = shared().dispatch("BatchWriteItem", {"RequestItems": left}).get("UnprocessedItems")
                if not left:
                    break
            else:
                raise Unavailable("DynamoDB left deletions of a batch undone.")


class _Signed(Holding[SignedRows]):
    def find(self, who: Erasure) -> Iterator[Sequence[Key]]:
        """Rows of the author that have another name, with the name they are to have. Raises DynamoError."""
        byline: str | None = who.byline
        if byline is None:
            return
        rows = self.declared
        arguments: dict[str, Any] = {
            "TableName": table(rows.table),
            "IndexName": rows.index_name,
            "KeyConditionExpression": "#by = :by",
            "FilterExpression": "attribute_not_exists(#name) OR #name <> :name",
            "ExpressionAttributeNames": {"#by": rows.author, "#name": rows.name},
            "ExpressionAttributeValues": {":by": {"S": who.owner}, ":name": {"S": byline}},
        }
        for page in answers("Query", arguments):
            if page["Items"]:
                yield [{**row, rows.name: {"S": byline}} for row in page["Items"]]

    def remove(self, found: Sequence[Key]) -> None:
        """Give each its name, with its copies. One that changed meanwhile is found again. Raises DynamoError."""
        rows = self.declared
        for row in found:
            tags = row.get(rows.tags, {}).get("L", []) if rows.place in row else []
            parts = [self._part(rows.copies, {"tag": tag, "sort": row[rows.place]}, row) for tag in tags]
            items = [self._part(rows.table, {rows.key: row[rows.key]}, row), *parts]
            with suppress(TransactionFailed):
                shared().dispatch("TransactWriteItems", {"TransactItems": items})

    def _part(self, name: str, key: Key, row: Key) -> Any:
        """The name at the version that was read; a post is written by its `write_id`, which changes, too."""
        is_copy = name == self.declared.copies
        update = "SET #name = :name, #version = :next"
        values = {":name": row[self.declared.name], ":seen": row["version"]}
        values[":next"] = {"N": str(int(row["version"]["N"]) + 1)}
        names = {"#name": self.declared.name, "#version": "version"}
        if not is_copy:
            update, names = f"{update}, #write_id = :write_id", {**names, "#write_id": "write_id"}
            values[":write_id"] = {"S": uuid.uuid4().hex}
        return {
            "Update": {
                "TableName": table(name),
                "Key": key,
                "UpdateExpression": update,
                "ConditionExpression": "#version = :seen",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }


class _Files(Holding[PersonalFiles]):
    def find(self, who: Erasure) -> Iterator[Sequence[Key]]:
        """Every version of every file, and the marks of deleted ones. Raises botocore's errors."""
        pages = client("s3").get_paginator("list_object_versions")
        prefix = self.declared.folder.format(owner=who.owner)
        for page in pages.paginate(Bucket=env.text(self.declared.bucket), Prefix=prefix):
            found = chain(page.get("Versions", []), page.get("DeleteMarkers", []))
            if keys := [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]:
                yield keys

    def remove(self, found: Sequence[Key]) -> None:
        """Delete these versions for good, at most 1000. Raises botocore's errors."""
        if errors := delete_versions(client("s3"), env.text(self.declared.bucket), cast(Any, found)):
            raise Unavailable(f"S3 did not delete {len(errors)} files: {errors[0].get('Code')}")


class _Schedules(Holding[str]):
    def find(self, who: Erasure) -> Iterator[Sequence[Key]]:
        """Names of schedules. Raises botocore's errors."""
        pages = client("scheduler").get_paginator("list_schedules")
        for page in pages.paginate(GroupName=table(self.declared), NamePrefix=personal_prefix(who.owner)):
            if page["Schedules"]:
                yield [{"Name": each["Name"]} for each in page["Schedules"]]

    def remove(self, found: Sequence[Key]) -> None:
        """Delete these schedules. Raises botocore's errors."""
        scheduler = client("scheduler")
        for each in found:
            with suppress(scheduler.exceptions.ResourceNotFoundException):
                scheduler.delete_schedule(GroupName=table(self.declared), Name=each["Name"])
