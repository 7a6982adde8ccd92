"""How far one region's tables are behind another's, by a beat that is written in one and looked for in the other.

A global table tells its lag in the region that sends, which may be the one that is away. So the watch writes a beat
into the home region's table of sessions every few seconds; the newest one that is here says since when something may
be missing. Each region's beats have a key of their own: what is written here says nothing of what comes from there.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

KEY = "failover-beat-{}"
WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.5
# After a key was written, until all edge locations know it: what they let through before is waited for, too.
EDGE_SECONDS = 5
# A region that is away must cost seconds, not minutes.
_QUICK = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Lag:
    """What a region lacks of another's writes: nothing, or what was written since a time; "" for an unknown one."""

    is_complete: bool
    missing_since: str = ""

    def sentence(self) -> str:
        """What to tell people."""
        if self.is_complete:
            return "all that was written in the region that is left has been passed on"
        since = f"after {self.missing_since}" if self.missing_since else "lately"
        return f"what was written {since} may be missing, and comes when that region is back"


def beat(region: str, table: str) -> str:
    """Write the time into a region's table; the time, or nothing when it can't be written."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    try:
        _dynamodb(region).put_item(TableName=table, Item={"key": {"S": KEY.format(region)}, "at": {"S": at}})
    except (BotoCoreError, ClientError):
        return ""
    return at


def newest(left: str, taken: str, table: str) -> str:
    """The newest beat of the region that is left that the other one has; nothing without one."""
    key = {"key": {"S": KEY.format(left)}}
    found = _dynamodb(taken).get_item(TableName=table, Key=key, ConsistentRead=True)
    return str(found.get("Item", {}).get("at", {}).get("S", ""))


def wait(left: str, taken: str, table: str, *, seconds: float = WAIT_SECONDS) -> Lag:
    """Wait until the region that is taken has what the other one took by now; what is missing after `seconds`."""
    last = beat(left, table)
    ends = time.monotonic() + seconds
    while True:
        here = newest(left, taken, table)
        if last and here >= last:
            return Lag(is_complete=True)
        # A region that can't be written to passes no new beat on.
        if not last or time.monotonic() > ends:
            return Lag(is_complete=False, missing_since=here)
        time.sleep(LOOK_SECONDS)


def _dynamodb(region: str) -> Any:
    make: Any = boto3.client
    return make("dynamodb", region_name=region, config=_QUICK)
