"""To-dos of other programs' calendars: tolerant of what is not known, exact in times, text and folding."""

from datetime import UTC, datetime

import pytest

from todos.ical_reading import Read, Unreadable, components, read
from todos.imports import _of_calendar, id_of

OWNER = "ann"


def only(*lines: str, zone: str = "UTC") -> Read:
    """What the one VTODO of these lines says."""
    [todo] = components("\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VTODO", *lines, "END:VTODO", "END:VCALENDAR"]))
    return read(todo, zone)


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        (["DUE;VALUE=DATE:20300131"], "2030-01-31"),
        (["DUE:20300131"], "2030-01-31"),
        (["DUE:20300131T090000Z"], "2030-01-31T09:00:00+00:00"),
        (["DUE;TZID=Europe/Berlin:20300731T090000"], "2030-07-31T07:00:00+00:00"),
        (['DUE;TZID="/citadel.org/20250101_1/America/New_York":20300131T090000'], "2030-01-31T14:00:00+00:00"),
        (["DUE;TZID=/example.org/America/Argentina/Buenos_Aires:20300131T090000"], "2030-01-31T12:00:00+00:00"),
        (["DUE;TZID=/example.org/2024/UTC:20300131T090000"], "2030-01-31T09:00:00+00:00"),
        (["DUE:20300131T090000"], "2030-01-31T00:00:00+00:00"),
        (["DTSTART;VALUE=DATE:20300131", "DURATION:P2D"], "2030-02-02"),
        (["DTSTART:20300131T090000Z", "DURATION:PT1H30M"], "2030-01-31T10:30:00+00:00"),
        (["DTSTART:20300131T090000Z"], "2030-01-31T09:00:00+00:00"),
        ([], None),
        (["DTSTART;VALUE=DATE:20300131", "RRULE:FREQ=DAILY", "X-TODO-RULE:FREQ=DAILY"], None),
    ],
)
def test_due_dates(lines: list[str], due: str | None) -> None:
    assert only("SUMMARY:x", *lines, zone="Asia/Tokyo").values["due"] == due


@pytest.mark.parametrize(
    "line", ["DUE;TZID=W. Europe Standard Time:20300131T090000", "DUE:soon", "DUE;VALUE=DATE:20301331", "DUE:"]
)
def test_times_that_can_not_be_read(line: str) -> None:
    with pytest.raises(Unreadable):
        only("SUMMARY:x", line)


@pytest.mark.parametrize(
    ("calendar", "due"),
    [
        ("", "2030-01-31T09:00:00+00:00"),
        ("X-WR-TIMEZONE:", "2030-01-31T09:00:00+00:00"),
        ("X-WR-TIMEZONE: Asia/Tokyo ", "2030-01-31T00:00:00+00:00"),
        ("X-WR-TIMEZONE:Middle/Earth", "2030-01-31T09:00:00+00:00"),
        ("X-WR-TIMEZONE:../../etc/passwd", "2030-01-31T09:00:00+00:00"),
    ],
)
def test_a_calendar_s_zone_is_that_of_times_without_one_and_utc_if_it_is_none(calendar: str, due: str) -> None:
    lines = ["BEGIN:VCALENDAR", calendar, "BEGIN:VTODO", "SUMMARY:x", "DUE:20300131T090000", "END:VTODO"]
    [item] = _of_calendar(OWNER, "\r\n".join(lines).encode())
    assert item.body["due"] == due


def test_text_and_folding() -> None:
    said = only(
        "SUMMARY;LANGUAGE=de:Gie\r\n ßen\\, b\\; c \\\\n \\N d", "DESCRIPTION:a\\nb\n\tc", 'X-A;B="c:d;e",f:g', "junk"
    )
    assert said.values["title"] == "Gießen, b; c \\n d"
    assert said.values["notes"] == "a\nbc"


@pytest.mark.parametrize(
    ("said", "ours"), [("0", 0), ("1", 3), ("2", 2), ("5", 2), ("6", 1), ("9", 1), ("10", 0), ("high", 0)]
)
def test_priorities(said: str, ours: int) -> None:
    assert only("SUMMARY:x", f"PRIORITY:{said}").values["priority"] == ours


@pytest.mark.parametrize(
    "line", ["STATUS:COMPLETED", "STATUS:CANCELLED", "COMPLETED:20300131T090000Z", "PERCENT-COMPLETE:100"]
)
def test_what_is_done(line: str) -> None:
    assert only("SUMMARY:x", line).values["completed"] is True
    assert only("SUMMARY:x", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:99").values["completed"] is False


def test_moments_of_before() -> None:
    said = only("SUMMARY:x", "CREATED:20200102T030405Z", "COMPLETED:20200202T030405Z", "STATUS:COMPLETED")
    assert said.created_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert said.completed_at == datetime(2020, 2, 2, 3, 4, 5, tzinfo=UTC)
    assert only("SUMMARY:x", "CREATED:never").created_at is None


def test_tags() -> None:
    said = only("SUMMARY:x", "CATEGORIES:a\\,b,c", "CATEGORIES:d,,e\\\\,f", f"CATEGORIES:{'x' * 51}")
    assert said.values["tags"] == ["a,b", "c", "d", "e\\", "f"]


@pytest.mark.parametrize(
    ("lines", "rule", "remarks"),
    [
        (["DUE:20300131T090000Z", "RRULE:FREQ=DAILY"], "FREQ=DAILY", 0),
        (["DUE;TZID=Europe/Berlin:20300131T090000", "RRULE:FREQ=DAILY"], "FREQ=DAILY;TZID=Europe/Berlin", 0),
        (["DUE:20300131T090000", "RRULE:FREQ=DAILY"], "FREQ=DAILY;TZID=Asia/Tokyo", 0),
        (["DUE;VALUE=DATE:20300131", "RRULE:FREQ=DAILY"], "FREQ=DAILY", 0),
        (
            ["DUE:20300131T090000", "RRULE:FREQ=DAILY;UNTIL=20300301T090000;INTERVAL=2"],
            "FREQ=DAILY;UNTIL=20300301T000000Z;INTERVAL=2;TZID=Asia/Tokyo",
            0,
        ),
        (["DUE:20300131T090000Z", "RRULE:FREQ=DAILY;UNTIL=20300301T090000Z"], "FREQ=DAILY;UNTIL=20300301T090000Z", 0),
        (["DUE:20300131T090000Z", "RRULE:FREQ=DAILY;UNTIL=20300301T990000"], "", 1),
        (["DUE;VALUE=DATE:20300131", "RRULE:FREQ=HOURLY"], "", 1),
        (["RRULE:FREQ=DAILY", "X-TODO-RULE:FREQ=DAILY\\;FROM=DONE"], "FREQ=DAILY;FROM=DONE", 0),
    ],
)
def test_rules(lines: list[str], rule: str, remarks: int) -> None:
    said = only("SUMMARY:x", *lines, zone="Asia/Tokyo")
    assert (said.values["repeat"], len(said.remarks)) == (rule, remarks)


@pytest.mark.parametrize(
    ("trigger", "minutes"),
    [
        ("TRIGGER;RELATED=END:-PT30M", 30),
        ("TRIGGER:-P1D", 1440),
        ("TRIGGER:PT0S", 0),
        ("TRIGGER:PT5M", None),
        ("TRIGGER:-P5W", None),
        ("TRIGGER;VALUE=DATE-TIME:20300131T083000Z", 30),
        ("TRIGGER;VALUE=DATE-TIME:20300131T093000Z", None),
        ("TRIGGER:soon", None),
    ],
)
def test_reminders(trigger: str, minutes: int | None) -> None:
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:not the notes", trigger, "END:VALARM"]
    said = only("SUMMARY:x", "DUE:20300131T090000Z", *alarm)
    assert (said.values["remind"], said.values["notes"]) == (minutes, "")
    assert only("SUMMARY:x", *alarm).values["remind"] is None


@pytest.mark.parametrize(
    ("lines", "triggers", "minutes"),
    [
        (["DUE:20300131T090000Z"], ["TRIGGER:PT5M", "TRIGGER:-PT5M", "TRIGGER:-PT10M"], 5),
        (["DUE:20300131T090000Z"], ["TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "TRIGGER;RELATED=END:-PT10M"], 10),
        (["DTSTART:20300131T080000Z", "DUE:20300131T090000Z"], ["TRIGGER:-PT5M"], 65),
        (["DTSTART:20300131T080000Z", "DUE:20300131T090000Z"], ["TRIGGER:PT15M"], 45),
        (["DTSTART:20300131T080000Z", "DUE:20300131T090000Z"], ["TRIGGER;RELATED=END:-PT5M"], 5),
        (["DTSTART:soon", "DUE:20300131T090000Z"], ["TRIGGER:-PT5M", "TRIGGER;RELATED=END:-PT6M"], 6),
        (["DUE;VALUE=DATE:20300131"], ["TRIGGER;VALUE=DATE-TIME:20300131T083000Z", "TRIGGER:-PT1H"], 60),
    ],
)
def test_the_first_alarm_that_rings_before_it_is_due(lines: list[str], triggers: list[str], minutes: int) -> None:
    alarms = [line for trigger in triggers for line in ("BEGIN:VALARM", trigger, "END:VALARM")]
    assert only("SUMMARY:x", *lines, *alarms).values["remind"] == minutes


def test_every_todo_of_a_file_is_found() -> None:
    event, first = "BEGIN:VEVENT\nSUMMARY:no\nEND:VEVENT", "BEGIN:VTODO\nSUMMARY:1\nEND:VTODO"
    second = "begin:vtodo\nsummary:2\nend:vtodo"
    text = "\n".join(["BEGIN:VCALENDAR", event, first, "END:X", second, "BEGIN:VTODO", "SUMMARY:cut off"])
    assert [(each.line, each.text("SUMMARY")) for each in components(text)] == [(5, "1"), (9, "2")]


def test_ids() -> None:
    uid = "0192d5f1-0000-7000-8000-000000000000"
    assert id_of(OWNER, uid.upper()) == uid
    assert id_of(OWNER, "one") == id_of(OWNER, "one") != id_of("bob", "one")
    moved = only("UID:1", "RECURRENCE-ID:20300131", "SUMMARY:x").uid
    assert len({moved, only("UID:1", "SUMMARY:x").uid, only("SUMMARY:x").uid, only("SUMMARY:y").uid}) == 4


@pytest.mark.parametrize(
    "line", [f"X{';a=b' * 200_000}", f"CATEGORIES:{chr(92) * 1_000_000}", f"X;a={',' * 1_000_000}"], ids=range(3)
)
def test_no_line_takes_long(line: str) -> None:
    """What makes a careless regular expression slow would end the test by its time limit."""
    assert only(line).values["title"] == ""
