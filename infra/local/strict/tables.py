"""Rules of tables while they change: for STRICT_TABLE_SECONDS, none by default, a table is created, updated or deleted.

What CloudFormation changes is done when its stack says so, as it waits for the table itself.
"""

import json
import os
import time
import zlib
from typing import Any

from ministack.services import dynamodb

from infra.local.strict.places import Asked, Call, around, json_of, refused

VARIABLE = "STRICT_TABLE_SECONDS"
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html (TableStatus)
CHANGES = {"CreateTable": "CREATING", "UpdateTable": "UPDATING", "DeleteTable": "DELETING"}
_CONTENT = ("Get", "Put", "Update", "Delete", "Query", "Scan", "Execute")
Answer = tuple[int, dict[str, str], bytes]


class Changing:
    """What was last said of tables that are on their way to another state, by region and name."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._said: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}

    def begin(self, region: str, table: str, description: dict[str, Any]) -> None:
        """A table changes from now on, for so many seconds."""
        self._said[region, table] = time.monotonic() + self.seconds, description

    def description(self, region: str, table: str) -> dict[str, Any]:
        """What was said, with the state; empty when nothing is under way."""
        until, description = self._said.get((region, table), (0.0, {}))
        return description if time.monotonic() < until else {}

    def status(self, region: str, table: str) -> str:
        """CREATING, UPDATING or DELETING; empty when nothing is under way."""
        return str(self.description(region, table).get("TableStatus", ""))


def one_index_at_a_time(asked: Asked) -> str:
    """An update creates or deletes one global secondary index.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html (GlobalSecondaryIndexUpdates)
    """
    updates = asked.get("GlobalSecondaryIndexUpdates") or []
    if sum("Create" in each or "Delete" in each for each in updates) <= 1:
        return ""
    return "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"


def busy(action: str, status: str) -> tuple[str, str]:
    """The error and the reason while a table is in a status; ("", "") for what is allowed.

    Nothing changes a table that changes; a table that is not there yet, or any more, has no content.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html (ResourceInUseException)
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    changes_it = action in CHANGES or action == "UpdateTimeToLive"
    if changes_it and (action, status) != ("DeleteTable", "DELETING"):
        return "ResourceInUseException", f"Attempt to change a resource which is still in use: Table is being {status}"
    if action == "UpdateContinuousBackups" and status == "CREATING":
        return "ContinuousBackupsUnavailableException", "Backups are being enabled for the table. Please retry later"
    if not changes_it and status in {"CREATING", "DELETING"} and action.startswith(_CONTENT):
        return "ResourceNotFoundException", "Requested resource not found"
    return "", ""


def install() -> None:
    """Have requests meet tables that change."""
    changing = Changing(float(os.environ.get(VARIABLE, "0")))

    @around(dynamodb, "handle_request")
    async def handle_request(
        handle: Call, method: str, path: str, headers: dict[str, str], body: bytes, query: object
    ) -> Answer:
        action, asked = headers.get("x-amz-target", "").rpartition(".")[2], json_of(body)
        table, region = str(asked.get("TableName", "")).rpartition("/")[2], dynamodb.get_region()
        places = {region, *_replicas(asked)}
        status = next(filter(None, (changing.status(place, table) for place in places)), "") if table else ""
        code, why = busy(action, status) if status else ("", "")
        if not code and action == "UpdateTable" and (why := one_index_at_a_time(asked)):
            code = "LimitExceededException"
        if code:
            return _answer(refused(code, why))
        if status == "DELETING" and action == "DescribeTable" and (last := changing.description(region, table)):
            return _answer(dynamodb.json_response({"Table": last}))
        answer = await handle(method, path, headers, body, query)
        return _with_status(changing, action, table, places, answer)


def _with_status(changing: Changing, action: str, table: str, places: set[str], answer: Answer) -> Answer:
    """Remember a change that begins, and say of a table what state it is in."""
    if answer[0] != 200 or action not in {*CHANGES, "DescribeTable"}:
        return answer
    said = json.loads(answer[2])
    description = said.get("TableDescription") or said["Table"]
    if action in CHANGES and changing.seconds:
        for place in places:
            changing.begin(place, table, {**description, "TableStatus": CHANGES[action]})
    status = changing.status(dynamodb.get_region(), table)
    if not status:
        return answer
    description["TableStatus"] = status
    for replica in description.get("Replicas", []):
        replica["ReplicaStatus"] = changing.status(replica["RegionName"], table) or "ACTIVE"
    return _answer(dynamodb.json_response(said))


def _replicas(asked: Asked) -> set[str]:
    """The regions whose replicas an update is about."""
    changes = [change for update in asked.get("ReplicaUpdates") or [] for change in update.values()]
    return {str(change.get("RegionName", "")) for change in changes}


def _answer(answer: Answer) -> Answer:
    """With the checksum that clients of DynamoDB look at."""
    status, headers, body = answer
    return status, {**headers, "x-amz-crc32": str(zlib.crc32(body))}, body
