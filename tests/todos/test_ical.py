"""To-dos as iCalendar: lines, values and what a rule becomes, as RFC 5545 has them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.todos.making import values_of
from todos import ical
from todos.models import Todo

AT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def shown(**values: Any) -> list[str]:
    """The content lines of a to-do, unfolded."""
    todo = Todo.new("ann", "1", values_of(**values))
    todo.created_at = todo.updated_at = AT
    return ical.vtodo(todo).replace("\r\n ", "").split("\r\n")[:-1]


def test_a_plain_todo() -> None:
    assert shown() == [
        "BEGIN:VTODO", "UID:1", "DTSTAMP:20300102T030405Z", "CREATED:20300102T030405Z",
        "LAST-MODIFIED:20300102T030405Z", "SEQUENCE:0", "SUMMARY:x", "STATUS:NEEDS-ACTION", "END:VTODO",
    ]  # fmt: skip


def test_lines_are_folded_between_letters() -> None:
    text = "".join(ical.lines((f"SUMMARY:{'ä' * 60}{'🌱' * 60}x",)))
    physical = text.split("\r\n")
    assert physical.pop() == ""
    assert len(physical) > 4
    assert max(len(line.encode()) for line in physical) <= 75
    assert all(line.startswith(" ") for line in physical[1:])
    assert text.replace("\r\n ", "") == f"SUMMARY:{'ä' * 60}{'🌱' * 60}x\r\n"
    assert ical.lines(("x" * 75,)) == "x" * 75 + "\r\n"


def test_text_is_escaped() -> None:
    assert ical.text('a;b,c\\d\r\ne\rf\n\x07g\th:"') == 'a\\;b\\,c\\\\d\\ne\\nf\\ng\th:"'


@pytest.mark.parametrize(
    ("due", "repeat", "expected"),
    [
        (date(2030, 1, 31), "", ["DUE;VALUE=DATE:20300131"]),
        (datetime(2030, 1, 31, 9, tzinfo=UTC), "", ["DUE:20300131T090000Z"]),
        (date(990, 1, 31), "", ["DUE;VALUE=DATE:09900131"]),
        (
            date(2030, 1, 31),
            "FREQ=DAILY;UNTIL=20300301T120000Z",
            ["DUE;VALUE=DATE:20300131", "DTSTART;VALUE=DATE:20300131", "RRULE:FREQ=DAILY;UNTIL=20300301"],
        ),
        (
            datetime(2030, 1, 31, 9, tzinfo=UTC),
            "FREQ=DAILY;UNTIL=20300301",
            ["DUE:20300131T090000Z", "DTSTART:20300131T090000Z", "RRULE:FREQ=DAILY;UNTIL=20300301T235959Z"],
        ),
        (
            datetime(2030, 1, 31, 9, tzinfo=UTC),
            "FREQ=DAILY;UNTIL=20300301;TZID=Asia/Tokyo",
            [
                "DUE:20300131T090000Z",
                "DTSTART:20300131T090000Z",
                "RRULE:FREQ=DAILY;UNTIL=20300301T145959Z",
                "X-TODO-RULE:FREQ=DAILY\\;UNTIL=20300301\\;TZID=Asia/Tokyo",
            ],
        ),
        (
            datetime(2030, 1, 31, 9, tzinfo=UTC),
            "FREQ=DAILY;UNTIL=99991231;TZID=America/New_York",
            [
                "DUE:20300131T090000Z",
                "DTSTART:20300131T090000Z",
                "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z",
                "X-TODO-RULE:FREQ=DAILY\\;UNTIL=99991231\\;TZID=America/New_York",
            ],
        ),
        (
            None,
            "FREQ=DAILY",
            ["DTSTART;VALUE=DATE:20300102", "RRULE:FREQ=DAILY", "X-TODO-RULE:FREQ=DAILY"],
        ),
        (
            None,
            "FREQ=DAILY;INTERVAL=3;FROM=DONE",
            [
                "DTSTART;VALUE=DATE:20300102",
                "RRULE:FREQ=DAILY;INTERVAL=3",
                "X-TODO-RULE:FREQ=DAILY\\;INTERVAL=3\\;FROM=DONE",
            ],
        ),
    ],
)  # fmt: skip
def test_due_dates_and_rules(due: Any, repeat: str, expected: list[str]) -> None:
    assert shown(due=due, repeat=repeat)[7:-2] == expected


def test_what_else_it_says() -> None:
    lines = shown(
        completed=True, priority=3, tags=["a,b", "c"], list="home", notes="n", remind=90, due=date(2030, 1, 31)
    )
    for line in (
        "STATUS:COMPLETED", "PRIORITY:1", "CATEGORIES:a\\,b,c", "X-TODO-LIST:home", "DESCRIPTION:n",
        "TRIGGER;RELATED=END:-PT90M",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("COMPLETED:20") for line in lines)
    assert lines.index("BEGIN:VALARM") < lines.index("END:VALARM") < lines.index("END:VTODO")
    assert "BEGIN:VALARM" not in shown(remind=90)
