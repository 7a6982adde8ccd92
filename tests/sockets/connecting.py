"""Connections as a page or an app opens them."""

import json
import time

from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as dial

from live.models import Connection
from tests.personas import Persona
from tests.waiting import until

TICKETS = "/api/live/tickets/"
CHANGED = {"type": "changed"}


def ask_for_url(persona: Persona) -> str:
    """An address with a ticket of this user."""
    answer = persona.api.post(TICKETS)
    assert answer.status_code == 201
    return str(answer.json()["url"])


def connect(persona: Persona) -> ClientConnection:
    """A connection of this user that hears of changes from now on."""
    known = ids(persona)
    socket = dial(ask_for_url(persona))
    until(lambda: ids(persona) - known, "the connection")
    return socket


def ids(persona: Persona) -> set[str]:
    """The connections that are known of this user."""
    return {each.id for each in Connection.of(persona.sub)}


def hears_change(socket: ClientConnection, seconds: float = 30) -> bool:
    """Whether it hears of a change within this time."""
    try:
        return bool(json.loads(socket.recv(timeout=seconds)) == CHANGED)
    except TimeoutError:
        return False


def rests(socket: ClientConnection, seconds: float = 0.7) -> None:
    """Take what is said until nothing is for a while."""
    ends = time.monotonic() + 30
    while hears_change(socket, seconds):
        assert time.monotonic() < ends, "it never rests"
