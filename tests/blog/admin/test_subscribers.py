"""Subscribers in the admin: found by address, exported, welcomed again, removed without a trace of the address."""

import csv
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from blog.models import Subscriber, Welcome
from dynamo.admin.history.log import Entry
from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.testing import recorded_requests
from infra.local.mailbox import mails
from tests.blog.admin.desk import Desk, notes, slugs, text, versions
from tests.waiting import until

LIST = "/admin/blog/subscriber/"


def subscribe(**values: str) -> str:
    """A subscriber who has been welcomed, or what `values` say."""
    email = f"reader-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    until(lambda: Subscriber.fetch((email,)).status == Welcome.SENT, "the welcome")
    if values:
        Subscriber.change((email,), [getattr(Subscriber, name).set(value) for name, value in values.items()])
    return email


def send_again(desk: Desk, *emails: str) -> str:
    page = desk.get(f"{LIST}?q={emails[0]}")
    sent = {"action": "send_again", "_selected_action": list(emails), **versions(page)}
    return notes(desk.post(LIST, sent, follow=True))


def test_the_list_and_a_search_are_one_query(pia: Desk) -> None:
    email = subscribe()
    with recorded_requests() as sent:
        page = pia.get(LIST)
    assert sent == ["GetItem", "Query"]
    assert email in slugs(page)
    assert re.search(r"\d{4}, \d\d:\d\d UTC<", page.content.decode())
    for asked in (email, email[:15], email.upper()):
        with recorded_requests() as sent:
            found = slugs(pia.get(f"{LIST}?q={asked}"))
        assert (sent, found) == (["GetItem", "Query"], [email])
    assert slugs(pia.get(f"{LIST}?q=nobody-{email}")) == []
    assert email in slugs(pia.get(f"{LIST}?status__exact=sent"))


@pytest.mark.parametrize("query", ["%00", "x" * 3000, "%F0%9F%98%80", "a b c", "\"'<"])
def test_any_search_is_answered(pia: Desk, query: str) -> None:
    assert pia.get(f"{LIST}?q={query}").status_code == 200


def test_a_welcome_that_failed_is_sent_again(pia: Desk) -> None:
    email, welcomed = subscribe(status=Welcome.FAILED.value, reason="Blocked"), subscribe()
    before = sum(mail.to == email for mail in mails())
    said = send_again(pia, email)
    assert "Sent 1 welcome email." in said
    found = Subscriber.fetch((email,))
    assert (found.status, found.serialize().get("reason")) == ("sent", None)
    assert sum(mail.to == email for mail in mails()) == before + 1
    assert "its welcome is sent." in send_again(pia, welcomed)


@pytest.mark.parametrize("status", [Welcome.FAILED, Welcome.PENDING, Welcome.SENDING])
def test_a_welcome_that_fails_again_says_so_and_can_be_sent_later(pia: Desk, status: Welcome) -> None:
    """Also one that the stream has given up, or whose sender died: nobody else would come to it."""
    email = subscribe(status=status.value)
    Subscriber.change((email,), [Subscriber.claimed_until.set(now() - timedelta(seconds=1))])
    with override_settings(MAIL_FROM="nobody-verified@example.org"):
        said = send_again(pia, email)
    assert "send it again later" in said
    assert Subscriber.fetch((email,)).status == "pending"
    assert "Sent 1 welcome email." in send_again(pia, email)


def test_a_welcome_that_may_be_on_its_way_is_not_sent_again(pia: Desk) -> None:
    email = subscribe(status=Welcome.SENDING.value)
    Subscriber.change((email,), [Subscriber.claimed_until.set(now() + timedelta(minutes=1))])
    before = sum(mail.to == email for mail in mails())
    assert "look again in two minutes" in send_again(pia, email)
    assert sum(mail.to == email for mail in mails()) == before


def test_slow_welcomes_end_before_api_gateway_answers(pia: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blog.admin.subscribers.TURN_SECONDS", 0)
    email = subscribe(status=Welcome.FAILED.value)
    assert "no time was left" in send_again(pia, email)
    assert Subscriber.fetch((email,)).status == "failed"


def test_removed_on_request_nothing_of_the_address_is_left(pia: Desk) -> None:
    email = subscribe()
    page = pia.get(f"{LIST}{email}/delete/")
    assert "be brought back for" not in text(page)
    seen = page.context["seen"]
    answer = pia.post(f"{LIST}{email}/delete/", {"post": "yes", "seen": seen}, follow=True)
    assert "deleted" in notes(answer)
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))
    entries = [entry for entry in Entry.scan() if entry.user == pia.person.sub]
    assert len(entries) == 1
    assert email not in str(entries[0].serialize())
    assert email.partition("@")[0] not in str(entries[0].serialize())


def test_the_export_has_everybody(pia: Desk) -> None:
    emails = {subscribe(), subscribe(address="=1+1@example.com")}
    answer: Any = pia.get(f"{LIST}export/")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.streaming
    lines = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert lines[0] == ["address", "subscribed", "welcome"]
    addresses = {line[0] for line in lines[1:]}
    assert len(emails & addresses) == 1
    assert "'=1+1@example.com" in addresses


def test_only_publishers_export_change_and_remove(ed: Desk, vera: Desk) -> None:
    email = subscribe()
    for desk in (ed, vera):
        assert email in text(desk.get(f"{LIST}{email}/change/"))
        assert desk.get(f"{LIST}export/").status_code == 403
        assert desk.get(f"{LIST}{email}/delete/").status_code == 403
        assert desk.post(f"{LIST}{email}/change/", {"status": "sent"}).status_code == 403
    assert ed.get(f"{LIST}add/").status_code == 403


def test_nothing_of_a_subscriber_is_typed(pia: Desk) -> None:
    email = subscribe()
    pia.post(f"{LIST}{email}/change/", {"status": "failed", "address": "other@example.com"})
    found = Subscriber.fetch((email,))
    assert (found.status, found.address) == ("sent", email)
