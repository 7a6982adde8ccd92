"""A letter's promises: nobody is left out, and nobody gets two beyond what is said."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from django.conf import settings

from blog import events, welcome
from blog.letters import control, steps
from blog.models import Post, Subscriber
from blog.models.letters import HEAD, Delivery, Letter
from blog.services import bring_back_post
from config.aws import client
from dynamo.models import now
from serverless.errors import InvalidState
from tests.blog.letters.sending import freeze, got, is_sent, letter_of, row, send_all, status
from tests.blog.writing import at, change, write
from tests.personas import Persona
from tests.waiting import until


def test_the_state_machine_sends_a_post_to_everybody_once(readers: list[str], post: Post) -> None:
    control.send(post, by="pia")
    until(is_sent(post), "the letter", seconds=20)
    assert [got(email, post) for email in readers] == [1, 1, 1]
    letter = letter_of(post)
    assert letter.recipients == sum(Delivery.outcomes(letter.letter).values()) >= 3
    assert "shelf" not in letter.raw
    with pytest.raises(InvalidState):
        control.send(post, by="pia")


# --- The steps by themselves ------------------------------------------------------------------------------------------


def test_recipients_are_frozen_once(
    machine: list[Any], readers: list[str], reader: Callable[[], str], post: Post
) -> None:
    control.send(post, by="pia")
    freeze(machine[0])
    late, gone = reader(), readers[2]
    Subscriber.unsubscribe(gone)
    frozen = letter_of(post).recipients
    freeze(machine[0])
    assert letter_of(post).recipients == frozen
    send_all(machine[0])
    assert [got(email, post) for email in (*readers, late)] == [1, 1, 0, 0]
    assert row(post, gone).status == "left"


def test_freezing_goes_on_where_time_ended(
    machine: list[Any], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "PAGE", 1)
    control.send(post, by="pia")
    context, left = Mock(), iter([60_000, 1_000] * 100)
    context.get_remaining_time_in_millis.side_effect = lambda: next(left)
    turns = 0
    told: Any = {**machine[0], "next": "Freeze"}
    while told["next"] == "Freeze":
        told, turns = steps.freeze(told, context), turns + 1
    assert turns >= 3
    assert letter_of(post).recipients == sum(1 for _ in Subscriber.addressees().all())


def test_every_step_may_be_done_twice_and_by_two(machine: list[Any], readers: list[str], post: Post) -> None:
    control.send(post, by="pia")
    freeze(machine[0])
    [first, *_] = steps.plan(freeze(machine[0]), None)["batches"]
    assert first["letter"] == control.letter_id(post)
    for _ in range(2):
        send_all(machine[0], until_next="Report")
    send_all(machine[0])
    send_all(machine[0])
    assert [got(email, post) for email in readers] == [1, 1, 1]
    assert "@" not in json.dumps(first), "an address would stay in the history of executions"


def test_batches_cover_every_recipient_and_keep_to_the_rate(
    machine: list[Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "SHARE", 0.9)
    control.send(post, by="pia")
    told = freeze(machine[0])
    Letter.change((control.letter_id(post), HEAD), [Letter.recipients.set(10_000)])
    ends, rounds = -1, 0
    while (told := steps.plan(told, None))["next"] == "Send":
        rounds += 1
        for batch in told["batches"]:
            assert int(batch["first"], 16) == ends + 1
            ends = int(batch["last"].rstrip("g"), 16)
        rate = sum(1 / batch["interval"] for batch in told["batches"])
        assert rate <= 14, "what the embedded SES says"
    assert (ends, told["next"]) == (steps.SPACE - 1, "Report")
    assert rounds >= 10_000 / (14 * steps.WORK_SECONDS)


def test_a_day_s_quota_that_is_used_up_is_waited_for(
    machine: list[Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for what is left to others: welcomes, reminders, codes to sign up."""
    monkeypatch.setattr(steps, "SHARE", 0.9)
    control.send(post, by="pia")
    ses = Mock()
    ses.get_account.return_value = {"SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 180.0, "MaxSendRate": 1.0}}
    monkeypatch.setattr(steps, "client", lambda _: ses)
    told = freeze(machine[0])
    Letter.change((control.letter_id(post), HEAD), [Letter.recipients.set(10_000)])
    told = steps.plan(told, None)
    assert (told["next"], told["seconds"]) == ("Wait", 900)
    ses.get_account.return_value["SendQuota"]["SentLast24Hours"] = 170.0
    told = steps.plan(told, None)
    assert told["next"] == "Send"
    assert told["at"] / steps.SPACE == pytest.approx(10 / 10_000, rel=0.01)


def failing(code: str, message: str = "slow down") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail")


def test_an_address_that_ses_refuses_holds_up_nobody(
    machine: list[Any], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is poison in another way is given up after its tries."""
    send, refused, poison = welcome.send_mail, readers[0], readers[1]

    def choosy(address: str, message: Any) -> str:
        if address == refused:
            raise welcome.MailRefused(f"MessageRejected: {refused} is bad")
        if address == poison:
            raise ZeroDivisionError
        return send(address, message)

    monkeypatch.setattr(welcome, "send_mail", choosy)
    monkeypatch.setattr(welcome, "LEASE", timedelta())
    control.send(post, by="pia")
    send_all(machine[0])
    assert [got(email, post) for email in readers] == [0, 0, 1]
    assert (row(post, refused).status, row(post, refused).reason) == ("failed", "MessageRejected: the address is bad")
    assert (row(post, poison).status, row(post, poison).attempts) == ("failed", Delivery.MOST_ATTEMPTS + 1)
    assert {(kind, number) for kind, _, number in letter_of(post).outcomes if kind == "failed"} == {("failed", 1)}


def test_a_busy_ses_slows_a_worker_down_and_then_its_state(
    machine: list[Any], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "SLOWEST", 0.001)
    control.send(post, by="pia")
    send, tries = welcome.send_mail, 0

    def busy_at_times(address: str, message: Any) -> str:
        nonlocal tries
        tries += 1
        if tries % 2:
            raise failing("TooManyRequestsException")
        return send(address, message)

    with monkeypatch.context() as patch:
        patch.setattr(welcome, "send_mail", Mock(side_effect=failing("TooManyRequestsException")))
        everybody = cast(steps.Batch, {**machine[0], "first": "0", "last": "g", "interval": 0.0})
        freeze(machine[0])
        with pytest.raises(steps.Throttled):
            steps.send(everybody, None)
        patch.setattr(welcome, "send_mail", Mock(side_effect=failing("AccountSuspendedException")))
        with pytest.raises(steps.Unavailable, match="AccountSuspended"):
            steps.send(everybody, None)
    assert {row(post, email).attempts for email in readers} == {0}, "what SES did not take is no try"
    monkeypatch.setattr(welcome, "send_mail", busy_at_times)
    send_all(machine[0])
    assert [got(email, post) for email in readers] == [1, 1, 1]


@pytest.mark.parametrize("loss", [ReadTimeoutError(endpoint_url="x"), SystemError("the worker is killed")])
def test_an_answer_lost_after_sending_costs_one_duplicate(
    machine: list[Any], readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch, loss: Exception
) -> None:
    send = welcome.send_mail
    lost: list[str] = []

    def lose_one(address: str, message: Any) -> str:
        found = send(address, message)
        if address == readers[0] and not lost:
            lost.append(address)
            raise loss
        return found

    monkeypatch.setattr(welcome, "send_mail", lose_one)
    control.send(post, by="pia")
    send_all(machine[0])
    assert [got(email, post) for email in readers] == [2, 1, 1]


def test_pause_go_on_and_cancel(machine: list[Any], readers: list[str], post: Post) -> None:
    control.send(post, by="pia")
    told = steps.plan(freeze(machine[0]), None)
    control.pause(post)
    for batch in told["batches"]:
        assert steps.send(batch, None)["next"] == "Done"
    assert steps.plan(told, None)["next"] == "Stop"
    assert got(readers[0], post) == 0
    control.go_on(post)
    with pytest.raises(InvalidState):
        control.go_on(post)
    assert len(machine) == 2
    for batch in told["batches"]:
        steps.send(batch, None)
    assert got(readers[0], post) == 0, "the former execution has nothing to say any more"
    send_all(machine[1])
    assert [got(email, post) for email in readers] == [1, 1, 1]
    with pytest.raises(InvalidState):
        control.cancel(post)


def test_a_cancelled_letter_is_so_for_good(machine: list[Any], readers: list[str], post: Post) -> None:
    control.send(post, by="pia")
    control.cancel(post)
    with pytest.raises(InvalidState):
        control.go_on(post)
    with pytest.raises(InvalidState):
        control.send(post, by="pia")
    control.resume()
    send_all(machine[0])
    assert (got(readers[0], post), status(post)) == (0, "cancelled")


def test_a_post_that_is_withdrawn_pauses_its_letter(machine: list[Any], readers: list[str], edith: Persona) -> None:
    written = write(edith)
    post = Post.fetch((written["slug"],))
    control.send(post, by="pia")
    told = freeze(machine[0])
    change(edith, written, published_at=None)
    assert steps.plan(told, None)["next"] == "Stop"
    assert status(post) == "paused"


# --- Without anybody --------------------------------------------------------------------------------------------------


def tick() -> None:
    """What the clock of blog/stack.yaml puts into the queue."""
    records = [{"messageId": "1", "body": '{"task": "resume"}'}]
    assert events.look_after_letters({"Records": records}, None) == {"batchItemFailures": []}


def test_a_scheduled_post_is_sent_when_its_time_comes(readers: list[str], edith: Persona) -> None:
    written = write(edith, published_at=at(hours=5))
    post = Post.fetch((written["slug"],))
    control.send(post, by="pia")
    tick()
    assert status(post) == "waiting"
    change(edith, written, published_at=at(seconds=-1))
    tick()
    until(is_sent(post), "the letter", seconds=20)
    tick()
    assert [got(email, post) for email in readers] == [1, 1, 1]


def test_a_draft_is_not_sent_and_a_letter_that_waits_can_be_taken_back(edith: Persona) -> None:
    with pytest.raises(InvalidState):
        control.send(Post.fetch((write(edith, published_at=None)["slug"],)), by="pia")
    post = Post.fetch((write(edith, published_at=at(hours=5))["slug"],))
    control.send(post, by="pia")
    control.cancel(post)
    assert control.find(post) is None
    control.send(post, by="pia")
    assert status(post) == "waiting"


def test_a_letter_waits_for_a_post_that_was_deleted_as_long_as_that_can_come_back(edith: Persona) -> None:
    post = Post.fetch((write(edith, published_at=at(hours=5))["slug"],))
    control.send(post, by="pia")
    edith.api.delete(f"/api/blog/posts/{post.slug}/")
    tick()
    assert letter_of(post).expires > now() + timedelta(days=30)
    bring_back_post(post=post, version=2)
    tick()
    assert status(post) == "waiting"
    assert not letter_of(post).expires


def test_an_execution_that_was_killed_is_begun_anew(
    readers: list[str], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it sends; and one that could not be begun at all."""
    machines = client("stepfunctions")

    def killing(address: str, message: Any) -> str:
        letter = letter_of(post)
        arn = f"{settings.LETTERS_MACHINE.replace(':stateMachine:', ':execution:')}:{letter.run}"
        machines.stop_execution(executionArn=arn)
        raise SystemError("the worker is killed, too")

    with monkeypatch.context() as patch:
        patch.setattr(control, "_execute", Mock(side_effect=failing("ThrottlingException")))
        with pytest.raises(ClientError):
            control.send(post, by="pia")
    with monkeypatch.context() as patch:
        patch.setattr(welcome, "send_mail", Mock(side_effect=killing))
        first = letter_of(post).run
        tick()
        assert letter_of(post).run == first, "it only has to be begun"
        until(lambda: control._has_ended(letter_of(post)), "the death of the execution", seconds=20)
    tick()
    assert letter_of(post).run != first
    until(is_sent(post), "the letter", seconds=20)
    assert [got(email, post) for email in readers] == [1, 1, 1]


def test_another_region_leaves_it_alone(machine: list[Any], post: Post) -> None:
    control.send(post, by="pia")
    Letter.change((control.letter_id(post), HEAD), [Letter.region.set("eu-north-1")])
    machine.clear()
    tick()
    assert machine == []


def test_a_batch_that_was_put_aside_can_be_sent_again(machine: list[Any], readers: list[str], post: Post) -> None:
    control.send(post, by="pia")
    told = steps.plan(freeze(machine[0]), None)
    steps.report(told, None)  # as if every batch had been put aside
    bodies = [json.dumps({name: batch[name] for name in ("letter", "first", "last")}) for batch in told["batches"]]
    records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
    for _ in range(2):
        assert events.look_after_letters({"Records": records}, None) == {"batchItemFailures": []}
    assert [got(email, post) for email in readers] == [1, 1, 1]


def test_what_can_not_be_read_comes_again_until_the_queue_sets_it_aside() -> None:
    records = [{"messageId": "a", "body": "x"}, {"messageId": "b", "body": '{"letter": 5}'}]
    told = events.look_after_letters({"Records": records}, None)
    assert [each["itemIdentifier"] for each in told["batchItemFailures"]] == ["a", "b"]
