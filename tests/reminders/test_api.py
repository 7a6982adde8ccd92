"""/api/reminders/: settings, browsers, later."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from accounts import cognito
from config import env
from config.aws import client
from config.services import NAMES
from infra.local.strict.throttling import PATH as THROTTLING
from reminders import examples, views
from reminders.keys import public_key
from reminders.models import Preferences, Reminder
from reminders.planning import Change, tell
from tests.personas import Persona, sign_up
from tests.reminders.planned import planned
from tests.reminders.push_service import SUBSCRIPTIONS, PushService
from tests.todos.making import make
from tests.waiting import until

SETTINGS = "/api/reminders/settings/"
GOOD = examples.SUBSCRIPTION_INPUT
with_todos = pytest.mark.skipif("todos" not in NAMES, reason="There are no to-dos to remind of.")


def test_settings_are_kept_for_each_user(alice: Persona, bob: Persona) -> None:
    before = {"zone": "UTC", "time": "09:00", "mail": False, "push_key": public_key()}
    assert alice.api.get(SETTINGS).json() == before
    answer = alice.api.put(SETTINGS, {"zone": "Europe/Berlin", "time": "00:05", "mail": True})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {**before, "zone": "Europe/Berlin", "time": "00:05", "mail": True}
    assert alice.api.get(SETTINGS).json() == answer.json()
    assert bob.api.get(SETTINGS).json() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("zone", "Middle/Earth"), ("zone", "../etc"), ("zone", "Europe"), ("zone", "localtime"), ("zone", "Factory"),
     ("zone", None), ("time", "24:00"), ("time", "9:00"), ("time", 9), ("mail", "yes"), ("more", 1)],
)  # fmt: skip
def test_bad_settings_are_refused(alice: Persona, field: str, value: Any) -> None:
    answer = alice.api.put(SETTINGS, {"zone": "UTC", field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_mail_waits_while_cognito_does_not_answer(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was told that their address is not known would not try again."""

    def busy(operation: str, **_: object) -> NoReturn:
        raise cognito.Unreachable("TooManyRequestsException")

    monkeypatch.setattr(cognito, "ask", busy)
    answer = alice.api.put(SETTINGS, {"zone": "UTC", "mail": True})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert alice.api.get("/api/me/").json()["email"] is None


def test_mail_to_a_user_who_is_gone_from_cognito_is_refused() -> None:
    gone = sign_up("gone")
    client("cognito-idp").admin_delete_user(UserPoolId=settings.COGNITO["user_pool_id"], Username=gone.sub)
    answer = gone.api.put(SETTINGS, {"zone": "UTC", "mail": True})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/mail")


@pytest.fixture
def busy_queue() -> Iterator[None]:
    """The queue of changes takes nothing."""
    address = f"{env.text('AWS_ENDPOINT_URL')}{THROTTLING}"
    for rate in (1, 0):
        rates = {f"{settings.DYNAMO['TABLE_PREFIX']}reminder-changes": rate}
        urlopen(Request(address, json.dumps(rates).encode()), timeout=5).close()
        if rate:
            yield


@pytest.mark.usefixtures("busy_queue")
def test_while_nothing_can_be_arranged_settings_and_snoozing_wait(alice: Persona) -> None:
    """And what is answered with 503 changes nothing."""
    Reminder.note(alice.sub, todo := str(uuid4()), version=1, title="x", due="2090-01-31", remind=0, is_moved=True)
    answers = [
        alice.api.put(SETTINGS, {"zone": "Asia/Tokyo"}),
        alice.api.post(f"/api/reminders/{todo}/snooze/", {"until": "2090-01-31T10:00:00Z"}),
    ]
    assert [(answer.status_code, answer.get("Retry-After")) for answer in answers] == [(503, "5")] * 2
    assert alice.api.get(SETTINGS).json()["zone"] == "UTC"
    row = Reminder.find(alice.sub, todo)
    assert row
    assert row.snoozed is None


@pytest.mark.usefixtures("busy_queue")
def test_by_the_same_clock_nothing_is_arranged_anew(bob: Persona) -> None:
    """Of who has thousands, that would be thousands of messages."""
    Preferences(bob.sub, zone="Asia/Tokyo", minute=8 * 60).save()
    answer = bob.api.put(SETTINGS, {"zone": "Asia/Tokyo", "time": "08:00", "mail": True})
    assert (answer.status_code, bob.api.get(SETTINGS).json()["mail"]) == (200, True)
    assert bob.api.put(SETTINGS, {"zone": "Asia/Tokyo", "time": "08:01"}).status_code == 503


def test_mail_needs_an_address_that_cognito_tells(alice: Persona) -> None:
    client("cognito-idp").global_sign_out(AccessToken=alice.access_token)
    answer = alice.api.put(SETTINGS, {"zone": "UTC", "mail": True})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/mail")


def test_settings_change_so_often_an_hour(alice: Persona) -> None:
    """Each time all of a user's reminders are arranged anew, and everybody's wait for that."""
    with override_settings(THROTTLES={**settings.THROTTLES, "reminder_settings": [("user", 2, 3600)]}):
        answers = [alice.api.put(SETTINGS, {"zone": "UTC"}).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        assert alice.api.get(SETTINGS).status_code == 200


def test_browsers_come_and_go(alice: Persona, bob: Persona, pushing: PushService) -> None:
    pushing.subscribe(alice)
    (shown,) = alice.api.get(SUBSCRIPTIONS).json()
    assert set(shown) == set(examples.SUBSCRIPTION)
    assert shown["service"] == "127.0.0.1"
    assert bob.api.get(SUBSCRIPTIONS).json() == []
    path = f"{SUBSCRIPTIONS}{shown['id']}/"
    assert bob.api.delete(path).status_code == 204
    assert len(alice.api.get(SUBSCRIPTIONS).json()) == 1
    for _ in range(2):
        assert alice.api.delete(path).status_code == 204
    assert alice.api.get(SUBSCRIPTIONS).json() == []


def test_the_same_browser_again_is_one(alice: Persona) -> None:
    answers = [alice.api.post(SUBSCRIPTIONS, GOOD) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(alice.api.get(SUBSCRIPTIONS).json()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://updates.push.services.mozilla.com/x"),
        ("endpoint", "https://example.com/push"),
        ("endpoint", "https://169.254.169.254/latest/meta-data/"),
        ("endpoint", "https://evil-fcm.googleapis.com/x"),
        ("endpoint", "https://fcm.googleapis.com.example.com/x"),
        ("endpoint", "https://example.com@fcm.googleapis.com/x"),
        ("endpoint", "https://fcm.googleapis.com:8443/x"),
        ("endpoint", "https://fcm.googleapis.com:x/"),
        ("endpoint", "https://[/"),
        ("endpoint", "https://example.com\\.notify.windows.com/x"),
        ("endpoint", "https://fcm.googleapis.com/x\\y"),
        ("endpoint", "https://example.com\t.notify.windows.com/x"),
        ("endpoint", "https://example.com%00.notify.windows.com/x"),
        ("endpoint", "https://fcm.googleapis.com/a b"),
        ("endpoint", "x" * 1001),
        ("p256dh", "A" * 87),
        ("p256dh", GOOD["p256dh"][:-1]),
        ("p256dh", "*" * 87),
        ("auth", "*" * 22),
        ("auth", "short"),
        ("auth", None),
    ],
)
def test_bad_browsers_are_refused(alice: Persona, field: str, value: Any) -> None:
    answer = alice.api.post(SUBSCRIPTIONS, {**GOOD, field: value})
    assert answer.status_code == 400, answer.content
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{field}"}
    assert alice.api.get(SUBSCRIPTIONS).json() == []


@with_todos
def test_later(alice: Persona, bob: Persona) -> None:
    todo = make(alice, due="2090-01-31T09:00:00Z", remind=0)
    until(lambda: planned(alice.sub, todo["id"]), "the schedule", 30)
    path, later = f"/api/reminders/{todo['id'].upper()}/snooze/", {"until": "2090-03-01T08:00:00+01:00"}
    assert bob.api.post(path, later).status_code == 404
    assert alice.api.post(path, {"until": "soon"}).status_code == 400
    assert alice.api.post(path, later).status_code == 204
    until(lambda: planned(alice.sub, todo["id"]) == datetime.fromisoformat("2090-03-01T07:00:00Z"), "later", 30)
    alice.api.patch(f"/api/todos/{todo['id']}/", {"due": "2090-02-01T09:00:00Z"})
    until(lambda: planned(alice.sub, todo["id"]) == datetime.fromisoformat("2090-02-01T09:00:00Z"), "moved", 30)


def test_no_reminder_is_put_off_to_what_has_passed(alice: Persona) -> None:
    """As a device does whose clock is behind: it would never come."""
    todo_id = str(uuid4())
    Reminder.note(alice.sub, todo_id, version=1, title="x", due="2090-01-31", remind=0, is_moved=True)
    for late, status in ((timedelta(hours=1), 400), (timedelta(seconds=5), 204)):
        until = (datetime.now(UTC) - late).isoformat()
        assert alice.api.post(f"/api/reminders/{todo_id}/snooze/", {"until": until}).status_code == status


@with_todos
def test_the_schedule_of_one_that_does_not_remind_is_not_there(alice: Persona) -> None:
    todo = make(alice, due="2090-01-31T09:00:00Z")
    assert alice.api.post(f"/api/reminders/{todo['id']}/snooze/", examples.SNOOZE).status_code == 404


@pytest.mark.parametrize("path", [SETTINGS, SUBSCRIPTIONS])
def test_nobody_is_told_without_a_token(api: Any, path: str) -> None:
    assert api.get(path).status_code == 401


@with_todos
@pytest.mark.parametrize("what", ["settings", "snooze"])
def test_what_was_kept_is_heard_of_though_the_process_died_right_after(
    alice: Persona, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    todo = make(alice, due="2090-01-01", remind=0)
    until(lambda: planned(alice.sub, todo["id"]), "the schedule")

    def dying(changes: Sequence[Change], *, delay: int = 0) -> None:
        if not delay:
            raise SystemExit
        tell(changes, delay=1)

    monkeypatch.setattr(views, "tell", dying)
    ask, path, body = {
        "settings": (alice.api.put, SETTINGS, {"zone": "UTC", "time": "17:00"}),
        "snooze": (alice.api.post, f"/api/reminders/{todo['id']}/snooze/", {"until": "2090-01-01T17:00:00Z"}),
    }[what]
    with pytest.raises(SystemExit):
        ask(path, body)
    until(lambda: planned(alice.sub, todo["id"]) == datetime(2090, 1, 1, 17, tzinfo=UTC), "the other schedule")
