"""A schedule follows its to-do: one for each reminder, at the moment it is due here, in UTC."""

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Unpack
from uuid import uuid4

import pytest
from django.conf import settings

from config.aws import client
from dynamo.testing import recorded_requests
from reminders import events, planning, schedules
from reminders.events import collect_changes, plan_reminders
from reminders.models import Reminder
from reminders.moments import Clock, moment_of
from tests.failure_queues import taker
from tests.personas import Persona
from tests.reminders.planned import planned, queued
from tests.todos.making import make, path_of
from tests.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import UpdateScheduleInputTypeDef

SETTINGS = "/api/reminders/settings/"
TODO_ID = "00000000-0000-4000-8000-000000000001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("due", "before", "clock", "moment"),
    [
        ("2090-01-31T09:00:00+00:00", 0, Clock(), "2090-01-31T09:00:00Z"),
        ("2090-01-31T09:00:00+00:00", 90, Clock(zone="Asia/Tokyo"), "2090-01-31T07:30:00Z"),
        ("2090-01-31", 0, Clock(), "2090-01-31T09:00:00Z"),
        ("2090-01-31", 0, Clock(zone="Asia/Tokyo", minute=8 * 60 + 30), "2090-01-30T23:30:00Z"),
        ("2027-03-28", 1440, Clock(zone="Europe/Berlin"), "2027-03-27T08:00:00Z"),  # summer begins between
        ("2027-03-28", 0, Clock(zone="Europe/Berlin"), "2027-03-28T07:00:00Z"),
        ("2027-03-28", 0, Clock(zone="Europe/Berlin", minute=150), "2027-03-28T01:30:00Z"),  # there is no 2:30
    ],
)
def test_moments(due: str, before: int, clock: Clock, moment: str) -> None:
    assert moment_of(due, before, clock) == at(moment)


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_beyond_the_calendar_is_no_moment(due: str) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        for before in (0, 40_320):
            found = moment_of(due, before, Clock(zone=zone, minute=23 * 60 + 59))
            assert found is None or found.tzinfo == UTC


def test_a_schedule_follows_its_to_do(alice: Persona) -> None:
    todo = make(alice, due="2090-01-31T09:00:00Z", remind=30)
    path = path_of(todo)

    def found() -> datetime | None:
        return planned(alice.sub, todo["id"])

    until(lambda: found() == at("2090-01-31T08:30:00Z"), "the schedule", 30)
    for change, moment in (
        ({"due": "2090-02-01T09:00:00Z"}, at("2090-02-01T08:30:00Z")),
        ({"remind": 0}, at("2090-02-01T09:00:00Z")),
        ({"completed": True}, None),
        ({"completed": False}, at("2090-02-01T09:00:00Z")),
        ({"due": "2090-02-03"}, at("2090-02-03T09:00:00Z")),
        ({"remind": None}, None),
        ({"remind": 10}, at("2090-02-03T08:50:00Z")),
    ):
        assert alice.api.patch(path, change).status_code == 200
        until(lambda: found() == moment, f"{change}", 30)  # noqa: B023  # it is called at once
    alice.api.delete(path)
    until(lambda: found() is None, "no schedule", 30)


def test_days_move_with_the_users_clock_and_moments_do_not(alice: Persona) -> None:
    day, moment = make(alice, due="2090-01-31", remind=0), make(alice, due="2090-01-31T10:00:00Z", remind=0)
    until(lambda: planned(alice.sub, day["id"]) and planned(alice.sub, moment["id"]), "the schedules", 30)
    answer = alice.api.put(SETTINGS, {"zone": "Asia/Tokyo", "time": "07:00"})
    assert answer.status_code == 200, answer.content
    until(lambda: planned(alice.sub, day["id"]) == at("2090-01-30T22:00:00Z"), "the day's", 30)
    assert planned(alice.sub, moment["id"]) == at("2090-01-31T10:00:00Z")


def change(owner: str, version: int, **said: Any) -> dict[str, Any]:
    facts = {"title": "x", "due": f"2090-01-{version:02}", "remind": 0, "is_moved": True}
    return {"type": "TodoChange", "owner": owner, "id": TODO_ID, "version": version, **facts, **said}


def test_changes_may_come_twice_and_in_any_order(alice: Persona) -> None:
    messages = [change(alice.sub, version) for version in range(1, 6)] * 2
    random.Random(1).shuffle(messages)
    for message in messages:
        assert plan_reminders(queued(message), None) == {"batchItemFailures": []}
    assert planned(alice.sub, TODO_ID) == at("2090-01-05T09:00:00Z")
    assert plan_reminders(queued(change(alice.sub, 7, remind=None), change(alice.sub, 6)), None)
    assert planned(alice.sub, TODO_ID) is None


def test_who_is_overtaken_arranges_what_is_true_by_then(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    arrange, later = schedules.arrange, [change(alice.sub, 2)]

    def overtaken(*args: Any) -> None:
        if later:
            plan_reminders(queued(later.pop()), None)
        arrange(*args)

    monkeypatch.setattr(schedules, "arrange", overtaken)
    plan_reminders(queued(change(alice.sub, 1)), None)
    assert planned(alice.sub, TODO_ID) == at("2090-01-02T09:00:00Z")


def test_what_has_passed_while_nothing_was_planned_comes_at_once(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scheduler, the queue or the stream was away for twenty minutes, and the to-do was due within."""
    told: list[str] = []
    monkeypatch.setattr(client("sqs"), "send_message", lambda **sent: told.append(sent["MessageBody"]))
    due = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=15)
    asked_at = int(due.timestamp()) - 300
    message = change(alice.sub, 1, due=due.isoformat(), asked_at=asked_at)
    assert plan_reminders(queued(message), None) == {"batchItemFailures": []}
    assert told == [schedules.message(alice.sub, TODO_ID, due)]
    told.clear()
    late = change(alice.sub, 2, due=due.isoformat(), asked_at=asked_at + 1200)
    assert plan_reminders(queued(late), None) == {"batchItemFailures": []}
    assert told == []


def test_a_record_says_when_its_to_do_was_changed(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not when the stream told of it, which may be hours later."""
    row = {"owner": {"S": "a"}, "id": {"S": TODO_ID}, "version": {"N": "1"}, "remind": {"N": "0"}}
    row |= {"due_order": {"S": "2090-01-01~"}, "created_at": {"S": "2030"}}
    row |= {"updated_at": {"S": "2030-01-01T00:00:00.000000+0000"}}
    told: list[planning.Change] = []
    monkeypatch.setattr(events, "tell", told.extend)
    assert collect_changes({"Records": [{"dynamodb": {"NewImage": row, "SequenceNumber": "1"}}]}, None)
    assert [each.asked_at for each in told] == [at("2030-01-01T00:00:00Z").timestamp()]


def test_what_has_passed_is_not_planned(alice: Persona) -> None:
    plan_reminders(queued(change(alice.sub, 1, due="2020-01-01")), None)
    assert planned(alice.sub, TODO_ID) is None


@pytest.mark.parametrize(
    "body",
    [{}, {"type": "x", "owner": "a"}, {"type": "ReminderChange", "owner": "a", "id": "x"}, {"type": "TodoChange"}, []],
    ids=str,
)
def test_poison_keeps_no_other_waiting(alice: Persona, body: Any) -> None:
    answer = plan_reminders(queued(body, change(alice.sub, 3)), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert planned(alice.sub, TODO_ID) == at("2090-01-03T09:00:00Z")


def test_what_never_reminded_is_nobodys_business(alice: Persona) -> None:
    todo = make(alice, due="2090-01-31")
    row = {"owner": {"S": alice.sub}, "id": {"S": todo["id"]}, "version": {"N": "1"}}
    upload = {"owner": {"S": alice.sub}, "id": {"S": "upload#x"}, "version": {"N": "1"}}
    records = [{"dynamodb": {"NewImage": image, "SequenceNumber": "1"}} for image in (row, upload)]
    records.append({"dynamodb": {"OldImage": row, "SequenceNumber": "2"}})
    with recorded_requests() as sent:
        assert collect_changes({"Records": records}, None) == {"batchItemFailures": []}
    assert sent == []
    assert Reminder.find(alice.sub, todo["id"]) is None


def test_a_row_that_can_not_be_read_is_put_aside(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is behind it in the stream would wait for most of a day."""
    row = {"owner": {"S": alice.sub}, "id": {"S": TODO_ID}, "remind": {"N": "0"}, "created_at": {"S": "2030"}}
    poison = {"dynamodb": {"NewImage": row, "SequenceNumber": "1"}}
    good = {"dynamodb": {"NewImage": {**row, "version": {"N": "1"}}, "SequenceNumber": "2"}}
    told: list[planning.Change] = []
    monkeypatch.setattr(events, "tell", told.extend)
    take = taker("reminder-changes-failures")
    assert collect_changes({"Records": [poison, good]}, None) == {"batchItemFailures": []}
    assert [body["Records"] for body in take()] == [[poison]]
    assert [each.owner for each in told] == [alice.sub]
    row |= {"version": {"N": "1"}, "due_order": {"S": "2090-01-01~"}}
    assert plan_reminders(queued({"reason": "mended since", "Records": [poison]}), None) == {"batchItemFailures": []}
    assert planned(alice.sub, TODO_ID) == at("2090-01-01T09:00:00Z")


@pytest.mark.parametrize(
    ("field", "value", "is_told"),
    [("list", {"S": "home"}, False), ("order", {"N": "7"}, False), ("title", {"S": "y"}, True), ("remind", None, True)],
)
def test_what_has_nothing_to_do_with_reminders_takes_no_turn(
    monkeypatch: pytest.MonkeyPatch, field: str, value: dict[str, str] | None, is_told: bool
) -> None:
    """One request moves thousands of to-dos to another list, while everybody's reminders wait in one queue."""
    old = {"owner": {"S": "a"}, "id": {"S": TODO_ID}, "version": {"N": "1"}, "title": {"S": "x"}, "remind": {"N": "0"}}
    old |= {"due_order": {"S": "2090-01-01~"}, "created_at": {"S": "2030"}, "list": {"S": "inbox"}, "order": {"N": "1"}}
    new = {name: held for name, held in {**old, field: value, "version": {"N": "2"}}.items() if held}
    told: list[planning.Change] = []
    monkeypatch.setattr(events, "tell", told.extend)
    for before, number in ((None, "1"), (old, "2")):
        record = {"dynamodb": {"OldImage": before, "NewImage": new if before else old, "SequenceNumber": number}}
        assert collect_changes({"Records": [record]}, None) == {"batchItemFailures": []}
    assert [each.version for each in told if isinstance(each, planning.TodoChange)] == ([1, 2] if is_told else [1])


# --- Snoozed, and out of turn -----------------------------------------------------------------------------------------


def test_a_change_that_comes_twice_does_not_undo_a_later_snooze(alice: Persona) -> None:
    moved = change(alice.sub, 2)
    plan_reminders(queued(change(alice.sub, 1), moved), None)
    later = at("2090-03-01T08:00:00Z")
    assert alice.api.post(f"/api/reminders/{TODO_ID}/snooze/", {"until": later.isoformat()}).status_code == 204
    for again in ({"type": "ReminderChange", "owner": alice.sub, "id": TODO_ID}, moved):
        plan_reminders(queued(again), None)
        assert planned(alice.sub, TODO_ID) == later


def test_a_snooze_of_before_its_to_do_was_kept_with_it_holds(alice: Persona) -> None:
    """Of a former version, which answers requests until a release is done, and after a rollback."""
    plan_reminders(queued(change(alice.sub, 1)), None)
    later = at("2090-03-01T08:00:00Z")
    Reminder.write("UpdateItem", Reminder.key_of(alice.sub, TODO_ID), actions=[Reminder.snoozed.set(later)])
    plan_reminders(queued({"type": "ReminderChange", "owner": alice.sub, "id": TODO_ID}), None)
    assert planned(alice.sub, TODO_ID) == later


def test_a_moved_due_date_ends_a_snooze_though_a_later_change_overtakes_it(alice: Persona) -> None:
    plan_reminders(queued(change(alice.sub, 1)), None)
    Reminder.snooze(alice.sub, TODO_ID, at("2090-03-01T08:00:00Z"))
    moved = change(alice.sub, 2)
    plan_reminders(queued(change(alice.sub, 3, title="y", due=moved["due"], is_moved=False)), None)
    plan_reminders(queued(moved), None)
    assert planned(alice.sub, TODO_ID) == at("2090-01-02T09:00:00Z")


def test_a_schedule_that_ends_by_itself_between_two_requests_is_made_anew(
    alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_reminders(queued(change(alice.sub, 1)), None)
    scheduler = client("scheduler")
    update = scheduler.update_schedule

    def fired(**wanted: Unpack["UpdateScheduleInputTypeDef"]) -> object:
        monkeypatch.setattr(scheduler, "update_schedule", update)
        scheduler.delete_schedule(GroupName=wanted["GroupName"], Name=wanted["Name"])  # ActionAfterCompletion
        return update(**wanted)

    monkeypatch.setattr(scheduler, "update_schedule", fired)
    assert plan_reminders(queued(change(alice.sub, 2)), None) == {"batchItemFailures": []}
    assert planned(alice.sub, TODO_ID) == at("2090-01-02T09:00:00Z")


def test_a_to_do_that_comes_back_after_a_month_reminds(alice: Persona) -> None:
    """Its tombstone is gone, so it begins at version 1; the reminder's row has expired and goes within days."""
    plan_reminders(queued(change(alice.sub, 1), change(alice.sub, 8, remind=None)), None)
    key, hour_ago = Reminder.key_of(alice.sub, TODO_ID), datetime.now(UTC) - timedelta(hours=1)
    Reminder.write("UpdateItem", key, actions=[Reminder.expires.set(hour_ago)])
    plan_reminders(queued(change(alice.sub, 1)), None)
    assert planned(alice.sub, TODO_ID) == at("2090-01-01T09:00:00Z")


def test_another_clock_moves_what_is_due_on_a_day_alone(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of others would be arranged anew for nothing, while everybody's reminders wait."""
    rows = [("2090-01-31", 0), ("2090-01-31T09:00:00+00:00", 0), ("2090-01-31", None)]
    for number, (due, remind) in enumerate(rows, 1):
        todo_id = TODO_ID.replace("1", str(number))
        Reminder.note(alice.sub, todo_id, version=1, title="x", due=due, remind=remind, is_moved=True)
    told: list[planning.Change] = []
    monkeypatch.setattr(planning, "tell", told.extend)
    planning.plan(planning.OwnerChange(owner=alice.sub))
    assert told == [planning.ReminderChange(owner=alice.sub, id=TODO_ID)]


def test_who_has_thousands_keeps_nobody_else_waiting(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQS's fair queues go by the group of a message."""
    sqs = client("sqs")
    monkeypatch.setattr(planning, "QUEUE", f"{uuid4()}")
    url = sqs.create_queue(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}{planning.QUEUE}")["QueueUrl"]
    planning.tell([planning.OwnerChange(owner=alice.sub)])
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["MessageGroupId"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == alice.sub
