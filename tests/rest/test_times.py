"""Times in answers are in UTC with milliseconds, in every service and in the description."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.blog.writing import word
from tests.personas import Persona
from tests.todos.making import make

# A run of housekeeping is named for when it began and what it is.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?!Z-).*")
EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SENT = "2030-01-31T09:00:00.123999+01:00"
SHOWN = "2030-01-31T08:00:00.123Z"


def times(data: Any) -> Iterator[str]:
    """All times in a body."""
    match data:
        case dict():
            for value in data.values():
                yield from times(value)
        case list():
            for value in data:
                yield from times(value)
        case str() if TIME.fullmatch(data):
            yield data


def check(data: Any, *, least: int) -> None:
    found = list(times(data))
    assert len(found) >= least
    assert [time for time in found if not EXACT.fullmatch(time)] == []


@pytest.mark.parametrize("sent", [SENT, "2030-01-31T08:00:00.123Z"])
def test_of_todos(alice: Persona, sent: str) -> None:
    todo = make(alice, due=sent, completed=True)
    assert todo["due"] == SHOWN
    check(todo, least=4)
    alice.api.put("/api/todos/lists/a/", {"name": "a"}, format="json")
    check(alice.api.get("/api/todos/?since=&lists=true").json(), least=5)
    assert [one["id"] for one in alice.api.get("/api/todos/", {"due_after": SHOWN}).json()] == [todo["id"]]
    alice.api.delete(todo["url"])
    check(alice.api.get("/api/todos/bin/").json(), least=5)


@pytest.mark.parametrize("sent", [SENT, "2030-01-31T08:00:00Z"])
def test_of_posts(edith: Persona, sent: str) -> None:
    answer = edith.api.post("/api/blog/posts/", {"title": word(), "body": "B", "published_at": sent})
    assert answer.status_code == 201, answer.content
    post = answer.json()
    check(post, least=3)
    check(edith.api.get("/api/blog/drafts/?status=scheduled").json(), least=3)
    again = edith.api.patch(answer["Location"], {"published_at": post["published_at"]})
    assert again.json()["published_at"] == post["published_at"]


def test_of_uploads(alice: Persona) -> None:
    asked = {"name": "a.txt", "content_type": "text/plain", "size": 3, "visibility": "private"}
    made = alice.api.post("/api/media/uploads/", asked)
    assert made.status_code == 201, made.content
    check(made.json(), least=3)
    check(alice.api.get("/api/media/uploads/").json(), least=2)


def test_of_the_examples(api: APIClient) -> None:
    description = api.get("/api/schema/?format=json").json()
    answers = [
        example["value"]
        for path in description["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for answer in operation.get("responses", {}).values()
        for content in answer.get("content", {}).values()
        for example in content.get("examples", {}).values()
    ]
    check(answers, least=20)
