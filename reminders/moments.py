"""When a reminder comes, in UTC: schedules know no zones, here and on the embedded AWS alike."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DEFAULT_ZONE, DEFAULT_MINUTE = "UTC", 9 * 60


class Clock(NamedTuple):
    """Where a user lives, and the minute of the day at which they hear of what is due on a day."""

    zone: str = DEFAULT_ZONE
    minute: int = DEFAULT_MINUTE


def is_day(due: str) -> bool:
    """Whether it is a day, `2030-01-31`, and no moment."""
    return len(due) == len("2030-01-31")


def moment_of(due: str, before: int, clock: Clock) -> datetime | None:
    """`before` minutes before it is due; None beyond the calendar's ends. `due` is a day or a moment in UTC."""
    try:
        if not is_day(due):
            return datetime.fromisoformat(due).astimezone(UTC) - timedelta(minutes=before)
        hour = time(clock.minute // 60, clock.minute % 60)
        # By the clock on the wall: a day before nine o'clock is nine o'clock, also when summer time begins between.
        local = datetime.combine(date.fromisoformat(due), hour) - timedelta(minutes=before)
        return local.replace(tzinfo=ZoneInfo(clock.zone)).astimezone(UTC)
    except OverflowError:
        return None
