"""A reminder whose time has come is shown once, in each browser of its user, and by mail to who wants that."""

import socket
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from config import env, mail
from dynamo import connection
from infra.local import mailbox
from reminders import push, sending
from reminders.events import plan_reminders, send_reminders
from reminders.examples import SUBSCRIPTION_INPUT
from reminders.models import Reminder, Subscription
from serverless.events import BatchResponse
from tests.failure_queues import taker
from tests.faulty_ses import FaultySes, served
from tests.personas import Persona
from tests.reminders.planned import planned, queued
from tests.reminders.push_service import CLOSED, PushService
from tests.todos.making import make, path_of
from tests.waiting import until

TODO_ID = "00000000-0000-4000-8000-000000000001"
NONE: BatchResponse = {"batchItemFailures": []}
AGAIN: BatchResponse = {"batchItemFailures": [{"itemIdentifier": "0"}]}


def due_now(owner: str, **said: Any) -> dict[str, Any]:
    """The message of a reminder that is due now; `said` changes what its to-do says."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    facts = {"title": "Water the plants", "due": at.isoformat(), "remind": 0, "is_moved": True, "version": 1}
    plan_reminders(queued({"type": "TodoChange", "owner": owner, "id": TODO_ID, **facts, **said}), None)
    return {"owner": owner, "todo": TODO_ID, "at": at.isoformat()}


def test_it_is_shown_once_in_each_browser(alice: Persona, bob: Persona, pushing: PushService) -> None:
    desk, phone, his = pushing.subscribe(alice), pushing.subscribe(alice), pushing.subscribe(bob)
    message = due_now(alice.sub)
    for _ in range(3):
        assert send_reminders(queued(message), None) == NONE
    said = {"owner": alice.sub, "todo": TODO_ID, "title": "Water the plants", "due": message["at"]}
    assert desk.heard == phone.heard == [{**said, "tag": f"{TODO_ID} {message['at']}"}]
    assert his.heard == []
    (headers,) = desk.headers
    assert (headers["ttl"], headers["urgency"], headers["content-encoding"]) == ("43200", "high", "aes128gcm")
    assert len(headers["topic"]) == 32


@pytest.mark.parametrize("said", [{"remind": None}, {"due": None}, {"due": "2090-01-01"}], ids=str)
def test_what_changed_meanwhile_does_not_remind(alice: Persona, pushing: PushService, said: dict[str, Any]) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    due_now(alice.sub, version=2, **said)
    assert send_reminders(queued(message), None) == NONE
    assert browser.heard == []


def test_a_moment_that_has_moved_without_a_schedule_is_arranged(alice: Persona, pushing: PushService) -> None:
    """As when a country changes its clocks, or settings were changed where nothing plans, in a second region."""
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    Reminder.note(alice.sub, TODO_ID, version=2, title="x", due="2090-01-31", remind=0, is_moved=True)
    assert send_reminders(queued(message), None) == NONE
    until(lambda: planned(alice.sub, TODO_ID) == datetime(2090, 1, 31, 9, tzinfo=UTC), "the schedule")
    assert browser.heard == []


def test_a_moment_that_has_moved_into_the_past_reminds_once(alice: Persona, pushing: PushService) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    earlier = datetime.fromisoformat(message["at"]) - timedelta(hours=1)
    Reminder.note(alice.sub, TODO_ID, version=2, title="x", due=earlier.isoformat(), remind=0, is_moved=True)
    for at in (message["at"], message["at"], earlier.isoformat()):
        assert send_reminders(queued({**message, "at": at}), None) == NONE
        assert [heard["tag"] for heard in browser.heard] == [f"{TODO_ID} {earlier.isoformat()}"]


def test_nobody_else_is_posted_to(alice: Persona) -> None:
    """What was kept is judged anew: to the reader that posts, this address is of the host before the backslash."""
    endpoint = r"https://127.0.0.1\.notify.windows.com/x"
    kept = Subscription.keep(alice.sub, **{**SUBSCRIPTION_INPUT, "endpoint": endpoint})
    with pytest.raises(push.Refused, match="no known push service"):
        push.send(kept, b"x", topic="x")


def test_nothing_is_known_of_it(alice: Persona, pushing: PushService) -> None:
    browser = pushing.subscribe(alice)
    message = {"owner": alice.sub, "todo": TODO_ID, "at": datetime.now(UTC).isoformat()}
    assert send_reminders(queued(message), None) == NONE
    assert browser.heard == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(alice: Persona, pushing: PushService, status: int) -> None:
    gone, there = pushing.subscribe(alice), pushing.subscribe(alice)
    gone.answers = [status]
    assert send_reminders(queued(due_now(alice.sub)), None) == NONE
    assert [row.endpoint for row in Subscription.of(alice.sub)] == [there.endpoint]
    assert len(there.heard) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_push_service_is_tried_again(alice: Persona, pushing: PushService, status: int) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    browser.answers = [status]
    assert send_reminders(queued(message), None) == AGAIN
    assert send_reminders(queued(message), None) == NONE
    assert len(browser.heard) == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(alice: Persona, pushing: PushService) -> None:
    """As those are that a frozen function kept: a reminder in time would come six minutes late."""
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    browser.answers = [CLOSED]
    assert send_reminders(queued(message), None) == NONE
    assert len(browser.heard) == 1


def test_browsers_hear_at_the_same_time(alice: Persona, pushing: PushService) -> None:
    """Services that hang, one after the other, would take the function's time from all who are in the batch."""
    browsers = [pushing.subscribe(alice) for _ in range(5)]
    meeting = Barrier(len(browsers), timeout=30)
    for browser in browsers:
        browser.meets = meeting
    assert send_reminders(queued(due_now(alice.sub)), None) == NONE
    assert [len(browser.heard) for browser in browsers] == [1] * len(browsers)


def test_who_has_heard_does_not_hear_again_as_others_are_tried_again(
    alice: Persona, pushing: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has read it and closed it would be called back to it every six minutes."""
    desk, phone, refusing = (pushing.subscribe(alice) for _ in range(3))
    phone.answers, refusing.answers = [503, 503], [400] * 9
    assert alice.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    message = due_now(alice.sub, title="Once")
    with monkeypatch.context() as patch, served(FaultySes(set(), rate=14, throttled=1, lost=0)) as ses:
        patch.setattr(mail, "client", lambda _: ses)
        patch.setattr(mail, "PAUSE", 0.01)
        assert send_reminders(queued(message), None) == AGAIN
    assert [send_reminders(queued(message), None) for _ in range(3)] == [AGAIN, NONE, NONE]
    assert [len(browser.heard) for browser in (desk, phone, refusing)] == [1, 1, 0]
    row = Reminder.fetch(Reminder.key_of(alice.sub, TODO_ID))
    assert not {"told_for", "told"} & row.attribute_values.keys(), "nothing more is to be known of that moment"
    assert [each.subject for each in mailbox.mails() if alice.email in each.to] == ["Reminder: Once"]


@pytest.mark.parametrize(
    ("host", "error", "is_kept"),
    [
        ("made-up", socket.EAI_NONAME, False),
        ("made-up", socket.EAI_AGAIN, True),
        ("a.", None, False),
        ("a" * 64, None, False),
    ],
    ids=["no host", "no name server", "an empty label", "a long label"],
)
def test_one_whose_push_service_does_not_exist_is_forgotten(
    alice: Persona, monkeypatch: pytest.MonkeyPatch, host: str, error: int | None, is_kept: bool
) -> None:
    """Each reminder would come five times, and then call an operator."""
    look_up = socket.getaddrinfo

    def answer(name: str, *asked: Any, **more: Any) -> Any:
        if error and name == f"{host}.push.apple.com":
            raise socket.gaierror(error, "as a name server says")
        return look_up(name, *asked, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    Subscription.keep(alice.sub, **{**SUBSCRIPTION_INPUT, "endpoint": f"https://{host}.push.apple.com/x"})
    assert send_reminders(queued(due_now(alice.sub)), None) == (AGAIN if is_kept else NONE)
    assert bool(Subscription.of(alice.sub)) is is_kept


def test_one_that_refuses_keeps_no_other_waiting(alice: Persona, pushing: PushService) -> None:
    browser, other, message = pushing.subscribe(alice), pushing.subscribe(alice), due_now(alice.sub)
    browser.answers = [400] * 9
    assert send_reminders(queued(message), None) == NONE
    assert len(other.heard) == 1


def test_what_nobody_takes_comes_again_and_ends_in_the_failure_queue(alice: Persona, pushing: PushService) -> None:
    browser = pushing.subscribe(alice)
    browser.answers = [403] * 99
    assert send_reminders(queued(due_now(alice.sub)), None) == AGAIN
    assert browser.heard == []


def test_while_another_delivery_sends_it_waits(alice: Persona, pushing: PushService) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    row = Reminder.claim(alice.sub, TODO_ID, datetime.fromisoformat(message["at"]))
    assert row
    assert send_reminders(queued(message), None) == AGAIN
    row.release()
    assert send_reminders(queued(message), None) == NONE
    assert len(browser.heard) == 1


def test_a_death_between_sending_and_the_mark_shows_the_same_again(
    alice: Persona, pushing: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    with monkeypatch.context() as patch:
        patch.setattr(Reminder, "release", lambda *_, **__: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send_reminders(queued(message), None)
    Reminder(*Reminder.key_of(alice.sub, TODO_ID)).release()  # its lease ends
    assert send_reminders(queued(message), None) == NONE
    tags = [heard["tag"] for heard in browser.heard]
    assert len(tags) == 2
    assert len(set(tags)) == 1


def test_what_is_a_day_late_tells_nobody(alice: Persona, pushing: PushService) -> None:
    browser = pushing.subscribe(alice)
    at = datetime.now(UTC) - timedelta(hours=25)
    due_now(alice.sub, due=at.isoformat())
    assert send_reminders(queued({"owner": alice.sub, "todo": TODO_ID, "at": at.isoformat()}), None) == NONE
    assert browser.heard == []


def test_mail_for_who_wants_it(alice: Persona) -> None:
    assert alice.api.put("/api/reminders/settings/", {"zone": "Asia/Tokyo", "mail": True}).status_code == 200
    assert send_reminders(queued(due_now(alice.sub, title="Water\x02\nthe \x08plants\x9b")), None) == NONE
    (sent,) = [each for each in mailbox.mails() if alice.email in each.to]
    assert sent.subject == "Reminder: Water the plants"
    assert "(Asia/Tokyo)" in sent.text
    assert f"{env.text('SITE_URL')}/todos/\n" in sent.text


def test_one_user_does_not_use_up_the_mails_of_all(
    alice: Persona, pushing: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MAX_MAILS", 2)
    browser = pushing.subscribe(alice)
    assert alice.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    for version in (1, 2, 3):
        at = (datetime.now(UTC) - timedelta(hours=version)).isoformat(timespec="seconds")
        message = {**due_now(alice.sub, due=at, version=version), "at": at}
        assert send_reminders(queued(message), None) == NONE
    assert len(browser.heard) == 3
    first, last = sorted((each.text for each in mailbox.mails() if alice.email in each.to), key=len)
    assert "the last of 2 for today" in last
    assert "for today" not in first


def test_mail_that_is_refused_is_not_tried_again(
    alice: Persona, pushing: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try would show the reminder in the browser once more."""
    browser = pushing.subscribe(alice)
    assert alice.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    with served(FaultySes({alice.email}, rate=14, throttled=0, lost=0)) as ses:
        monkeypatch.setattr(mail, "client", lambda _: ses)
        assert send_reminders(queued(due_now(alice.sub)), None) == NONE
    assert len(browser.heard) == 1


def test_mail_waits_for_the_rate_of_ses(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands are due at nine o'clock, and a queue's five tries would bring but some hundreds of them through."""
    assert alice.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    monkeypatch.setattr(mail, "PAUSE", 0.01)
    with served(faulty := FaultySes(set(), rate=14, throttled=0.5, lost=0)) as ses:  # the first two, as chance has it
        monkeypatch.setattr(mail, "client", lambda _: ses)
        assert send_reminders(queued(due_now(alice.sub)), None) == NONE
    assert faulty.accepted == {alice.email: 1}


def test_the_whole_way(alice: Persona, pushing: PushService) -> None:
    """From the API by the stream, Scheduler and the queues to the browser."""
    browser = pushing.subscribe(alice)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    todo = make(alice, title="Now", due=soon.isoformat(), remind=0)
    until(lambda: browser.heard, "the reminder", 40)
    assert browser.heard[0]["todo"] == todo["id"]
    alice.api.patch(path_of(todo), {"title": "Now!"})
    until(lambda: (row := Reminder.find(alice.sub, todo["id"])) and row.title == "Now!", "the change", 40)
    assert len(browser.heard) == 1


def test_poison_ends_in_the_failure_queue(alice: Persona) -> None:
    from config.aws import client, queue_url

    take = taker("due-reminders-failures")
    client("sqs").send_message(QueueUrl=queue_url("due-reminders"), MessageBody=f'{{"owner": "{alice.sub}"}}')
    until(lambda: [body for body in take() if alice.sub in str(body)], "the failure", 60)


@pytest.mark.parametrize("answer", [403, 503], ids=["refused", "busy"])
def test_mail_comes_once_though_no_browsers_service_takes_it(alice: Persona, pushing: PushService, answer: int) -> None:
    assert alice.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    pushing.subscribe(alice).answers = [answer] * 99
    message = due_now(alice.sub, title="By mail")
    for _ in range(5):
        send_reminders(queued(message), None)
    assert [each.subject for each in mailbox.mails() if alice.email in each.to] == ["Reminder: By mail"]


def test_a_claim_whose_answer_was_lost_is_ones_own(
    alice: Persona, pushing: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, message = pushing.subscribe(alice), due_now(alice.sub)
    shared = connection.shared()
    send, lost = shared.send, list[str]()

    def twice(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "UpdateItem" and not lost:
            lost.append(operation)
            send(operation, arguments)
        return send(operation, arguments)

    monkeypatch.setattr(shared, "send", twice)
    assert send_reminders(queued(message), None) == NONE
    assert len(browser.heard) == 1
