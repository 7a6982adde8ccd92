"""A ticket opens one connection, of its owner, for a short time."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect as dial

from dynamo.models import now
from live import models
from live.examples import TICKET
from live.models import Ticket
from live.services import open_connection
from tests.bad_bodies import assert_refused
from tests.personas import Persona
from tests.sockets.connecting import TICKETS, ask_for_url, connect, ids
from tests.waiting import until


def test_it_answers_as_its_example(alice: Persona) -> None:
    answer = alice.api.post(TICKETS)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "private, no-store"
    body = answer.json()
    assert body.keys() == TICKET.keys()
    assert body["expires_in"] == TICKET["expires_in"]
    assert body["url"].startswith(f"{settings.LIVE_URL}?ticket=")


def test_only_users_get_one(api: APIClient) -> None:
    assert api.post(TICKETS).status_code == 401


def test_without_a_websocket_there_is_none(alice: Persona) -> None:
    """As in a second region, where an app would dial an address without a host."""
    with override_settings(LIVE_API="", LIVE_URL=""):
        answer = alice.api.post(TICKETS)
    assert_refused(answer, 404)


def test_it_opens_one_connection(alice: Persona) -> None:
    url = ask_for_url(alice)
    with dial(url):
        until(lambda: len(ids(alice)) == 1, "the connection")
        with pytest.raises(InvalidHandshake):
            dial(url)
        assert len(ids(alice)) == 1


def test_it_opens_nothing_when_its_time_is_over(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(models, "now", lambda: now() - models.TICKET_AGE - timedelta(seconds=1))
        url = ask_for_url(alice)
    with pytest.raises(InvalidHandshake):
        dial(url)
    assert not ids(alice)


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=made-up", "?ticket=%00", "?token=made-up"])
def test_nothing_else_opens_one(query: str) -> None:
    with pytest.raises(InvalidHandshake):
        dial(settings.LIVE_URL + query)


def test_the_table_holds_nothing_that_opens_one(alice: Persona) -> None:
    ticket = parse_qs(urlsplit(ask_for_url(alice)).query)["ticket"][0]
    rows = [each for each in Ticket.scan() if each.owner == alice.sub]
    assert len(rows) == 1
    assert ticket not in rows[0].digest
    assert rows[0].expires <= now() + timedelta(seconds=30)
    assert not open_connection(ticket=rows[0].digest, connection_id="x")
    assert open_connection(ticket=ticket, connection_id="x")


def test_a_connection_is_its_owners(alice: Persona, bob: Persona) -> None:
    with connect(alice), connect(bob):
        assert ids(alice)
        assert ids(bob)
        assert not ids(alice) & ids(bob)
