"""What a drill counts, without a drill: `make drill` runs one."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.deploy import drill
from tests.deploy.drill import BEGIN, END, PAGE, Result, Seen, table, timeout_of

FINE = Result(
    detected=20,
    moved=40,
    first_read=7,
    slowest_read=7,
    first_write=50,
    acknowledged=100,
    lost=0,
    doubled=0,
    given_up="",
)


def test_the_gap_ends_with_the_first_who_is_served() -> None:
    seen = Seen(good=[1.0, 2.0, 9.0, 10.0], bad=[4.0, 6.0])
    assert seen.gap_after(3.0) == 6.0
    assert Seen(good=[1.0]).gap_after(3.0) == float("inf")


@pytest.mark.parametrize(
    ("missed", "problem"),
    [
        (replace(FINE, first_read=11.0), "reading took too long to go on"),
        (replace(FINE, first_write=121.0), "writing took too long to go on"),
        (replace(FINE, lost=1), "acknowledged writes were lost"),
        (replace(FINE, doubled=1), "acknowledged writes were doubled"),
    ],
)
def test_each_goal_can_be_missed(missed: Result, problem: str) -> None:
    assert FINE.problems() == []
    assert missed.problems() == [problem]


def test_the_page_has_the_table_between_its_marks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "failover.md"
    page.write_text(PAGE.read_text())
    monkeypatch.setattr(drill, "PAGE", page)
    drill.write(FINE)
    drill.write(replace(FINE, lost=3))
    text = page.read_text()
    assert table(replace(FINE, lost=3)) in text
    assert (text.count(BEGIN), text.count(END), text.count("of them lost")) == (1, 1, 1)


def test_a_reader_waits_as_long_as_the_template_says() -> None:
    assert (timeout_of("home-reads").connect_timeout, timeout_of("home-reads").read_timeout) == (3, 5)
    assert timeout_of("second-api").read_timeout == 30
