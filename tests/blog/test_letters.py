"""A letter's promises: nobody is left out, and nobody gets two beyond what is said."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from blog import events, letters, welcome
from blog.models import Post, Subscriber
from blog.models.letters import HEAD, Delivery, Letter
from dynamo.models import now
from infra.local.mailbox import mails
from serverless.errors import InvalidState
from tests.blog.writing import write
from tests.personas import Persona


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was put into the queue, for the test to deliver."""
    held: list[dict[str, Any]] = []
    monkeypatch.setattr(letters, "_enqueue", held.extend)
    return held


@pytest.fixture
def readers() -> Iterator[list[str]]:
    found = [f"letter-{uuid.uuid4().hex[:12]}@example.com" for _ in range(3)]
    for email in found:
        Subscriber.subscribe(email)
        Subscriber.confirm(email, "203.0.113.7")
    yield found
    for email in found:
        Subscriber.unsubscribe(email)


@pytest.fixture
def post(edith: Persona) -> Post:
    return Post.fetch((write(edith)["slug"],))


def deliver(*messages: dict[str, Any]) -> list[str]:
    records = [{"messageId": str(n), "body": json.dumps(one)} for n, one in enumerate(messages)]
    answer = events.send_letters({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def drain(queue: list[dict[str, Any]]) -> None:
    while queue:
        message = queue.pop(0)
        if deliver(message):
            raise AssertionError(message)


def got(email: str, post: Post) -> int:
    return sum(mail.to == email and mail.subject == post.title for mail in mails())


def one(post: Post, email: str) -> dict[str, Any]:
    return {"letter": letters.letter_id(post), "email": email}


def status(post: Post, email: str) -> str:
    return str(Delivery.fetch((letters.letter_id(post), email)).status)


def test_everybody_gets_it_once_though_every_message_comes_twice(
    queue: list[dict[str, Any]], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "RECIPIENTS", 2)
    gone = readers[2]
    letters.start(post, by="pia")
    sent: list[dict[str, Any]] = []
    while queue:
        message = queue.pop(0)
        if message.get("email") == gone:
            Subscriber.unsubscribe(gone)
        assert deliver(message) == []
        sent.append(message)
    for message in sent:
        if "email" in message:
            assert deliver(message) == []
    assert [got(email, post) for email in readers] == [1, 1, 0]
    assert status(post, gone) == "left"
    with pytest.raises(InvalidState):
        letters.start(post, by="pia")
    [mail] = [mail for mail in mails() if mail.to == readers[0] and mail.subject == post.title]
    headers = dict(mail.headers)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Id"].startswith("MyBlog <letters.")
    assert f"/posts/{post.slug}/" in mail.text
    assert f"/posts/{post.slug}/" in mail.html


def test_unconfirmed_addresses_get_nothing(queue: list[dict[str, Any]], post: Post) -> None:
    email = f"letter-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    letters.start(post, by="pia")
    drain(queue)
    assert got(email, post) == 0


def test_only_a_public_post_is_sent(queue: list[dict[str, Any]], edith: Persona) -> None:
    draft = Post.fetch((write(edith, published_at=None)["slug"],))
    with pytest.raises(InvalidState):
        letters.start(draft, by="pia")
    assert queue == []


def test_a_busy_ses_and_a_bad_address(
    queue: list[dict[str, Any]], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.start(post, by="pia")
    error = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "SendEmail")
    with monkeypatch.context() as patch:
        patch.setattr(welcome, "send_mail", Mock(side_effect=error))
        assert deliver(one(post, readers[0])) == ["0"]
    assert status(post, readers[0]) == "pending"
    assert deliver(one(post, readers[0])) == []
    with monkeypatch.context() as patch:
        patch.setattr(welcome, "send_mail", Mock(side_effect=welcome.MailRefused("no such address")))
        assert deliver(one(post, readers[1])) == []
    assert deliver(one(post, readers[1]), one(post, readers[2])) == []
    assert [got(email, post) for email in readers] == [1, 0, 1]
    assert Delivery.counts(letters.letter_id(post)) == {"sent": 2, "failed": 1}


@pytest.mark.parametrize("loss", [ReadTimeoutError(endpoint_url="x"), SystemError("the worker is killed")])
def test_an_answer_lost_after_sending_costs_one_duplicate(
    queue: list[dict[str, Any]], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch, loss: Exception
) -> None:
    letters.start(post, by="pia")
    message, send = one(post, readers[0]), welcome.send_mail

    def lose(address: str, mail: Any) -> str:
        send(address, mail)
        raise loss

    with monkeypatch.context() as patch:
        patch.setattr(welcome, "send_mail", lose)
        assert deliver(message) == ["0"]
    for _ in range(2):
        assert deliver(message) == ["0"]
    assert got(readers[0], post) == 1
    ended = [Delivery.claimed_until.set(now() - timedelta(seconds=1))]
    Delivery.change((letters.letter_id(post), readers[0]), ended)
    for _ in range(2):
        assert deliver(message) == []
    assert got(readers[0], post) == 2


def test_pause_go_on_and_cancel(queue: list[dict[str, Any]], readers: list[str], post: Post) -> None:
    letters.start(post, by="pia")
    letters.pause(post)
    drain(queue)
    assert deliver(one(post, readers[0])) == []
    assert got(readers[0], post) == 0
    letters.go_on(post)
    drain(queue)
    assert [got(email, post) for email in readers] == [1, 1, 1]
    letters.cancel(post)
    with pytest.raises(InvalidState):
        letters.go_on(post)
    assert Letter.fetch((letters.letter_id(post), HEAD)).status == "cancelled"


def test_what_can_not_be_read_comes_again_until_the_queue_sets_it_aside(post: Post) -> None:
    records = [{"messageId": "a", "body": "x"}, {"messageId": "b", "body": '{"letter": 5}'}]
    assert [
        each["itemIdentifier"] for each in events.send_letters({"Records": records}, None)["batchItemFailures"]
    ] == [
        "a",
        "b",
    ]
