"""Replicas of tables and copies of files come later, as on AWS, where MiniStack has them at once."""

import asyncio
import copy
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ministack.services import dynamodb, s3

from infra.local.strict.places import Call, around

TABLE_VARIABLE, TABLE_SECONDS = "STRICT_TABLE_REPLICATION_SECONDS", 1.0
BUCKET_VARIABLE, BUCKET_SECONDS = "STRICT_BUCKET_REPLICATION_SECONDS", 5.0
Item = dict[str, Any]


def of_tables() -> None:
    """A write is in other regions within a second, as a rule; of two, the last one counts everywhere.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    seconds, written = float(os.environ.get(TABLE_VARIABLE, TABLE_SECONDS)), dict[tuple[str, ...], float]()

    @around(dynamodb, "_replicate_write")
    def replicate_write(replicate: Call, table: Item, event: str, old: Item | None, new: Item | None) -> None:
        regions = dynamodb._replica_group(table)
        if not regions:
            return
        keys = [str((new or old or {}).get(table[name])) for name in ("pk_name", "sk_name") if table[name]]
        place, moment = (table["TableName"], *keys), time.time()
        written[dynamodb.get_region(), *place] = moment

        def arrive() -> None:
            others = [region for region in regions if region != dynamodb.get_region()]
            behind = [region for region in others if written.get((region, *place), 0.0) <= moment]
            for region in behind:
                written[region, *place] = moment
                replicate({**named, "_global_regions": [dynamodb.get_region(), region]}, event, before, after)

        named = {"TableName": table["TableName"]}
        before, after = copy.deepcopy(old), copy.deepcopy(new)
        _later(seconds, arrive)


def of_buckets() -> None:
    """A file is copied within 15 minutes, most within seconds; until then its status is PENDING.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html
    """
    seconds = float(os.environ.get(BUCKET_VARIABLE, BUCKET_SECONDS))

    @around(s3, "_maybe_replicate")
    def replicate(
        copy_object: Call, bucket: str, key: str, found: Item, data: object, tags: dict[str, str] | None = None
    ) -> None:
        if s3._replication_rule_for(bucket, key, tags)[0]:
            found["replication_status"] = "PENDING"
            _later(seconds, lambda: copy_object(bucket, key, found, data, tags))

    @around(s3, "_maybe_replicate_delete_marker")
    def replicate_delete_marker(copy_marker: Call, bucket: str, key: str) -> None:
        if s3._bucket_replication.get(bucket):
            _later(seconds, lambda: copy_marker(bucket, key))


def _later(seconds: float, act: Callable[[], None]) -> None:
    """Act in this request's account and region, after a while, or at once where nothing could do it later."""
    if seconds:
        with suppress(RuntimeError):
            asyncio.get_running_loop().call_later(seconds, act)
            return
    act()
