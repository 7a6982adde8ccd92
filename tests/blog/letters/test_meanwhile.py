"""A letter while its post is renamed, withdrawn or scheduled far ahead, and while DynamoDB is away."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn, cast

import pytest

from blog import welcome
from blog.letters import control, steps
from blog.models import Post, Subscriber, Trace
from blog.models.letters import Delivery, Letter
from dynamo.errors import Unavailable
from dynamo.models import now
from tests.blog.letters.sending import freeze, got, row, send_all, status
from tests.blog.writing import at, change, word, write
from tests.personas import Persona


def test_a_post_withdrawn_for_seconds_reaches_everybody_all_the_same(
    machine: list[Any], readers: list[str], edith: Persona
) -> None:
    made = write(edith)
    post = Post.fetch((made["slug"],))
    control.send(post, by="pia")
    freeze(machine[0])
    planned = steps.plan(cast("steps.State", {**machine[0], "next": "Plan"}), None)
    change(edith, made, published_at=None)  # a worker's turn begins now
    assert {steps.send(batch, None)["next"] for batch in planned["batches"]} == {"Done"}
    assert status(post) == "paused"
    change(edith, made, published_at=made["published_at"])
    assert steps.plan({**planned, "next": "Plan"}, None)["next"] == "Stop"
    control.go_on(post)
    send_all(machine[-1])
    assert status(post) == "sent"
    assert [got(email, post) for email in readers] == [1, 1, 1]


def test_another_post_at_the_former_address_of_a_scheduled_one_is_not_sent(
    machine: list[Any], readers: list[str], edith: Persona
) -> None:
    slug = word()
    mine = write(edith, slug=slug, published_at=at(hours=1))
    control.send(Post.fetch((slug,)), by="pia")
    renamed = change(edith, mine, slug=word())
    other = write(edith, slug=slug, title="Nobody asked to send this")
    control.resume()
    for begun in machine:
        send_all(begun)
    assert [got(email, Post.fetch((other["slug"],))) for email in readers] == [0, 0, 0]
    assert control.find(Post.fetch((other["slug"],))) is None
    assert control.find(Post.fetch((renamed["slug"],))) is not None


@pytest.mark.usefixtures("machine")
def test_a_letter_knows_its_post_after_what_leads_from_its_former_address_is_gone(edith: Persona) -> None:
    made = write(edith, published_at=at(days=40))
    post = Post.fetch((made["slug"],))
    control.send(post, by="pia")
    change(edith, made, slug=word())
    control.resume()  # the clock, every minute
    Trace.write("UpdateItem", (Trace.row(made["slug"]),), actions=[Trace.expires.set(now() - timedelta(seconds=9))])
    control.resume()  # a month later
    assert status(post) == "waiting"


@pytest.mark.usefixtures("machine")
def test_a_letter_that_waited_for_weeks_can_be_paused_and_go_on(post: Post) -> None:
    asked = now() - timedelta(days=20)
    Letter(control.letter_id(post), slug=post.slug, started_by="pia", created_at=asked).create()
    control.send(post, by="pia")  # its time has come
    control.pause(post)
    control.go_on(post)
    assert status(post) == "sending"


def test_an_outage_of_dynamodb_gives_nobody_up(
    machine: list[Any], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.send(post, by="pia")
    freeze(machine[0])
    planned = steps.plan(cast("steps.State", {**machine[0], "next": "Plan"}), None)

    def away(*_: object, **__: object) -> NoReturn:
        raise Unavailable("throttled")

    with monkeypatch.context() as patch:
        patch.setattr(Subscriber, "fetch", away)
        patch.setattr(welcome, "LEASE", timedelta())  # a claim ends at once
        for _ in range(Delivery.MOST_ATTEMPTS + 2):
            for batch in planned["batches"]:
                with suppress(Unavailable):
                    steps.send(batch, None)
    send_all(machine[0])
    assert [row(post, email).status for email in readers] == ["sent"] * 3
