"""The function that signs timestamps anew, four times a day, and complains before other metadata expires.

It may use one key, which root knows for timestamps alone: who breaks in here can freeze apps, and change nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from updates import bucket, repository
from updates.bucket import Refused


def handler(event: dict[str, Any], context: object) -> None:
    """Renew each product's timestamp.

    Raises RuntimeError at the end when one could not be renewed or its other metadata expires soon: the others were.
    """
    faults: list[str] = []
    for product in bucket.products():
        try:
            if (ends := repository.renew(product)) < datetime.now(UTC) + timedelta(days=30):
                faults.append(f"{product}: expires on {ends:%Y-%m-%d}, see `Keys` in docs/updates.md")
        except (Refused, BotoCoreError, ClientError) as error:
            faults.append(f"{product}: {error}")
    if faults:
        raise RuntimeError("; ".join(faults))
