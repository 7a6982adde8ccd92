"""What a deployment is for, gone through as its users do: the same in every shape and at every address."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect as dial

from reminders.examples import SUBSCRIPTION_INPUT
from tests.accounts.editor import forms
from tests.deploy.browser import Browser
from tests.deploy.site import Site
from tests.pictures import encode, quarters
from tests.reminders.push_service import Browser as Subscribed
from tests.reminders.push_service import running
from tests.waiting import until

PICTURE = encode(quarters((800, 600)), "JPEG", quality=80)


def pass_the_apis_own_tests(site: Site) -> None:
    """The contract, by the tests that hold the code to it."""
    assert site.run_contract() > 60


def make_thumbnails_of_an_upload(site: Site) -> None:
    """From the presigned form to a WebP, which a to-do shows as soon as it hears of it."""
    token = site.sign_up("alice")
    upload = site.upload(token, PICTURE)
    found = until(ready(site, token, upload), "the picture", 60)
    assert found
    assert (found["width"], found["height"]) == (800, 600)
    assert site.http.request("GET", found["renditions"][-1]["webp"]).data[8:12] == b"WEBP"
    todo = f"/api/todos/{until(lambda: attach(site, token, upload), 'the to-do', 60)}/"

    def attached() -> Any:
        shown = site.request("GET", todo, token=token).json()["attachments"]
        return shown and shown[0]["status"] == "ready"

    until(attached, "the attachment", 60)
    assert site.request("DELETE", f"/api/media/uploads/{upload}/", token=token).status == 204
    until(lambda: not site.request("GET", todo, token=token).json()["attachments"], "its end in the to-do", 60)


def asking(site: Site, token: str, below: str = "") -> Callable[..., Any]:
    """What asks the API with a method, a path and a body, is served, and gives the answer's JSON."""

    def ask(method: str, path: str, body: object = None) -> Any:
        answer = site.request(method, f"/api/{below}{path}", body, token=token)
        assert answer.status < 300, answer.data
        return answer.json() if answer.data else None

    return ask


def keep_a_list(site: Site) -> None:
    """A list is made, shown and deleted, and with it what is on it; then all is cleared."""
    token = site.sign_up("lisa")

    ask = asking(site, token, "todos/")
    ask("PUT", "lists/home/", {"name": "Home"})
    ask("POST", "", {"title": "Dust", "list": "home"})
    assert [each["id"] for each in ask("GET", "lists/")] == ["home"]
    ask("DELETE", "lists/home/?todos=delete")
    ask("POST", "", {"title": "Else"})
    ask("DELETE", "")
    assert len(ask("GET", "bin/")) == 2


def attach(site: Site, token: str, upload: str) -> str:
    """The id of a new to-do with the upload; empty while media starts, which takes longer than it is waited for."""
    answer = site.request("POST", "/api/todos/", {"title": "Look", "attachments": [upload]}, token=token)
    assert answer.status in {201, 503}, answer.data
    return str(answer.json().get("id", ""))


def ready(site: Site, token: str, upload: str) -> Callable[[], dict[str, Any] | None]:
    """Whether an upload is ready, to wait for."""

    def check() -> dict[str, Any] | None:
        found = site.request("GET", f"/api/media/uploads/{upload}/", token=token).json()
        return found if found.get("status") == "ready" else None

    return check


def welcome_a_subscriber(site: Site) -> None:
    """From the form's address to a mail, whose link is the site's own and works."""
    address = f"reader-{time.time_ns()}@example.com"
    assert site.request("POST", "/api/blog/subscribers/", {"email": address}).status in {201, 202}
    mail = until(lambda: site.mails(address), "the mail", 60)[0]
    assert mail["FromEmailAddress"].endswith(site.variables["MAIL_FROM"])
    link = mail["Content"]["Simple"]["Headers"][0]["Value"].strip("<>")
    home = site.variables["SITE_URL"]
    assert link.startswith(f"{home}/api/blog/unsubscribe/")
    assert f"{home}/\n" in mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert site.request("POST", link.removeprefix(home)).status in {200, 204}


def sign_in_and_save(site: Site) -> None:
    """An editor, from the hosted page to a draft the API knows."""
    browser, email, title = Browser(site), site.new_user("edith", "editors"), f"Saved at {time.time_ns()}"
    token = site.token(email)
    page = browser.sign_in(email, "/admin/blog/post/add/")
    assert page.status == 200, page.data
    fields = forms(page.data.decode())[-1][1]
    wanted = ("csrfmiddlewaretoken", "slug", "summary", "tags", "initial-tags", "author_name", "hero_0", "hero_1")
    form = {name: fields.get(name, "") for name in wanted}
    saved = browser.open("/admin/blog/post/add/", {**form, "title": title, "body": "*Text*", "_save": "Save"})
    assert saved.status == 200, saved.data
    assert title in saved.data.decode()
    drafts = site.request("GET", "/api/blog/drafts/", token=token).json()
    assert title in [draft["title"] for draft in drafts]


def send_a_letter(site: Site) -> None:
    """From the button of a publisher to the mail of a reader who has confirmed."""
    address, title = f"reader-{time.time_ns()}@example.com", f"A letter of {time.time_ns()}"
    assert site.request("POST", "/api/blog/subscribers/", {"email": address}).status in {201, 202}
    mail = until(lambda: site.mails(address), "the welcome", 60)[0]
    link = re.findall(r"\S+/confirm/\S+", mail["Content"]["Simple"]["Body"]["Text"]["Data"])[0]
    assert site.request("POST", link.removeprefix(site.variables["SITE_URL"])).status == 200
    browser, email = Browser(site), site.new_user("pia", "publishers")
    written = {"title": title, "body": "*Text*", "published_at": "2026-01-02T03:04:05Z"}
    post = site.request("POST", "/api/blog/posts/", written, token=site.token(email)).json()
    path = f"/admin/blog/post/{post['slug']}/letter/"
    page = browser.sign_in(email, path)
    fields = forms(page.data.decode())[-1][1]
    sent = browser.open(path, {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"], "action": "send"})
    assert sent.status == 200, sent.data

    def subjects() -> set[str]:
        return {each["Content"]["Simple"]["Subject"]["Data"] for each in site.mails(address)}

    until(lambda: title in subjects(), "the letter", 60)


def hear_of_changes(site: Site) -> None:
    """From a ticket to a connection that hears of its owner's changes, and of nobody else's."""
    token, other = site.sign_up("alice"), site.sign_up("bob")
    asked = site.request("POST", "/api/live/tickets/", token=token)
    assert asked.status == 201, asked.data
    query = asked.json()["url"].partition("?")[2]
    endpoint = site.account.emulator.endpoint_url.replace("http", "ws", 1)
    address = f"{endpoint}/_aws/execute-api/{site.variables['LIVE_API']}/live?{query}"
    # Its function may have to start first.
    with dial(address, open_timeout=60) as socket:
        with pytest.raises(InvalidHandshake):
            dial(address)
        assert site.request("POST", "/api/todos/", {"title": "His"}, token=other).status == 201
        with pytest.raises(TimeoutError):
            socket.recv(timeout=3)
        assert site.request("POST", "/api/todos/", {"title": "Hers"}, token=token).status == 201
        assert json.loads(socket.recv(timeout=60)) == {"type": "changed"}


def be_reminded(site: Site) -> None:
    """A schedule is made, moved and deleted; a reminder comes by mail; a browser that is gone is forgotten."""
    token = site.sign_up("alice")

    ask = asking(site, token)
    email = ask("GET", "me/")["email"]
    ask("PUT", "reminders/settings/", {"zone": "Asia/Tokyo", "mail": True})
    assert ask("GET", "reminders/settings/")["zone"] == "Asia/Tokyo"
    kept = [ask("POST", "reminders/subscriptions/", SUBSCRIPTION_INPUT) for _ in range(2)]
    ask("DELETE", f"reminders/subscriptions/{kept[0]['id']}/")
    assert ask("GET", "reminders/subscriptions/") == []
    todo = ask("POST", "todos/", {"title": "Later", "due": "2090-01-31", "remind": 0})
    scheduler = site.account.client("scheduler")

    def planned() -> list[str]:
        return [each["Name"] for each in scheduler.list_schedules(MaxResults=100)["Schedules"]]

    until(lambda: len(planned()) == 1, "the schedule", 60)
    name, group = planned()[0], f"{site.variables['TABLE_PREFIX']}reminders"

    def moment() -> str:
        return str(scheduler.get_schedule(GroupName=group, Name=name)["ScheduleExpression"])

    assert moment() == "at(2090-01-31T00:00:00)"
    ask("PUT", "reminders/settings/", {"zone": "Europe/Berlin", "mail": True})
    until(lambda: moment() == "at(2090-01-31T08:00:00)", "the schedule by another clock", 60)
    ask("POST", f"reminders/{todo['id']}/snooze/", {"until": "2090-03-01T08:00:00Z"})
    until(lambda: moment() == "at(2090-03-01T08:00:00)", "the later schedule", 60)
    ask("PATCH", f"todos/{todo['id']}/", {"completed": True})
    until(lambda: planned() == [], "the end of the schedule", 60)
    with running() as push_service:
        ask("POST", "reminders/subscriptions/", Subscribed(endpoint=f"{push_service.url}/gone").values)
        ask("POST", "todos/", {"title": "Now", "due": f"{datetime.now(UTC):%FT%TZ}", "remind": 0})
        mail = until(lambda: site.mails(email), "the mail", 60)[0]
    assert mail["Content"]["Simple"]["Subject"]["Data"] == "Reminder: Now"
    assert ask("GET", "reminders/subscriptions/") == []


def keep_house(site: Site) -> None:
    """A night and a week are begun, end, and tell the administrators what was found."""
    admin = site.new_user("ada", "admins")
    publisher = site.token(site.new_user("pia", "publishers"))
    lost = f"{site.variables['SITE_URL']}/pictures/blog/lost/640.webp"
    body = f"[x](/posts/never-there/) [y](https://no-such-host.invalid/)\n\n![z]({lost})"
    written = {"title": f"Links of {time.time_ns()}", "body": body, "published_at": "2026-01-02T03:04:05Z"}
    assert site.request("POST", "/api/blog/posts/", written, token=publisher).status == 201
    runs: dict[str, Any] = {}
    for job in ("nightly", "weekly"):
        begun = site.request("POST", "/api/housekeeping/runs/", {"job": job}, token=publisher)
        assert begun.status == 202, begun.data
        key = {"id": {"S": begun.json()["id"]}}

        def ended(key: dict[str, dict[str, str]] = key) -> Any:
            row = site.account.client("dynamodb").get_item(TableName=f"{site.variables['TABLE_PREFIX']}runs", Key=key)
            return row.get("Item") if row.get("Item", {}).get("status") == {"S": "done"} else None

        runs[job] = until(ended, f"the {job} run", 120)
    for word in ("/posts/never-there/", "blog/lost/640.webp"):
        assert word in runs["nightly"]["found"]["S"]
    assert any(
        "Tables, and their growth" in mail["Content"]["Simple"]["Body"]["Text"]["Data"] for mail in site.mails(admin)
    )


def copied(site: Site, token: str) -> Callable[[], Any]:
    """The address of the copy of the user's data that is asked for here, once it is ready."""
    assert site.request("POST", "/api/mydata/export/", token=token).status == 202
    return lambda: site.request("GET", "/api/mydata/export/", token=token).json()["url"]


def take_a_copy(site: Site) -> None:
    """A user's data is packed in S3, and downloaded by its owner."""
    token = site.sign_up("erna")
    picture = site.upload(token, PICTURE)
    until(ready(site, token, picture), "the picture", 60)
    until(lambda: attach(site, token, picture), "the to-do", 60)
    answer = site.http.request("GET", until(copied(site, token), "the copy", 60))
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert [name for name in names if "/" not in name] == ["todos.ics", "todos.csv", "data.json"]
    assert names[0].startswith(f"files/{picture}/")


def bring_files(site: Site) -> None:
    """To-dos of a calendar and of a copy are imported, and a start without a file is refused."""
    token = site.sign_up("ines")
    todo = {"id": "00000000-0000-4000-8000-000000000001", "title": "Two", "list": "home"}
    home = {"id": "home", "name": "Home", "color": None, "order": 1}
    data = {"format": "mydata", "version": 1, "todos": [todo], "lists": [home]}
    calendar = "BEGIN:VCALENDAR BEGIN:VTODO UID:1 SUMMARY:One END:VTODO BEGIN:VTODO UID:2 END:VTODO END:VCALENDAR "
    for content, counts in ((calendar.replace(" ", "\r\n").encode(), (1, 1)), (json.dumps(data).encode(), (1, 0))):
        assert upload_import(site, token, content).status in {200, 204}
        report = imported(site, token)
        assert (report["state"], report["made"], report["refused"]) == ("ready", *counts)
    assert site.request("POST", "/api/mydata/import/", token=token).status == 201
    assert imported(site, token)["reason"] == "No file has been uploaded."


def upload_import(site: Site, token: str, content: bytes) -> Any:
    form = site.request("POST", "/api/mydata/import/", token=token).json()["upload"]
    return site.http.request("POST", form["url"], fields={**form["fields"], "file": ("file", content)})


def imported(site: Site, token: str) -> Any:
    """The report of the import that is started here."""
    assert site.request("POST", "/api/mydata/import/start/", token=token).status == 202

    def said() -> Any:
        found = site.request("GET", "/api/mydata/import/", token=token).json()
        return found if found["state"] not in {"waiting", "running"} else None

    return until(said, "the end of the import", 60)


def leave(site: Site) -> None:
    """An account is deleted with what each service keeps of it; nobody signs in to it any more."""
    email = site.new_user("dora", "publishers")
    tokens = site.tokens(email)
    token = str(tokens["AccessToken"])
    picture = site.upload(token, PICTURE)
    until(ready(site, token, picture), "the picture", 60)
    until(lambda: attach(site, token, picture), "the to-do", 60)
    later = {"title": "Later", "due": "2090-01-31", "remind": 0}
    assert site.request("POST", "/api/todos/", later, token=token).status == 201
    assert site.request("PUT", "/api/reminders/settings/", {"zone": "UTC", "mail": True}, token=token).status == 200
    assert site.request("POST", "/api/live/tickets/", token=token).status == 201
    written = {"title": f"By {email}", "body": "x", "tags": ["hills"], "published_at": "2026-01-02T03:04:05Z"}
    post = site.request("POST", "/api/blog/posts/", {**written, "author_name": "Dora"}, token=token).json()["slug"]
    assert site.request("POST", "/api/blog/subscribers/", {"email": email}).status in {201, 202}
    owner, prefix = str(site.request("GET", "/api/me/", token=token).json()["sub"]), site.variables["TABLE_PREFIX"]
    dynamodb, row = site.account.client("dynamodb"), {"letter": {"S": "old"}, "recipient": {"S": "0"}}
    dynamodb.put_item(TableName=f"{prefix}deliveries", Item={**row, "email": {"S": email}})
    scheduler = site.account.client("scheduler")
    until(lambda: scheduler.list_schedules()["Schedules"], "the schedule", 60)
    dynamodb.put_item(TableName=f"{prefix}connections", Item={"owner": {"S": owner}, "id": {"S": "open"}})
    until(copied(site, token), "the copy", 60)
    upload_import(site, token, b"x")
    answer = site.request(
        "POST", "/api/mydata/erasure/", {"id_token": tokens["IdToken"], "byline": "Dora of the Hill"}, token=token
    )
    assert answer.status == 202, answer.data
    # An execution waits until tokens of before have ended: here its last half is done at once.
    users, pool = site.account.client("cognito-idp"), site.variables["COGNITO_USER_POOL_ID"]
    until(lambda: not users.admin_get_user(UserPoolId=pool, Username=email)["Enabled"], "the closing", 60)
    until(lambda: not scheduler.list_schedules()["Schedules"], "the end of the schedule", 60)
    state = {"owner": owner, "settled": True}
    for task in ("erase-data", "prove-erasure", "end-account"):
        said = site.account.client("lambda").invoke(
            FunctionName=f"{prefix}mydata-erase", Payload=json.dumps({"task": task, "input": state}).encode()
        )
        assert "FunctionError" not in said, said["Payload"].read()
    with pytest.raises(users.exceptions.UserNotFoundException):
        users.admin_get_user(UserPoolId=pool, Username=email)
    mails = [mail["Content"]["Simple"]["Subject"]["Data"] for mail in site.mails(email)]
    assert "Your account is deleted" in mails
    assert site.request("GET", f"/api/blog/posts/{post}/").json()["author"]["name"] == "Dora of the Hill"


TOUR = (
    pass_the_apis_own_tests,
    make_thumbnails_of_an_upload,
    keep_a_list,
    welcome_a_subscriber,
    sign_in_and_save,
    send_a_letter,
    hear_of_changes,
    be_reminded,
    keep_house,
    take_a_copy,
    bring_files,
    leave,
)
NAMES = [way.__name__ for way in TOUR]
