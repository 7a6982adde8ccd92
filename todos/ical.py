"""To-dos as iCalendar, RFC 5545: a VTODO for each, lines of at most 75 octets that end in CRLF.

What RFC 5545 has no word for stands in properties of our own as well, which other programs pass over: X-TODO-LIST is
the id of its list, X-TODO-RULE a rule with `FROM`, `TZID` or `AT`, whose RRULE says as much of it as it has words for,
or one without a due date, which DTSTART is not.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from todos.due import Due
from todos.models import INBOX, Todo

PRODUCT = "-//serverless-django//MyTodoList//EN"
# Ours, none to high, and those of section 3.8.1.9, where 1 is the highest.
PRIORITIES = {1: 9, 2: 5, 3: 1}
# Control characters that no TEXT may have (section 3.1), a line's end excepted.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OWN_PARTS = ("FROM", "TZID", "AT")


def _fold(line: str) -> str:
    parts, part, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            parts.append(part)
            part, size = " ", 1
        part, size = part + letter, size + width
    return "\r\n".join([*parts, part])


def vtodo(todo: Todo) -> str:
    """A live to-do as a component."""
    return lines(("BEGIN:VTODO", *_properties(todo), *_alarm(todo), "END:VTODO"))


def lines(logical: Iterator[str] | tuple[str, ...]) -> str:
    """Content lines, folded (section 3.1): no octet sequence of UTF-8 is cut."""
    return "".join(f"{_fold(line)}\r\n" for line in logical)


HEAD = lines(("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"))
TAIL = lines(("END:VCALENDAR",))


def text(value: str) -> str:
    """A value of type TEXT (section 3.3.11)."""
    plain = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _properties(todo: Todo) -> Iterator[str]:
    changed = todo.updated_at or todo.created_at
    yield f"UID:{todo.id}"
    yield f"DTSTAMP:{_moment(changed)}"
    yield f"CREATED:{_moment(todo.created_at)}"
    yield f"LAST-MODIFIED:{_moment(changed)}"
    yield f"SEQUENCE:{int(todo.version) - 1}"
    yield f"SUMMARY:{text(todo.title)}"
    if todo.notes:
        yield f"DESCRIPTION:{text(todo.notes)}"
    if todo.due:
        yield _dated("DUE", todo.due)
    if todo.repeat:
        yield from _repetition(todo)
    if todo.completed:
        yield f"COMPLETED:{_moment(todo.completed_at or changed)}"
    yield f"STATUS:{'COMPLETED' if todo.completed else 'NEEDS-ACTION'}"
    if todo.priority:
        yield f"PRIORITY:{PRIORITIES[int(todo.priority)]}"
    if todo.tags:
        yield f"CATEGORIES:{','.join(map(text, todo.tags))}"
    if todo.list_name != INBOX:
        yield f"X-TODO-LIST:{text(todo.list_name)}"


def _repetition(todo: Todo) -> Iterator[str]:
    """A rule counts from a DTSTART (section 3.8.2.4), here the day or moment it is due, or else was made."""
    start: Due = todo.due or todo.created_at.date()
    parts = dict(part.split("=", 1) for part in todo.repeat.split(";"))
    is_own = todo.due is None or any(name in parts for name in _OWN_PARTS)
    if "UNTIL" in parts:  # of the same type as DTSTART (section 3.3.10)
        day, _, moment = parts["UNTIL"].partition("T")
        if isinstance(start, datetime) and not moment:  # the whole day, by the clock of its zone
            last = datetime.strptime(f"{day}235959", "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(parts.get("TZID", "UTC")))
            day = _moment(last)
        parts["UNTIL"] = f"{day}T{moment}" if isinstance(start, datetime) and moment else day
    yield _dated("DTSTART", start)
    yield f"RRULE:{';'.join(f'{name}={value}' for name, value in parts.items() if name not in _OWN_PARTS)}"
    if is_own:
        yield f"X-TODO-RULE:{text(todo.repeat)}"


def _alarm(todo: Todo) -> Iterator[str]:
    if todo.remind is None or not todo.due:
        return
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{text(todo.title)}")
    yield f"TRIGGER;RELATED=END:-PT{int(todo.remind)}M"
    yield "END:VALARM"


def _dated(name: str, due: Due) -> str:
    return f"{name}:{_moment(due)}" if isinstance(due, datetime) else f"{name};VALUE=DATE:{_day(due)}"


def _moment(moment: datetime | None) -> str:
    try:
        at = (moment or datetime.now(UTC)).astimezone(UTC)
    except OverflowError:  # the end of the last day there is, west of Greenwich
        at = datetime.max.replace(tzinfo=UTC)
    # strftime leaves out zeros before a year of less than four digits.
    return f"{_day(at)}T{at:%H%M%S}Z"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"
