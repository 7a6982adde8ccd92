"""Verification of the tokens Cognito issues: who the bearer is, or one stated reason why the token is refused.

PyJWT verifies the signature. The header and the claims are checked here, as in "Verifying JSON web tokens" of the
Cognito developer guide, RFC 7519 and RFC 8725: a general library accepts several of the forgeries in
tests/accounts/test_bad_tokens.py.
"""

import hashlib
import re
import time
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import orjson
from django.conf import settings

from accounts.keys import KeySet, UnknownKey, decode_base64url

LEEWAY_SECONDS = 30
MAX_TOKEN_CHARACTERS = 8 * 1024
MAX_LIFETIME_SECONDS = 24 * 3600  # the longest an access or id token can be made to last in Cognito
MAX_VERIFIED = 1024

# RFC 7515: these would let the bearer bring the key, or need extensions that are not understood here.
REFUSED_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64"})
# A sub is a UUID; it becomes part of database keys and of the user's folder in S3, so nothing else may get there.
SUB = re.compile(r"[A-Za-z0-9_-]{1,128}")

T = TypeVar("T")


class TokenUse(StrEnum):
    """What a token is for: its `token_use`."""

    ACCESS = "access"
    ID = "id"


class Refusal(StrEnum):
    """Why a token is refused, in words for the developer of a client. docs/accounts.md says what to do about each."""

    MALFORMED = "The token is not a well-formed JSON Web Token."
    HEADER = "The token's header asks for something that is not supported; only RS256 is."
    KEY = "The token is signed with a key that is not this user pool's."
    SIGNATURE = "The token's signature does not match."
    ISSUER = "The token comes from another issuer."
    CLIENT = "The token was issued to another application."
    USE = "This is not the kind of token that is needed here."
    EXPIRED = "The token has expired."
    EARLY = "The token is not valid yet."
    CLAIMS = "The token lacks a claim, or has one of the wrong type."


class InvalidToken(Exception):
    """The token is refused. `reason` says why, and may be shown to its bearer."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Claims(NamedTuple):
    """What a verified token says. Times are seconds since 1970 UTC; id tokens alone carry `email` and `nonce`.

    An `email` that is not verified is left out.
    """

    sub: str
    use: TokenUse
    client_id: str
    username: str
    groups: frozenset[str]
    scopes: frozenset[str]
    issued_at: int
    expires_at: int
    not_before: int
    email: str | None = None
    nonce: str | None = None
    signed_in_at: int = 0
    """When the password was given; a token made of a refresh token has that of the first."""


class Verifier:
    """Accepts the tokens of one user pool issued to the given clients."""

    def __init__(self, keys: KeySet, *, issuer: str, client_ids: frozenset[str]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_ids = client_ids
        # Digest of a verified token -> kid, claims. What time and rotation change is checked again at every use.
        self._verified: dict[bytes, tuple[str, Claims]] = {}

    def verify(self, token: str, use: TokenUse) -> Claims:
        """The claims of a good token. Raises InvalidToken, or KeysUnavailable if its key can't be asked for."""
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii() or token.count(".") != 2:
            raise InvalidToken(Refusal.MALFORMED)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None or known[0] not in self._keys:
            kid, payload = self._signed_payload(token)
            known = kid, self._claims(payload)
        claims = known[1]
        if claims.use is not use:
            raise InvalidToken(Refusal.USE)
        check_times(claims)
        if self._verified.get(digest) is not known:
            if len(self._verified) >= MAX_VERIFIED:
                self._verified.clear()
            self._verified[digest] = known
        return claims

    def _signed_payload(self, token: str) -> tuple[str, dict[str, Any]]:
        """The `kid` and the payload, once the signature is found to be the user pool's."""
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        kid = key_id(decode_object(header))
        decode_part(signature)  # PyJWT takes several spellings of one signature
        # Imported with the first token: requests without one start sooner.
        from jwt import InvalidTokenError, PyJWS

        try:
            PyJWS().decode(token, self._keys.get(kid), algorithms=["RS256"])
        except UnknownKey:
            raise InvalidToken(Refusal.KEY) from None
        except InvalidTokenError:
            raise InvalidToken(Refusal.SIGNATURE) from None
        return kid, decode_object(payload)

    def _claims(self, payload: dict[str, Any]) -> Claims:
        use = token_use(payload)
        if payload.get("iss") != self._issuer:
            raise InvalidToken(Refusal.ISSUER)
        # Cognito's access tokens have no `aud`, its id tokens no `client_id`.
        client_id = payload.get("client_id" if use is TokenUse.ACCESS else "aud")
        if not isinstance(client_id, str) or client_id not in self._client_ids:
            raise InvalidToken(Refusal.CLIENT)
        return read_claims(payload, use=use, client_id=client_id)


def verify_access_token(token: str) -> Claims:
    """The claims of an access token of the project's user pool. Raises InvalidToken or KeysUnavailable."""
    return default_verifier().verify(token, TokenUse.ACCESS)


def verify_id_token(token: str) -> Claims:
    """The claims of an id token of the project's user pool. Raises InvalidToken or KeysUnavailable."""
    return default_verifier().verify(token, TokenUse.ID)


def default_verifier() -> Verifier:
    """The verifier of the user pool in the settings."""
    pool = settings.COGNITO
    return _verifier(pool["jwks_url"], pool["keys"], pool["issuer"], tuple(pool["client_ids"]))


@lru_cache(maxsize=4)
def _verifier(jwks_url: str, keys: str, issuer: str, client_ids: tuple[str, ...]) -> Verifier:
    # Remembered by the settings themselves, so that a change of settings is a change of verifier.
    return Verifier(KeySet(jwks_url, keys), issuer=issuer, client_ids=frozenset(client_ids))


def check_times(claims: Claims) -> None:
    """Raises InvalidToken unless the token is valid now, give or take 30 s of difference between two clocks."""
    now = time.time()
    if now >= claims.expires_at + LEEWAY_SECONDS:
        raise InvalidToken(Refusal.EXPIRED)
    if now < max(claims.not_before, claims.issued_at) - LEEWAY_SECONDS:
        raise InvalidToken(Refusal.EARLY)


def key_id(header: dict[str, Any]) -> str:
    """The header's `kid`. Raises InvalidToken for any header Cognito does not write."""
    if header.get("alg") != "RS256" or not REFUSED_HEADERS.isdisjoint(header):
        raise InvalidToken(Refusal.HEADER)
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise InvalidToken(Refusal.KEY)
    return kid


def token_use(payload: dict[str, Any]) -> TokenUse:
    """The payload's `token_use`; refresh tokens and other kinds are refused."""
    try:
        return TokenUse(str(payload.get("token_use")))
    except ValueError:
        raise InvalidToken(Refusal.USE) from None


def read_claims(payload: dict[str, Any], *, use: TokenUse, client_id: str) -> Claims:
    """The payload as Claims. Raises InvalidToken if a claim is missing, or not what Cognito would write."""
    sub = read(payload, "sub", str)
    groups = read(payload, "cognito:groups", list, [])
    issued_at, expires_at = read(payload, "iat", int), read(payload, "exp", int)
    lifetime = expires_at - issued_at
    if not (
        SUB.fullmatch(sub) and all(type(group) is str for group in groups) and 0 < lifetime <= MAX_LIFETIME_SECONDS
    ):
        raise InvalidToken(Refusal.CLAIMS)
    return Claims(
        sub=sub,
        use=use,
        client_id=client_id,
        username=read(payload, "username" if use is TokenUse.ACCESS else "cognito:username", str, sub),
        groups=frozenset(groups),
        scopes=frozenset(read(payload, "scope", str, "").split()),
        issued_at=issued_at,
        expires_at=expires_at,
        not_before=read(payload, "nbf", int, issued_at),
        # An address somebody wrote down is not theirs for that.
        email=read(payload, "email", str, "") or None if read(payload, "email_verified", bool, False) else None,
        nonce=read(payload, "nonce", str, "") or None,
        signed_in_at=read(payload, "auth_time", int, 0),
    )


def read(payload: dict[str, Any], name: str, kind: type[T], default: T | None = None) -> T:
    """The claim, exactly of this type (true is no number), or the default if there is none. Raises InvalidToken."""
    value: T | None = payload.get(name, default)
    if type(value) is not kind:
        raise InvalidToken(Refusal.CLAIMS)
    return value


def decode_part(text: str) -> bytes:
    """One of a token's three parts, as bytes. Raises InvalidToken."""
    try:
        return decode_base64url(text)
    except ValueError:
        raise InvalidToken(Refusal.MALFORMED) from None


def decode_object(text: str) -> dict[str, Any]:
    """One of a token's two JSON parts. Raises InvalidToken."""
    try:
        # orjson refuses NaN, bad UTF-8, lone surrogates and deep nesting, which json lets through or dies of.
        content = orjson.loads(decode_part(text))
    except orjson.JSONDecodeError:
        raise InvalidToken(Refusal.MALFORMED) from None
    if not isinstance(content, dict):
        raise InvalidToken(Refusal.MALFORMED)
    return content
