"""What a problem says to whoever made the request: what is taken here, in place of what was sent."""

from typing import Any

import pytest

from tests.bad_bodies import assert_refused
from tests.personas import Persona


def said(answer: Any) -> list[str]:
    """The sentences of a refused request's errors."""
    assert_refused(answer)
    return [error["detail"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("color", ["mauve", "", 1, True, ["red"], {"red": 1}])
def test_one_of_a_few_words_is_named_with_the_others(alice: Persona, edith: Persona, color: Any) -> None:
    answer = alice.api.put("/api/todos/lists/home/", {"name": "Home", "color": color})
    assert said(answer) == ["Say one of: red, orange, yellow, green, teal, blue, purple, pink."]
    assert said(alice.api.get("/api/todos/?sort=title")) == ["Say one of: order, -order, due, -due, created, -created."]
    assert said(alice.api.delete("/api/todos/?completed=false")) == ["Say one of: true."]
    assert said(edith.api.get("/api/blog/drafts/?status=published")) == ["Say one of: draft, scheduled."]
    asked = {"name": "a.txt", "content_type": "text/plain", "size": 3, "method": "form"}
    assert said(alice.api.post("/api/media/uploads/", asked)) == ["Say one of: post, put."]


@pytest.mark.parametrize("end", ["T24:00:00Z", "T09:00:00+24:00", "T09:00:61Z", "T09:00:00", "T9:00Z", " 09:00"])
@pytest.mark.parametrize("day", ["2030-01-31", "2030-02-30", "0000-01-01"])
def test_what_is_no_time_is_told_the_one_form_there_is(alice: Persona, edith: Persona, day: str, end: str) -> None:
    moment = "2030-01-31T09:00:00Z."
    [due] = said(alice.api.post("/api/todos/", {"title": "T", "due": day + end}))
    assert due == f"Use a day, as 2030-01-31, or a moment with an offset, as {moment}"
    [published_at] = said(edith.api.post("/api/blog/posts/", {"title": "T", "body": "", "published_at": day + end}))
    assert published_at == f"Use RFC 3339 with an offset, as in {moment}"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_in_utc_is_told_so_too(alice: Persona, moment: str) -> None:
    [due] = said(alice.api.post("/api/todos/", {"title": "T", "due": moment}))
    assert due.startswith("Use a day")
