"""To-dos of an iCalendar file, RFC 5545, of whatever program: what is not known is passed over.

Content lines are unfolded and taken apart by section 3.1. Each VTODO becomes what the API takes of a new to-do.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.zones import is_zone
from todos.due import Due
from todos.ical import PRIORITIES
from todos.repetition import BadRule, normal_rule

MAX_REMIND = timedelta(weeks=4)
MAX_TAGS, MAX_TAG = 20, 50
# What is read of a content line, several times what notes can be, and how many properties and categories of a to-do:
# a hostile file would take a hundred times its size.
MAX_LINE, MAX_PARTS = 100_000, 1000

_QUOTED = r'(?:"[^"]*"|[^";:,]*)'
_LINE = re.compile(rf"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+={_QUOTED}(?:,{_QUOTED})*)*):(.*)", re.DOTALL)
_PARAMETER = re.compile(rf";([A-Za-z0-9-]+)=({_QUOTED})")
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?")
# As a rule has it whose DTSTART is in no zone (section 3.3.10).
_LOCAL_UNTIL = re.compile(r"(?<=\bUNTIL=)\d{8}T\d{6}(?=;|$)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),")


class Unreadable(ValueError):
    """A to-do that can't be taken over. The message says why."""


@dataclass(frozen=True)
class Property:
    """A content line: its parameters in capital letters, without quotes."""

    value: str
    parameters: dict[str, str]


@dataclass
class Component:
    """A VTODO of the file, as far as it matters: the first of each property, all CATEGORIES, when its alarms ring."""

    line: int
    properties: dict[str, Property] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)
    triggers: list[Property] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A value of type TEXT, or nothing."""
        found = self.properties.get(name)
        return unescaped(found.value) if found else ""


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a VTODO says: `values` as the API takes them, and remarks on what could not be taken over."""

    uid: str
    values: dict[str, Any]
    created_at: datetime | None
    completed_at: datetime | None
    remarks: tuple[str, ...]


def components(text: str) -> Iterator[Component]:
    """The VTODOs of a calendar, whatever they lie in."""
    todo: Component | None = None
    depth: list[str] = []  # within the VTODO
    for number, line in _unfolded(text):
        found = _LINE.fullmatch(line[:MAX_LINE])
        if found is None:
            continue
        name, value = found[1].upper(), found[3]
        if name == "BEGIN":
            if todo is not None:
                depth.append(value.upper())
            elif value.strip().upper() == "VTODO":
                todo, depth = Component(number), []
        elif name == "END" and todo is not None:
            if depth:
                depth.pop()
            else:
                yield todo
                todo = None
        elif todo is not None:
            parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])}
            _keep(todo, depth, name, Property(value, parameters))


def read(todo: Component, zone: str) -> Read:
    """What it says; `zone` is that of times without one. Raises Unreadable."""
    remarks: list[str] = []
    due = _due(todo, zone)
    status = todo.text("STATUS").upper()
    completed_of = todo.properties.get("COMPLETED")
    is_done = status in {"COMPLETED", "CANCELLED"} or completed_of is not None or todo.text("PERCENT-COMPLETE") == "100"
    values = {
        "title": " ".join(todo.text("SUMMARY").split()),
        "notes": todo.text("DESCRIPTION"),
        "completed": is_done,
        "due": None if due is None else due.isoformat(),
        "repeat": _rule(todo, zone, remarks),
        "remind": _remind(todo, due, zone) if due else None,
        "priority": _priority(todo.text("PRIORITY")),
        "tags": [tag for tag in map(str.strip, todo.categories) if 0 < len(tag) <= MAX_TAG][:MAX_TAGS],
    }
    if name := todo.text("X-TODO-LIST"):
        values["list"] = name
    created = todo.properties.get("CREATED")
    return Read(
        uid=_uid(todo),
        values=values,
        created_at=_moment(created, zone),
        completed_at=_moment(completed_of, zone) if is_done else None,
        remarks=tuple(remarks),
    )


def unescaped(value: str) -> str:
    """A TEXT as it was meant (section 3.3.11)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines, each with the number of its first physical one."""
    number, parts = 0, [""]
    for count, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"}:
            parts.append(line[1:])
        else:
            yield number, "".join(parts)
            number, parts = count, [line]
    yield number, "".join(parts)


def _keep(todo: Component, depth: list[str], name: str, said: Property) -> None:
    if depth == ["VALARM"] and name == "TRIGGER" and len(todo.triggers) < MAX_PARTS:
        todo.triggers.append(said)
    if depth:
        return
    if name == "CATEGORIES" and len(todo.categories) < MAX_PARTS:
        todo.categories += map(unescaped, _COMMA.sub("\\1\0", said.value).split("\0"))
    if len(todo.properties) < MAX_PARTS:
        todo.properties.setdefault(name, said)


def _uid(todo: Component) -> str:
    """What tells it from others; of one without, what it says. Another time of one that repeats is another to-do."""
    said = [todo.text("UID"), todo.text("RECURRENCE-ID")]
    if said[0]:
        return "\0".join(filter(None, said))
    return hashlib.sha256(
        repr(sorted((name, each.value) for name, each in todo.properties.items())).encode()
    ).hexdigest()


def _due(todo: Component, zone: str) -> Due | None:
    """DUE, or in its place DTSTART with or without DURATION (section 3.6.2), unless it is ours. Raises Unreadable."""
    if said := todo.properties.get("DUE"):
        return _time(said, zone)
    start, duration = todo.properties.get("DTSTART"), todo.properties.get("DURATION")
    if start is None or "X-TODO-RULE" in todo.properties:
        return None
    begins, length = _time(start, zone), _duration(duration.value) if duration else None
    try:
        return begins + (length or timedelta())
    except OverflowError:
        raise Unreadable("Its DURATION leads nowhere.") from None


def _is_day(said: Property) -> bool:
    return said.parameters.get("VALUE", "").upper() == "DATE" or bool(re.fullmatch(r"\d{8}", said.value))


def _time(said: Property, zone: str) -> Due:
    """A DATE, or a DATE-TIME in UTC, in a zone by TZID, or in the calendar's (section 3.3.5). Raises Unreadable."""
    try:
        if _is_day(said):
            return date.fromisoformat(f"{said.value[:4]}-{said.value[4:6]}-{said.value[6:8]}")
        found = datetime.strptime(said.value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  # its zone follows
    except ValueError:
        raise Unreadable(f"{said.value[:40]!r} is no date or time.") from None
    if said.value.endswith("Z"):
        return found.replace(tzinfo=UTC)
    name = said.parameters.get("TZID") or zone
    try:
        return found.replace(tzinfo=ZoneInfo(zone_name(name))).astimezone(UTC)
    except (KeyError, ValueError, OSError, OverflowError):
        raise Unreadable(f"There is no time zone {name[:40]!r}.") from None


def zone_name(tzid: str) -> str:
    """IANA's name of a zone: some programs put their own before it, as /example.org/2024/Europe/Berlin."""
    parts = tzid.split("/")
    names = ["/".join(parts[-count:]) for count in (3, 2, 1)]  # as America/Argentina/Ushuaia, Europe/Berlin, UTC
    return next(filter(is_zone, names), tzid) if tzid.startswith("/") else tzid


def _moment(said: Property | None, zone: str) -> datetime | None:
    """A moment that says when something happened; None for what can't be read or is no moment."""
    try:
        found = _time(said, zone) if said else None
    except Unreadable:
        return None
    return found if isinstance(found, datetime) else None


def _rule(todo: Component, zone: str, remarks: list[str]) -> str:
    """Its rule as we keep it, which has the zone of its times; without one where we can't follow it."""
    rule, name = todo.text("X-TODO-RULE"), "UTC"
    if not rule:
        said = todo.properties.get("RRULE")
        if said is None:
            return ""
        due = todo.properties.get("DUE") or todo.properties.get("DTSTART")
        if due and not _is_day(due) and not due.value.endswith("Z"):
            name = zone_name(due.parameters.get("TZID") or zone)
        rule = ";".join(filter(None, [said.value.strip().rstrip(";"), f"TZID={name}" if name != "UTC" else ""]))

    def in_utc(until: re.Match[str]) -> str:
        return f"{_time(Property(until[0], {}), name):%Y%m%dT%H%M%SZ}"

    try:
        return normal_rule(_LOCAL_UNTIL.sub(in_utc, rule))
    except (BadRule, Unreadable) as bad:
        remarks.append(f"It does not repeat: {bad}")
        return ""


def _remind(todo: Component, due: Due, zone: str) -> int | None:
    """Minutes before it is due, of the first alarm that rings no later and no more than MAX_REMIND before."""
    before = (_before(trigger, todo, due, zone) for trigger in todo.triggers)
    found = next((each for each in before if each is not None and timedelta() <= each <= MAX_REMIND), None)
    return None if found is None else int(found / timedelta(minutes=1))


def _before(trigger: Property, todo: Component, due: Due, zone: str) -> timedelta | None:
    """How long before it is due an alarm rings (section 3.8.6.3); None for what can't be read or compared."""
    length = _duration(trigger.value)
    if length is None:
        at = _moment(trigger, zone)
        return due - at if at and isinstance(due, datetime) else None
    start = todo.properties.get("DTSTART")
    if start is None or trigger.parameters.get("RELATED", "START").upper() == "END":
        return -length
    try:
        begins = _time(start, zone)
    except Unreadable:
        return None
    return due - begins - length if type(due) is type(begins) else None


def _duration(value: str) -> timedelta | None:
    """Section 3.3.6."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    try:
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return -length if found[1] == "-" else length


def _priority(said: str) -> int:
    """Ours of 1 (highest) to 9 (section 3.8.1.9)."""
    number = int(said) if re.fullmatch(r"[0-9]", said) else 0
    return next((ours for ours, theirs in sorted(PRIORITIES.items(), reverse=True) if 0 < number <= theirs), 0)
