"""SESSION_ENGINE = "dynamo.sessions": Django's sessions in DynamoDB.

One consistent GetItem where a request uses its session, one conditional PutItem where it changed it. Signing out
deletes the row, so a copied cookie is dead at once; what nobody signs out of leaves by TTL.
"""

import hashlib
import time
from datetime import UTC, datetime
from typing import Any, Self

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from django.utils.crypto import get_random_string
from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from dynamo.errors import ConditionFailed
from dynamo.models import Model, table


class Session(Model):
    """One session. The key is a digest of the cookie's value: reading the table is not enough to sign in."""

    class Meta:
        table_name = table("sessions")

    key = UnicodeAttribute(hash_key=True)
    data = UnicodeAttribute()
    expires = TTLAttribute()

    @classmethod
    def digest(cls, session_key: str) -> str:
        """The row's key for a cookie's value. SHA-256 is enough: session keys are random, so nothing can be guessed."""
        return hashlib.sha256(session_key.encode()).hexdigest()

    @classmethod
    def find(cls, session_key: str) -> Self | None:
        """The live session of that cookie, or None. One GetItem."""
        return cls.fetch_or_none((cls.digest(session_key),))


class SessionStore(SessionBase):
    """Django's interface to a session; its asynchronous methods call these in a thread."""

    def load(self) -> dict[str, Any]:
        """What the session holds; an unknown, altered or expired one is empty and gets another key."""
        row = Session.find(self.session_key) if self.session_key else None
        if row is None:
            self._session_key = None
            return {}
        held: dict[str, Any] = self.decode(row.data)
        return held

    def exists(self, session_key: str) -> bool:
        """Whether there is a live session with that key."""
        return bool(session_key) and Session.find(session_key) is not None

    def create(self) -> None:
        """A new session under a key nobody has, saved once."""
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def _get_new_session_key(self) -> str:
        # Django's looks whether the random key is taken; the conditional write finds that out without a read.
        return get_random_string(32, VALID_KEY_CHARS)

    def save(self, must_create: bool = False) -> None:
        """One conditional PutItem. Raises CreateError if the key is taken, UpdateError if the session is gone."""
        if self.session_key is None:
            self.create()
            return
        held = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # every engine of Django's calls it
        row = Session(
            Session.digest(self.session_key),
            data=self.encode(held),
            expires=datetime.fromtimestamp(int(time.time()) + self.get_expiry_age(), UTC),
        )
        condition = Session.key.does_not_exist() if must_create else Session.key.exists()
        try:
            Session.write("PutItem", (row.key,), key="Item", attributes=row.serialize(), condition=condition)
        except ConditionFailed as failed:
            raise (CreateError if must_create else UpdateError) from failed

    def delete(self, session_key: str | None = None) -> None:
        """End the session, now. One DeleteItem; nothing happens if there is none."""
        if key := session_key or self.session_key:
            Session.write("DeleteItem", (Session.digest(key),))

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: DynamoDB removes expired rows by itself, and they are not read meanwhile."""
