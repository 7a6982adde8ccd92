"""Reminders in the page: who is asked when, notifications and their actions, and nothing left after signing out."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from reminders import serializers
from reminders.models import Reminder, Subscription
from tests.browser.conftest import DESKTOP, PHONE, NewPage
from tests.browser.todo_page import TodoPage, worker_rests
from tests.live import LiveServer
from tests.personas import Persona
from tests.reminders.push_service import SUBSCRIPTIONS, PushService, running
from tests.reminders.push_service import Browser as Subscribed
from tests.todos.making import make, stored
from tests.waiting import until

pytestmark = pytest.mark.service_worker

# A browser without the internet can't subscribe to its push service: ours takes that one's place.
SUBSCRIBING = """
const { endpoint, p256dh, auth } = %s;
window.asked = 0;
const made = {
  endpoint, toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
  unsubscribe: async () => {
    subscription = null;
    sessionStorage.removeItem("subscribed");
    sessionStorage.setItem("unsubscribed", "yes");
    return true;
  },
};
let subscription = sessionStorage.getItem("subscribed") ? made : null;
const ask = Notification.requestPermission.bind(Notification);
Notification.requestPermission = () => { window.asked += 1; return ask(); };
PushManager.prototype.getSubscription = async () => subscription;
PushManager.prototype.subscribe = async (options) => {
  window.subscribedWith = options.applicationServerKey;
  sessionStorage.setItem("subscribed", "yes");
  return (subscription = made);
};
"""
SHOWN = """navigator.serviceWorker.ready.then((ready) => ready.getNotifications())
  .then((all) => all.map(({ title, body, tag, actions }) => ({ title, body, tag, actions: actions.length })))"""


@pytest.fixture(scope="module")
def chromium(whole_chromium: Browser) -> Browser:
    """The one that shows notifications."""
    return whole_chromium


@pytest.fixture(scope="module")
def pushing() -> Iterator[PushService]:
    with running() as service:
        yield service


def open_page(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, **options: Any
) -> tuple[TodoPage, Subscribed]:
    """The page in a browser that has a push service."""
    page = new_page(timezone_id="Europe/Berlin", permissions=["notifications"], **options)
    browser = pushing.new_browser()
    page.add_init_script(SUBSCRIBING % json.dumps(browser.values))
    return TodoPage(page, live_server), browser


def push(page: Page, said: dict[str, Any]) -> None:
    """What the browser's push service does with a message for the worker."""
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)  # its events come meanwhile; the test's own time-out ends it
    origin = page.evaluate("location.origin")
    message = {"origin": origin, "registrationId": found[0], "data": json.dumps(said)}
    devtools.send("ServiceWorker.deliverPushMessage", message)
    devtools.detach()


def click(page: Page, action: str) -> None:
    """Choose an action of the one notification, as a person does; the devtools can't."""
    worker = page.context.service_workers[0]
    worker.evaluate(
        """async (action) => {
          const [notification] = await self.registration.getNotifications();
          self.addEventListener("error", (event) => event.preventDefault());
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
        }""",
        action,
    )


@pytest.mark.parametrize("viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.prove)], ids=["desk", "phone"])
def test_the_first_reminder_asks_and_comes(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona, viewport: dict[str, int]
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=2)
    make(alice, title="Water the plants", due=soon.isoformat())
    todos, browser = open_page(new_page, live_server, pushing, viewport=viewport)
    todos.signed_in(alice)
    row = todos.details("Water the plants")
    assert todos.page.evaluate("window.asked") == 0
    row.get_by_label("Remind me").select_option("1 hour before")
    expect(row.locator(".remind-note")).to_have_text("This moment has passed: there is no reminder of it.")
    row.get_by_label("Remind me").select_option("Never")
    expect(row.locator(".remind-note")).to_be_hidden()
    row.get_by_label("Remind me").select_option("When it is due")
    until(lambda: stored(alice, remind=0), "the field")
    until(lambda: len(alice.api.get(SUBSCRIPTIONS).json()) == 1, "the subscription")
    expect(row.locator(".facts")).to_contain_text("Reminder")
    expect(row.locator(".remind-note")).to_be_hidden()
    assert todos.page.evaluate("window.asked") == 2  # asked again, the browser shows nothing
    settings = alice.api.get("/api/reminders/settings/").json()
    assert settings["zone"] == "Europe/Berlin"
    assert todos.page.evaluate("window.subscribedWith") == settings["push_key"]
    (todo,) = alice.api.get("/api/todos/").json()
    alice.api.patch(f"/api/todos/{todo['id']}/", {"due": datetime.now(UTC).isoformat()})
    until(lambda: browser.heard, "the reminder", 60)
    assert browser.heard[0]["title"] == "Water the plants"
    assert todos.problems == []


def test_without_permission_the_page_says_what_is_left(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona
) -> None:
    make(alice, title="Water the plants", due="2090-01-31")
    todos, _ = open_page(new_page, live_server, pushing)
    todos.page.add_init_script("Notification.requestPermission = async () => 'denied'")
    todos.signed_in(alice)
    row = todos.details("Water the plants")
    row.get_by_label("Remind me").select_option("On the day")
    expect(row.locator(".remind-note")).to_contain_text("Notifications are off for this site in this browser.")
    until(lambda: stored(alice, remind=0), "the field")
    assert alice.api.get(SUBSCRIPTIONS).json() == []


def test_a_notification_and_its_answers(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona, bob: Persona
) -> None:
    todo = make(alice, title="Water the plants", due="2090-01-31T09:00:00Z", remind=0)
    todos, _ = open_page(new_page, live_server, pushing)
    page = todos.signed_in(alice).page
    worker_rests(page)
    # Before there is a notification: a browser ends a worker that nothing comes to for half a minute.
    until(lambda: Reminder.find(alice.sub, todo["id"]), "the plan")
    said = {"owner": alice.sub, "todo": todo["id"], "title": "Water the plants", "due": todo["due"], "tag": "t"}
    push(page, {**said, "owner": bob.sub, "tag": "his"})
    for _ in range(2):
        push(page, said)
    until(lambda: page.evaluate(SHOWN), "the notification")
    (shown,) = page.evaluate(SHOWN)
    assert (shown["title"], shown["tag"], shown["actions"] >= 2) == ("Water the plants", "t", True)
    # As on a device whose clock is three days behind.
    page.context.service_workers[0].evaluate("{ const now = Date.now; Date.now = () => now() - 259_200_000; }")
    click(page, "hour")

    def snoozed() -> Any:
        row = Reminder.find(alice.sub, todo["id"])
        return row and row.snoozed and timedelta(minutes=58) < row.snoozed - datetime.now(UTC) <= timedelta(hours=1)

    until(snoozed, "later")
    until(lambda: not page.evaluate(SHOWN), "the end of the notification")
    push(page, said)
    until(lambda: page.evaluate(SHOWN), "the notification")
    click(page, "done")
    until(lambda: stored(alice, completed=True), "done")


def test_a_notification_says_when_it_is_due(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    """A reminder comes up to four weeks before."""
    page = TodoPage(new_page(timezone_id="Europe/Berlin", locale="en-US"), live_server).signed_in(alice).page
    worker_rests(page)
    for due, words in (
        ("new Date().toLocaleDateString('sv')", "Due today"),
        ("new Date().toISOString()", r"Due at \d\d:\d\d [AP]M"),
        ("'2090-01-31'", "Due on Tue, Jan 31"),
        ("'2090-01-31T09:00:00Z'", "Due on Tue, Jan 31, 10:00 AM"),
    ):
        said = page.context.service_workers[0].evaluate(f"inWords({due})").replace("\u202f", " ")
        assert re.fullmatch(words, said), (due, said)


def test_signing_out_leaves_nothing_behind(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona
) -> None:
    todo = make(alice, title="Water the plants", due="2090-01-31T09:00:00Z")
    todos, _ = open_page(new_page, live_server, pushing)
    page = todos.signed_in(alice).page
    worker_rests(page)
    todos.details("Water the plants").get_by_label("Remind me").select_option("1 hour before")
    until(lambda: alice.api.get(SUBSCRIPTIONS).json(), "the subscription")
    until(lambda: stored(alice, remind=60), "the field")
    said = {"owner": alice.sub, "todo": todo["id"], "title": "Water the plants", "due": todo["due"], "tag": "t"}
    push(page, said)
    until(lambda: page.evaluate(SHOWN), "the notification")
    todos.sign_out()
    assert page.evaluate("sessionStorage.getItem('unsubscribed')") == "yes"
    assert page.evaluate(SHOWN) == []
    assert alice.api.get(SUBSCRIPTIONS).json() == []
    push(page, said)
    page.wait_for_timeout(300)
    assert [shown for shown in page.evaluate(SHOWN) if shown["title"] == "Water the plants"] == []


def test_who_signs_in_after_somebody_else_sees_no_reminder_of_theirs(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona, bob: Persona
) -> None:
    """The former user's session was over: nobody signed out, and what is not saved of theirs stays."""
    todo = make(alice, title="Water the plants", due="2090-01-31T09:00:00Z")
    todos, _ = open_page(new_page, live_server, pushing)
    page = todos.signed_in(alice).page
    worker_rests(page)
    todos.details("Water the plants").get_by_label("Remind me").select_option("1 hour before")
    until(lambda: alice.api.get(SUBSCRIPTIONS).json(), "the subscription")
    push(page, {"owner": alice.sub, "todo": todo["id"], "title": "Water the plants", "due": todo["due"], "tag": "t"})
    until(lambda: page.evaluate(SHOWN), "the notification")
    page.context.clear_cookies()
    page.reload()
    page.locator("#banner").get_by_role("button", name="Sign in").click()
    todos.fill_in(bob.email)
    assert page.evaluate(SHOWN) == []
    assert page.evaluate("sessionStorage.getItem('unsubscribed')") == "yes"


def test_the_hour_of_days_and_mail_are_set_in_the_account(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona
) -> None:
    todos, _ = open_page(new_page, live_server, pushing)
    page = todos.signed_in(alice).page
    page.get_by_label("Account and settings").click()
    time = page.get_by_label("Of what is due on a day, at")
    expect(time).to_have_value("09:00")
    time.fill("07:30")
    time.press("Tab")
    page.get_by_label("By mail, too").check()

    def kept() -> bool:
        found = alice.api.get("/api/reminders/settings/").json()
        return (found["time"], found["mail"], found["zone"]) == ("07:30", True, "Europe/Berlin")

    until(kept, "the settings")
    assert todos.problems == []


def test_of_two_settings_the_last_counts(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    page.get_by_label("Account and settings").click()
    time = page.get_by_label("Of what is due on a day, at")
    expect(time).to_have_value("09:00")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PUT" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/reminders/settings/", hold)
    time.fill("07:30")
    time.press("Tab")
    todos.until(lambda: held, "the first")
    page.get_by_label("By mail, too").check()
    page.wait_for_timeout(1000)
    held[0].continue_()

    def kept() -> tuple[str, bool]:
        found = alice.api.get("/api/reminders/settings/").json()
        return found["time"], found["mail"]

    todos.until(lambda: kept() == ("07:30", True), "both")
    page.wait_for_timeout(500)
    assert kept() == ("07:30", True)


def test_a_browser_that_subscribed_with_a_former_key_subscribes_anew(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(alice, due="2090-01-31", remind=0)
    todos, browser = open_page(new_page, live_server, pushing)
    page = todos.signed_in(alice).page
    until(lambda: alice.api.get(SUBSCRIPTIONS).json(), "the subscription")
    worker_rests(page)
    has_one = "PushManager.prototype.getSubscription = async () => ({ endpoint: %s })"
    page.add_init_script(has_one % json.dumps(browser.endpoint))
    another = browser.values["p256dh"]
    monkeypatch.setattr(serializers, "public_key", lambda: another)
    page.reload()
    todos.until(lambda: page.evaluate("window.subscribedWith") == another, "the other key")


@pytest.mark.parametrize("is_told", [True, False], ids=["that-says-which", "that-says-nothing"])
def test_a_browser_that_ended_its_subscription_has_another_without_the_page(
    new_page: NewPage, live_server: LiveServer, pushing: PushService, alice: Persona, is_told: bool
) -> None:
    todos, _ = open_page(new_page, live_server, pushing)
    worker_rests(todos.signed_in(alice).page)
    another = pushing.new_browser()
    todos.page.context.service_workers[0].evaluate(
        """({ endpoint, p256dh, auth, isTold }) => {
          const another = { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
          PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) =>
            applicationServerKey && userVisibleOnly && another;
          const said = isTold ? { newSubscription: another } : {};
          self.addEventListener("error", (event) => event.preventDefault());
          self.dispatchEvent(Object.assign(new ExtendableEvent("pushsubscriptionchange"), said));
        }""",
        {**another.values, "isTold": is_told},
    )
    until(lambda: [row.endpoint for row in Subscription.of(alice.sub)] == [another.endpoint], "the subscription", 20)
