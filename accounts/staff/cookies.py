"""The small cookies beside the session's, of sign-ins under way. Signed; scripts can't read them.

Outside the laptop their names begin with __Host-, so no other host and no plain HTTP can put one there (RFC 6265bis).
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

# Long enough for a forgotten password and its mail.
SIGN_IN_SECONDS = 3600
# Sign-ins that one browser may have begun at a time; more would fill the request's headers.
SIGN_INS = 3


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class PendingSignIn:
    """One sign-in on the hosted page, from its start to its return. `next` is the page that was asked for."""

    next: str
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)

    @property
    def challenge(self) -> str:
        """RFC 7636, section 4.2: S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def remember(self, request: HttpRequest, response: HttpResponse) -> None:
        """In a cookie of its own: a second tab's sign-in must not end the first's. Of too many the oldest go."""
        begun = [name for name in request.COOKIES if name.startswith(_name("sign-in-"))]
        begun.sort(key=lambda name: request.COOKIES[name].partition(":")[2])  # its time, of always as many characters
        for old in begun[: 1 - SIGN_INS]:
            response.delete_cookie(old, samesite="Lax")
        name = _sign_in_name(self.state)
        response.set_cookie(
            name,
            signing.dumps(asdict(self), salt=name),
            max_age=SIGN_IN_SECONDS,
            secure=not settings.LOCAL,
            httponly=True,
            samesite="Lax",
        )

    @classmethod
    def of(cls, request: HttpRequest, state: str) -> "PendingSignIn | None":
        """The sign-in this browser began with that state, within the hour."""
        name = _sign_in_name(state)
        try:
            held = signing.loads(request.COOKIES.get(name, ""), salt=name, max_age=SIGN_IN_SECONDS)
        except signing.BadSignature:
            return None
        return cls(**held) if constant_time_compare(held["state"], state) else None

    def forget(self, response: HttpResponse) -> None:
        """It is over."""
        response.delete_cookie(_sign_in_name(self.state), samesite="Lax")


def person(sub: str) -> str:
    """A name for a person that does not tell who they are."""
    return salted_hmac("accounts.staff.person", sub, algorithm="sha256").hexdigest()[:32]


def _sign_in_name(state: str) -> str:
    return _name(f"sign-in-{hashlib.sha256(state.encode()).hexdigest()[:12]}")


def _name(name: str) -> str:
    return name if settings.LOCAL else f"__Host-{name}"
