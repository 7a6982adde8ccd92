"""POST /api/blog/subscribers/, and the way out again."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import urllib3
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from blog.api.serializers import normal_address
from blog.models import Subscriber
from blog.welcome import unsubscribe_url
from dynamo.counters import Counter
from dynamo.models import now
from dynamo.testing import recorded_requests
from infra.local.mailbox import Mail, mails
from tests.bad_bodies import BAD_BODIES, assert_refused
from tests.live import LiveServer
from tests.waiting import until

SUBSCRIBERS = "/api/blog/subscribers/"


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    for row in Counter.scan():
        row.delete()


def reader() -> str:
    """An address nobody else has."""
    return f"Reader.{uuid.uuid4().hex[:12]}@example.com"


def mails_to(address: str) -> list[Mail]:
    """What SES accepted for an address."""
    return [mail for mail in mails() if mail.to == address]


def subscribe(api: APIClient, email: Any) -> Any:
    return api.post(SUBSCRIBERS, {"email": email}, format="json")


def test_it_welcomes_a_new_subscriber(api: APIClient, live_server: LiveServer) -> None:
    address = reader()
    assert subscribe(api, address).status_code == 202
    [mail] = until(lambda: mails_to(address), "the welcome email", seconds=5)
    assert mail.sender == settings.MAIL_FROM
    assert mail.subject == "Welcome to MyBlog: please confirm"
    link = mail.unsubscribe_url
    assert link.startswith(f"{live_server.url}/api/blog/unsubscribe/")
    page = link.replace("/api/blog/", "/")
    assert page in mail.text
    assert page in mail.html
    until(lambda: Subscriber.get(address.lower()).status == "sent", "the mark")
    # One click, as a mail client does it: RFC 8058, section 3.1.
    http = urllib3.PoolManager(retries=False, timeout=5)
    for _ in range(2):
        gone = http.request("POST", link, fields={"List-Unsubscribe": "One-Click"}, encode_multipart=False)
        assert gone.status == 200
        with pytest.raises(Subscriber.DoesNotExist):
            Subscriber.get(address.lower())
    # Who comes back is welcomed again.
    assert subscribe(api, address).status_code == 202
    until(lambda: len(mails_to(address)) == 2, "the second welcome")


def test_who_lost_the_welcome_gets_another_a_day_later(api: APIClient) -> None:
    address = reader()
    email = address.lower()
    subscribe(api, address)
    until(lambda: Subscriber.get(email).status == "sent", "the welcome")
    subscribe(api, address)
    assert Subscriber.get(email).status == "sent"
    _sent_a_day_ago(email)
    subscribe(api, address)
    until(lambda: len(mails_to(address)) == 2, "the second welcome")
    until(lambda: Subscriber.get(email).status == "sent", "the mark")


def test_who_has_confirmed_stays_so_when_they_ask_again(api: APIClient) -> None:
    email = reader().lower()
    subscribe(api, email)
    until(lambda: Subscriber.get(email).status == "sent", "the welcome")
    _sent_a_day_ago(email)
    Subscriber.confirm(email, "198.51.100.1")
    subscribe(api, email)
    assert Subscriber.get(email).status == "confirmed"


def test_who_was_not_welcomed_for_a_day_is_when_they_ask_again(api: APIClient) -> None:
    """As after an outage that outlived the stream's memory; here the region that took them in is away."""
    email = reader().lower()
    Subscriber(email, address=email, region="elsewhere", expires=now() + timedelta(days=7)).create()
    subscribe(api, email)
    assert Subscriber.get(email).region == "elsewhere"
    Subscriber.change((email,), [Subscriber.created_at.set(now() - timedelta(days=1, seconds=1))])
    subscribe(api, email)
    until(lambda: Subscriber.get(email).status == "sent", "the welcome")


def test_who_confirms_while_they_ask_again_stays_so(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    email = reader().lower()
    subscribe(api, email)
    until(lambda: Subscriber.get(email).status == "sent", "the welcome")
    _sent_a_day_ago(email)
    remove = Subscriber.remove

    def confirm_and_remove(*args: Any, **kwargs: Any) -> Any:
        Subscriber.confirm(email, "198.51.100.1")
        return remove(*args, **kwargs)

    monkeypatch.setattr(Subscriber, "remove", confirm_and_remove)
    assert subscribe(api, email).status_code == 202
    assert Subscriber.get(email).status == "confirmed"


def _sent_a_day_ago(email: str) -> None:
    Subscriber.change((email,), [Subscriber.sent_at.set(now() - timedelta(days=1, seconds=1))])


def test_the_answer_is_the_same_for_all(api: APIClient) -> None:
    address = reader()
    with recorded_requests() as first_sent:
        first = subscribe(api, address)
    with recorded_requests() as second_sent:
        second = subscribe(api, address.upper())
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first["Cache-Control"] == second["Cache-Control"] == "private, no-store"
    # A count for the address and one for the site, one conditional PutItem, whether known or not.
    assert first_sent == second_sent == ["UpdateItem", "UpdateItem", "PutItem"]
    assert Subscriber.get(address.lower()).address == address


def test_it_is_throttled_by_address(api: APIClient) -> None:
    with override_settings(THROTTLES={"subscribe": [("address", 3, 3600)]}):
        for _ in range(3):
            assert subscribe(api, reader()).status_code == 202
        address = reader()
        answer = api.post(SUBSCRIBERS, {"email": address}, format="json", headers={"X-Forwarded-For": "203.0.113.9"})
        assert_refused(answer, 429)
        assert int(answer["Retry-After"]) > 0
    with pytest.raises(Subscriber.DoesNotExist):
        Subscriber.get(address.lower())


def test_all_addresses_together_have_a_limit(api: APIClient) -> None:
    limits = [("address", 10, 3600), ("all", 3, 3600)]
    with override_settings(THROTTLES={"subscribe": limits}):
        answers = [
            api.post(SUBSCRIBERS, {"email": reader()}, format="json", REMOTE_ADDR=f"198.51.100.{number}")
            for number in range(5)
        ]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "reader",
        "reader@",
        "@example.com",
        "reader@example",
        "reader@localhost",
        "a b@example.com",
        "reader@example.com\n",
        "reader@example.com\r\nBcc: all@example.com",
        "reader@exam\nple.com",
        "Reader <reader@example.com>",
        "reader@example.com, other@example.com",
        "reader\x00@example.com",
        "réader@example.com",
        '"a b"@example.com',
        ".reader@example.com",
        "rea..der@example.com",
        "reader@-example.com",
        "reader@example..com",
        "reader@[127.0.0.1]",
        "x" * 65 + "@example.com",
        "reader@" + "x" * 64 + ".com",
        "reader@" + "xy." * 83 + "com",
        5,
        None,
        True,
        ["reader@example.com"],
        {"email": "reader@example.com"},
    ],
    ids=lambda value: repr(value)[:40],
)
def test_it_refuses_what_is_no_address(api: APIClient, email: Any) -> None:
    before = Subscriber.count()
    assert_refused(subscribe(api, email), 400, "/email")
    assert Subscriber.count() == before


@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_body(api: APIClient, body: Any, content_type: str, status: int) -> None:
    assert_refused(api.generic("POST", SUBSCRIBERS, body, content_type=content_type), status)


def test_addresses_as_ses_takes_them() -> None:
    assert normal_address("Ann+blog@EXAMPLE.com") == "Ann+blog@example.com"
    assert normal_address("ann@bücher.example") == "ann@xn--bcher-kva.example"
    assert normal_address("o'hara@example.co.uk") == "o'hara@example.co.uk"


def test_what_is_too_long_is_not_looked_at() -> None:
    class Long(str):
        __slots__ = ()

        def rpartition(self, sep: str) -> Any:
            raise AssertionError("it was looked at")

    assert normal_address(Long("reader@" + "é." * 280_000 + "com")) is None
    assert normal_address("reader@" + "x" * 247 + ".com") is None


def test_reading_the_link_changes_nothing(api: APIClient) -> None:
    address = reader()
    subscribe(api, address)
    path = unsubscribe_url(address.lower()).removeprefix(settings.SITE_URL)
    page = api.get(path)
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert "style-src 'self'" in page["Content-Security-Policy"]
    assert '<form method="post"' in page.content.decode()
    assert Subscriber.get(address.lower()).address == address
    assert (
        api.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded").status_code
        == 200
    )
    with pytest.raises(Subscriber.DoesNotExist):
        Subscriber.get(address.lower())


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x/y", ""]
)
def test_any_body_unsubscribes(api: APIClient, content_type: str) -> None:
    address = reader()
    subscribe(api, address)
    path = unsubscribe_url(address.lower()).removeprefix(settings.SITE_URL) + "?utm_source=mail"
    assert api.generic("POST", path, "List-Unsubscribe=One-Click", content_type=content_type).status_code == 200
    with pytest.raises(Subscriber.DoesNotExist):
        Subscriber.get(address.lower())


def test_an_altered_link_does_nothing(api: APIClient) -> None:
    address = reader()
    subscribe(api, address)
    token = Subscriber.token(address.lower())
    for altered in (token[:-1] + ("A" if token[-1] != "A" else "B"), token.upper(), "x", "a:b", "%00", "é", "x" * 5000):
        for verb in (api.get, api.post):
            assert_refused(verb(f"/api/blog/unsubscribe/{altered}/"), 404)
    assert Subscriber.get(address.lower()).address == address
