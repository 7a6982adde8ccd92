"""Repetition by rules of RFC 5545, section 3.3.10: `FREQ=MONTHLY;BYDAY=-1FR` is the last Friday of each month.

Three parts are our own. `FROM=DONE` counts from the day it was done: `FREQ=DAILY;INTERVAL=3;FROM=DONE`. `TZID`, with an
IANA name, is the zone whose clock a moment keeps, as DTSTART's is in iCalendar; without it that is UTC. `AT=0230` is
the time of day that what follows keeps, where this one is due later as the clocks went forward over it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from config.zones import is_zone
from todos.due import Due

MAX_RULE = 200

_WEEKDAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED = rf"(?:[+-]?[1-5])?{_WEEKDAY}"
_DAY_OF_MONTH = r"-?(?:[1-9]|[12]\d|3[01])"
_MONTH = r"(?:[1-9]|1[0-2])"
# What each part may say, and with which frequencies it goes: others might look for centuries and find no day.
_PARTS = {
    "FREQ": ("DAILY|WEEKLY|MONTHLY|YEARLY", ""),
    "INTERVAL": (r"[1-9]\d{0,2}", ""),
    "COUNT": (r"[1-9]\d{0,2}", ""),
    "UNTIL": (r"\d{8}(?:T\d{6}Z)?", ""),
    "WKST": (_WEEKDAY, ""),
    "BYDAY": (f"{_NUMBERED}(?:,{_NUMBERED}){{0,6}}", "WEEKLY MONTHLY YEARLY"),
    "BYMONTHDAY": (f"{_DAY_OF_MONTH}(?:,{_DAY_OF_MONTH}){{0,30}}", "MONTHLY YEARLY"),
    "BYMONTH": (f"{_MONTH}(?:,{_MONTH}){{0,11}}", "YEARLY"),
    "BYSETPOS": ("-?[1-5]", "MONTHLY YEARLY"),
    "FROM": ("DONE", ""),
    "TZID": (r"[A-Za-z][\w+-]*(?:/[\w+-]+){0,2}", ""),
    "AT": (r"(?:[01]\d|2[0-3])[0-5]\d", ""),
}
_OWN = {"FROM", "TZID", "AT", "COUNT", "UNTIL"}
# A rule without an end in the Gregorian calendar repeats every 400 years, and so does what it finds.
_CYCLE = 400
# What is overdue for longer counts from today: nothing looks at each day of a century.
_OLDEST = timedelta(days=3660)


class BadRule(ValueError):
    """A rule that can't be followed. The message says why."""


class Repetition(NamedTuple):
    """When the next one is due, and its rule: with a count, one less is left."""

    due: Due
    rule: str


def normal_rule(text: str) -> str:
    """The rule as it is kept: parts in upper case, save for the zone. Raises BadRule."""
    if not text:
        return ""
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.upper()
        if not equals or name not in _PARTS:
            raise BadRule(f"There is no part {part[:40]!r} in a rule.")
        if name in parts:
            raise BadRule(f"{name} stands there twice.")
        parts[name] = value if name == "TZID" else value.upper()
    _check(parts)
    return _text(parts)


def next_of(rule: str, due: Due | None, done_at: datetime) -> Repetition | None:
    """What follows a to-do of this rule that was due then and is done now; None if it was the last.

    The next time is after the former and not in the past, so that what was overdue leaves no heap behind. Without a due
    date, it counts from the day it was done.
    """
    parts = _split(rule)
    if not rule or parts.get("COUNT") == "1":
        return None
    try:
        found = _next_due(parts, due, done_at)
    except (OverflowError, ValueError):  # beyond the years 1 to 9999
        return None
    if found is None or _is_over(parts, found):
        return None
    if "COUNT" in parts:
        parts["COUNT"] = str(int(parts["COUNT"]) - 1)
    return Repetition(due=found, rule=_text(parts))


def next_id(todo_id: str) -> str:
    """The id of the to-do that follows this one: the same for everyone who completes it, so there is one."""
    return str(uuid5(UUID(todo_id), "next"))


def _split(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";") if part)


def _text(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _check(parts: Mapping[str, str]) -> None:
    if "FREQ" not in parts:
        raise BadRule("A rule needs a FREQ: DAILY, WEEKLY, MONTHLY or YEARLY.")
    for name, value in parts.items():
        pattern, frequencies = _PARTS[name]
        if not re.fullmatch(pattern, value, re.ASCII):
            raise BadRule(f"{name} can't be {value[:40]!r}.")
        if frequencies and parts["FREQ"] not in frequencies.split():
            raise BadRule(f"{name} does not go with FREQ={parts['FREQ']}.")
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise BadRule("COUNT and UNTIL do not go together.")
    if "FROM" in parts and any(name.startswith("BY") for name in parts):
        raise BadRule("What counts from the day it was done names no days.")
    if parts["FREQ"] == "WEEKLY" and re.search(r"\d", parts.get("BYDAY", "")):
        raise BadRule("Only with MONTHLY and YEARLY have weekdays a number.")
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        raise BadRule("BYSETPOS needs BYDAY or BYMONTHDAY.")
    _check_values(parts)
    _check_days(parts)


def _check_days(parts: Mapping[str, str]) -> None:
    """A rule that can be followed from no day at all would end without a word."""
    if parts["FREQ"] == "YEARLY" and int(parts.get("INTERVAL", 1)) > _CYCLE:
        raise BadRule(f"With FREQ=YEARLY, INTERVAL is at most {_CYCLE}.")
    each = {name: value for name, value in parts.items() if name != "INTERVAL"}
    # What days there are goes by the kind of year, of which there are 14: all come in the 28 years before a century's.
    some_day = datetime(9970, 1, 1)  # noqa: DTZ001  # in local time
    # One of them alone always names a day.
    if sum(name.startswith("BY") for name in each) > 1 and _following(each, some_day, some_day) is None:
        raise BadRule("There is no such day in any year.")


def _check_values(parts: Mapping[str, str]) -> None:
    try:
        _until(parts.get("UNTIL", "20300101"))
    except ValueError:
        raise BadRule(f"UNTIL can't be {parts['UNTIL']!r}.") from None
    if not is_zone(parts.get("TZID", "UTC")):
        raise BadRule(f"There is no time zone {parts['TZID'][:40]!r}.")


def _next_due(parts: dict[str, str], due: Due | None, done_at: datetime) -> Due | None:
    """In local time, as a clock on the wall goes: nine o'clock stays nine o'clock in summer. Sets AT for this one."""
    zone, at = ZoneInfo(parts.get("TZID", "UTC")), parts.pop("AT", "")
    now = done_at.astimezone(zone).replace(tzinfo=None)
    midnight = datetime.combine(now, time())
    if isinstance(due, datetime):
        former = _on_the_wall(due, zone, at)
        not_before, today = now, datetime.combine(now, former.time())
    else:
        former = midnight if due is None else datetime.combine(due, time())
        not_before, today = midnight - timedelta.resolution, midnight
    found: datetime | None
    if "FROM" in parts:
        found = _later(parts, today)
    else:
        start = today if now - former > _OLDEST else former
        found = _following(parts, start, max(start, not_before))
    if found is None or not isinstance(due, datetime):
        return found and found.date()
    moment = found.replace(tzinfo=zone).astimezone(UTC)
    if _on_the_wall(moment, zone) != found:
        parts["AT"] = f"{found:%H%M}"
    return moment


def _on_the_wall(due: datetime, zone: ZoneInfo, at: str = "") -> datetime:
    """What a clock there shows, or `at` if the clocks went over that to this moment: it may have been moved since."""
    shown = due.astimezone(zone).replace(tzinfo=None)
    for days in (0, 1) if at else ():  # in some places the clocks go forward at midnight
        meant = (shown - timedelta(days)).replace(hour=int(at[:2]), minute=int(at[2:]))
        if meant.replace(tzinfo=zone).astimezone(UTC) == due:
            return meant
    return shown


def _later(parts: Mapping[str, str], start: datetime) -> datetime:
    """An interval after it. A month after January 31 is the last day of February, which a rule would pass over."""
    from dateutil.relativedelta import relativedelta  # for the same reason as below

    interval = int(parts.get("INTERVAL", 1))
    days, months = {"DAILY": (1, 0), "WEEKLY": (7, 0), "MONTHLY": (0, 1), "YEARLY": (0, 12)}[parts["FREQ"]]
    return start + relativedelta(days=interval * days, months=interval * months)


def _following(parts: Mapping[str, str], start: datetime, after: datetime) -> datetime | None:
    """The first time of the rule later than `after`.

    dateutil looks until the year 9999. So that a rule of no day, such as February 30, ends soon, it looks from as near
    to that year as the same calendar is.
    """
    from dateutil.rrule import rrulestr  # few requests need it, and every start would pay for it

    years = _CYCLE * max(0, (9999 - after.year) // _CYCLE - 1)
    rule = _text({name: value for name, value in _numbered(parts).items() if name not in _OWN})
    found = rrulestr(rule, dtstart=_in_years(start, years)).after(_in_years(after, years))
    return None if found is None else _in_years(found, -years)


def _numbered(parts: Mapping[str, str]) -> Mapping[str, str]:
    """Each weekday with a number where one has: of `TU,-1FR` dateutil looks for a day that is both, and finds none."""
    days = parts.get("BYDAY", "")
    if not re.search(r"\d", days):
        return parts
    most = 53 if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts else 5
    each = [[day] if day[:-2] else [f"{number}{day}" for number in range(1, most + 1)] for day in days.split(",")]
    return {**parts, "BYDAY": ",".join(chain(*each))}


def _in_years(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)


def _until(text: str) -> datetime | date:
    """A moment, or the last day."""
    if "T" in text:
        return datetime.strptime(text, "%Y%m%dT%H%M%S%z")
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone


def _is_over(parts: Mapping[str, str], due: Due) -> bool:
    """The last day is one of the rule's zone, as its clock is."""
    if "UNTIL" not in parts:
        return False
    until = _until(parts["UNTIL"])
    if isinstance(until, datetime):
        return (due if isinstance(due, datetime) else datetime.combine(due, time(), UTC)) > until
    return (due.astimezone(ZoneInfo(parts.get("TZID", "UTC"))).date() if isinstance(due, datetime) else due) > until
