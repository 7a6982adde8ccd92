"""What letters' tests share: subscribers, a post, and executions whose steps the tests do."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from blog.models import Post
    from tests.personas import Persona


@pytest.fixture
def reader() -> Iterator[Callable[[], str]]:
    """Makes confirmed subscribers, who are gone at the end."""
    from blog.models import Subscriber
    from dynamo.models import now

    made: list[str] = []

    def make(email: str = "") -> str:
        made.append(email or f"letter-{uuid.uuid4().hex[:12]}@example.com")
        Subscriber(made[-1], address=made[-1], status="confirmed", confirmed_at=now()).create()
        return made[-1]

    yield make
    for email in made:
        Subscriber.unsubscribe(email)


@pytest.fixture
def readers(reader: Callable[[], str]) -> list[str]:
    return [reader() for _ in range(3)]


@pytest.fixture
def post(edith: "Persona") -> "Post":
    from blog.models import Post
    from tests.blog.writing import write

    return Post.fetch((write(edith)["slug"],))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What executions were begun, none of which runs: the test does their steps."""
    from blog.letters import control
    from blog.models.letters import HEAD, Letter

    begun: list[Any] = []

    def begin(letter: str, run: str) -> None:
        # The clock ticks in tests, too, and begins what was not.
        if {"letter": letter, "run": run} not in begun:
            begun.append({"letter": letter, "run": run})

    monkeypatch.setattr(control, "_execute", begin)
    yield begun
    for one in begun:
        Letter.change((one["letter"], HEAD), [Letter.status.set("cancelled"), Letter.shelf.remove()])


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if SES allowed 700 mails a second, and claims of the dead ended at once."""
    from blog import welcome
    from blog.letters import steps

    monkeypatch.setattr(steps, "SHARE", 50)
    monkeypatch.setattr(welcome, "LEASE", timedelta(milliseconds=300))
