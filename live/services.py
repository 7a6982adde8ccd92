"""Tickets, connections, and saying that something changed."""

import hashlib
import secrets
from contextlib import suppress

from botocore.exceptions import ClientError

from config.aws import connections_client
from live.models import Connection, Ticket

CHANGED = b'{"type":"changed"}'
# Who has more connections open is told over the newest: thousands of one owner would keep all others waiting.
MAX_CONNECTIONS = 50


def new_ticket(*, owner: str) -> str:
    """A ticket for one connection of this owner, within TICKET_AGE."""
    ticket = secrets.token_urlsafe(32)
    Ticket.new(owner=owner, digest=_digest(ticket))
    return ticket


def open_connection(*, ticket: str, connection_id: str) -> bool:
    """Whether the ticket opens this connection; it opens no other from now on."""
    owner = Ticket.take(_digest(ticket)) if ticket else None
    if owner is None:
        return False
    Connection.new(owner=owner, connection_id=connection_id)
    return True


def say_changed(*, owner: str, api: str) -> None:
    """Say it over each connection of the owner, at most the newest MAX_CONNECTIONS, and forget those that are gone.

    One whose device takes nothing is closed: all who are behind it in the stream would wait for it.
    Raises botocore's errors: some may have heard it then, and may hear it again.
    """
    posting, problem = None, None
    newest = sorted(Connection.of(owner), key=lambda each: each.expires, reverse=True)
    for connection in newest[:MAX_CONNECTIONS]:
        posting = posting or connections_client(api)
        try:
            posting.post_to_connection(ConnectionId=connection.id, Data=CHANGED)
        except posting.exceptions.GoneException:
            # Once it is open, the page asks for what was changed before.
            if not connection.is_opening:
                connection.delete()
        except posting.exceptions.LimitExceededException:
            # Its page connects anew, and asks.
            with suppress(ClientError):
                posting.delete_connection(ConnectionId=connection.id)
            connection.delete()
        except ClientError as error:
            problem = error  # after the others had their turn; without any answer nobody gets one
    if problem:
        raise problem


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest()
