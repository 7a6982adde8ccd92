"""The function that signs timestamps anew, four times a day, and says how long each role's metadata is good for.

It may use one key, which root knows for timestamps alone: who breaks in here can freeze apps, and change nothing.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from config import env
from updates import bucket, repository
from updates.errors import Refused


def handler(event: dict[str, Any], context: Any) -> dict[str, float]:
    """Renew each product's timestamp; the least days that are left, by role, which become metrics.

    Raises RuntimeError at the end when a product could not be renewed: the others were.
    """
    failed: list[str] = []
    left: dict[str, float] = {}
    for product in bucket.products():
        try:
            repository.renew(product)
            for role, expires in repository.expiries(product).items():
                days = (expires - datetime.now(UTC)).total_seconds() / 86400
                left[role] = min(days, left.get(role, days))
        except (Refused, BotoCoreError, ClientError) as error:
            failed.append(f"{product}: {error}")
    _emit(left)
    if failed:
        raise RuntimeError("; ".join(failed))
    return left


def _emit(left: dict[str, float]) -> None:
    """In CloudWatch's embedded metric format, which needs no permission. Without a product nothing can expire."""
    days = {"TimestampDaysLeft": left.get("timestamp", 7.0)}
    days["OtherDaysLeft"] = min((value for role, value in left.items() if role != "timestamp"), default=365.0)
    metrics = [{"Name": name} for name in days]
    told = {"Namespace": env.text("UPDATES_NAMESPACE", "updates"), "Dimensions": [[]], "Metrics": metrics}
    stamp = int(datetime.now(UTC).timestamp() * 1000)
    sys.stdout.write(json.dumps({"_aws": {"Timestamp": stamp, "CloudWatchMetrics": [told]}, **days}) + "\n")
