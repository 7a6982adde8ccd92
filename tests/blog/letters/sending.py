"""A letter's steps, as the state machine does them, and what became of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from blog.letters import control, steps
from blog.models import Post
from blog.models.letters import HEAD, Delivery, Letter
from infra.local.mailbox import mails


def got(email: str, post: Post) -> int:
    return sum(mail.to == email and mail.subject == post.title for mail in mails())


def letter_of(post: Post) -> Letter:
    return Letter.fetch((control.letter_id(post), HEAD))


def row(post: Post, email: str) -> Delivery:
    return Delivery.fetch(Delivery.key_for(control.letter_id(post), email))


def status(post: Post) -> str:
    return str(letter_of(post).status)


def is_sent(post: Post) -> Callable[[], bool]:
    return lambda: status(post) == "sent"


def freeze(state: Any) -> Any:
    begun: Any = {**state, "next": "Freeze"}
    return steps.freeze(begun, None)


def send_all(state: dict[str, Any], until_next: str = "Stop") -> None:
    """Do what the state machine does, until it goes there."""
    told = freeze(state)
    while told["next"] != until_next:
        told = steps.report(told, None) if told["next"] == "Report" else steps.plan(told, None)
        for batch in told.get("batches", []):
            turn = "Again"
            while turn != "Done":
                with suppress(steps.Throttled):
                    turn = steps.send(batch, None)["next"]
