"""The public keys Cognito signs with, fetched when they are needed and kept when Cognito can't be reached."""

import base64
import binascii
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from accounts.remote import fetch, require_safe_url
from serverless.errors import Busy

log = logging.getLogger(__name__)

REFETCH_SECONDS = 30.0
MIN_KEY_BITS = 2048  # RFC 7518, section 3.3


class UnknownKey(Exception):
    """The key set was read, and this `kid` is not in it."""


class KeysUnavailable(Busy):
    """Whether there is such a key can't be said: Cognito's set could not be read."""


class KeySet:
    """A JSON Web Key Set (RFC 7517): RSA keys by `kid`, each parsed once.

    An unknown `kid` causes a fetch, at most one per `interval` seconds whether it succeeds or fails, so made-up
    ones cost nothing. A fetched set replaces the former one: what Cognito withdraws is no longer trusted. A failed
    fetch changes no key. Known keys are found without waiting for a fetch that is under way.
    """

    def __init__(self, url: str, document: str = "", *, interval: float = REFETCH_SECONDS) -> None:
        """`url` is https or loopback; `document` is the set known at deployment, as JSON, if any. Raises ValueError."""
        self._url = require_safe_url(url)
        self._interval = interval
        self._lock = threading.Lock()
        self._next_fetch = 0.0
        self._has_failed = False
        self._keys: dict[str, RSAPublicKey] = parse_keys(document) if document else {}

    def __contains__(self, kid: str) -> bool:
        return kid in self._keys

    def get(self, kid: str) -> RSAPublicKey:
        """The key of this `kid`. Raises UnknownKey, or KeysUnavailable if the last fetch failed: it may be new."""
        key = self._keys.get(kid) or self._fetched(kid)
        if key is not None:
            return key
        if self._has_failed:
            raise KeysUnavailable("Tokens can't be checked right now.", retry_after=int(REFETCH_SECONDS))
        raise UnknownKey(kid)

    def _fetched(self, kid: str) -> RSAPublicKey | None:
        with self._lock:
            # Not yet due, if another thread has fetched while this one waited.
            if time.monotonic() >= self._next_fetch:
                try:
                    self._keys, self._has_failed = parse_keys(fetch(self._url)), False
                except (OSError, ValueError) as error:
                    self._has_failed = True
                    log.warning("Cognito's keys could not be read from %s: %s", self._url, error)
                self._next_fetch = time.monotonic() + self._interval
            return self._keys.get(kid)


def parse_keys(document: str | bytes) -> dict[str, RSAPublicKey]:
    """The set's RS256 signature keys by `kid`; other kinds are passed over. Raises ValueError if none is left."""
    content = orjson.loads(document)
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JSON Web Key Set")  # noqa: TRY004  # one error for every bad document
    keys = {entry["kid"]: parse_key(entry) for entry in entries if is_signature_key(entry)}
    if not keys:
        raise ValueError("no RS256 signature key in the set")
    return keys


def is_signature_key(entry: object) -> bool:
    """Whether a member of the set is an RSA key meant for RS256 signatures, with a `kid`."""
    return (
        isinstance(entry, dict)
        and entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "RS256") == "RS256"
        and isinstance(entry.get("kid"), str)
    )


def parse_key(entry: Mapping[str, Any]) -> RSAPublicKey:
    """The RSA key of one JSON Web Key. Raises ValueError for one that is malformed or shorter than 2,048 bits."""
    exponent, modulus = (int.from_bytes(decode_base64url(str(entry.get(name, "")))) for name in ("e", "n"))
    key = RSAPublicNumbers(exponent, modulus).public_key()
    if key.key_size < MIN_KEY_BITS:
        raise ValueError(f"a key of {key.key_size} bits is too short")
    return key


def decode_base64url(text: str) -> bytes:
    """RFC 7515's base64url: no padding, no other characters, and one spelling for each value. Raises ValueError.

    The last character may carry bits that decoding drops. Were they not refused, an altered signature would pass.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not canonical base64url")
    return raw
