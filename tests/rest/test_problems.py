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
