"""What an export of a user's data has of reminders."""

from collections.abc import Iterator
from typing import Any

from reminders.models import Preferences, Subscription


def settings(owner: str) -> Iterator[dict[str, Any]]:
    """When and how they want to be reminded: one object. Raises DynamoError."""
    chosen = Preferences.of(owner)
    yield {"zone": chosen.zone, "hour": chosen.time, "email": chosen.email}


def browsers(owner: str) -> Iterator[dict[str, Any]]:
    """Those that show reminders: where a push service reaches each, and since when. Raises DynamoError."""
    for browser in Subscription.of(owner):
        yield {"endpoint": browser.endpoint, "created_at": browser.created_at}
