"""When a to-do is due, on a day or at a moment, and the text that sorts it (docs/adr/0013)."""

from datetime import UTC, date, datetime

UNDATED = "~"  # sorts after every digit, so what has no due date comes last
LAST_DUE = "9999-12-31~"

# A day is the same wherever its owner is by then.
Due = date | datetime


def due_order(due: Due | None) -> str:
    """A due date as text that sorts by time: a day comes after the moments of the same day in UTC."""
    if due is None:
        return UNDATED
    return due_bound(due) if isinstance(due, datetime) else f"{due_bound(due)}~"


def due_bound(due: Due) -> str:
    """Where a range of due dates begins or ends: at the moment, or before everything that is due on the day."""
    return due.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(due, datetime) else due.isoformat()


def is_day(due_order: str) -> bool:
    """Whether a stored due date is a day."""
    return len(due_order) == len("2030-01-31~")


def read_due(due_order: str | None) -> Due | None:
    """What the text says."""
    if due_order is None or due_order == UNDATED:
        return None
    return date.fromisoformat(due_order[:-1]) if is_day(due_order) else datetime.fromisoformat(due_order)
