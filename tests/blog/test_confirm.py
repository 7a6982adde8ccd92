"""Double opt-in: nobody is on the list who did not press the button in the welcome."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from blog.models import CONFIRM, Subscriber, Welcome
from blog.welcome import make_message
from dynamo.errors import DoesNotExist
from dynamo.models import now
from tests.waiting import until


def subscriber() -> str:
    email = f"reader-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    until(lambda: Subscriber.fetch((email,)).status == Welcome.SENT, "the welcome")
    return email


def is_listed(email: str) -> bool:
    return any(one.email == email for one in Subscriber.confirmed().all())


def link_to(email: str) -> str:
    """The link of the mail, as its reader finds it."""
    text = make_message(Subscriber.fetch((email,)))["Body"]["Text"]["Data"]
    [found] = re.findall(r"(/confirm/\S+)", text)
    return str(found)


def test_the_button_and_not_the_link_puts_an_address_on_the_list() -> None:
    email, web = subscriber(), Client(enforce_csrf_checks=True)
    page = web.get(link_to(email))
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert '<form method="post">' in page.content.decode()
    assert not is_listed(email)
    assert Subscriber.fetch((email,)).expires is not None
    done = web.post(link_to(email), REMOTE_ADDR="203.0.113.7")
    assert (done.status_code, b"is on the list now" in done.content) == (200, True)
    row = Subscriber.fetch((email,))
    assert (row.status, row.confirmed_from) == ("confirmed", "203.0.113.7")
    assert "expires" not in row.raw
    assert is_listed(email)
    # The record of consent is the first one's.
    assert web.post(link_to(email), REMOTE_ADDR="203.0.113.8").status_code == 200
    again = Subscriber.fetch((email,))
    assert (again.confirmed_at, again.confirmed_from) == (row.confirmed_at, "203.0.113.7")


def test_an_address_is_forgotten_after_a_week_and_may_come_back() -> None:
    email, web = subscriber(), Client()
    expires = Subscriber.fetch((email,)).expires
    assert abs(expires - now() - timedelta(days=7)) < timedelta(hours=1)
    link = link_to(email)
    Subscriber.change((email,), [Subscriber.expires.set(now() - timedelta(minutes=1))])
    late = web.post(link)
    assert (late.status_code, b"out of date" in late.content) == (410, True)
    assert not is_listed(email)
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))
    Subscriber.subscribe(email)
    assert Subscriber.fetch((email,)).expires > now()


def test_a_confirmation_and_an_unsubscription_are_not_one_another() -> None:
    email, web = subscriber(), Client()
    assert web.post(f"/confirm/{Subscriber.token(email)}/").status_code == 404
    assert web.post(f"/unsubscribe/{Subscriber.token(email, CONFIRM)}/").status_code == 404
    assert web.get("/confirm/x/").status_code == 404
    Subscriber.unsubscribe(email)
    assert web.post(f"/confirm/{Subscriber.token(email, CONFIRM)}/").status_code == 410


def test_a_mark_that_comes_late_takes_nobody_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is quicker than the worker that sent the mail."""
    from blog import welcome

    email = subscriber()
    held = Subscriber.change((email,), [Subscriber.claim.set("held"), Subscriber.status.set("sending")])
    Subscriber.confirm(email, "203.0.113.7")
    welcome._mark(held, Welcome.SENT)
    assert Subscriber.fetch((email,)).status == "confirmed"
