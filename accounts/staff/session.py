"""Who is signed in to the admin: tokens kept in the session, in DynamoDB, and never sent to the browser.

Every CHECK_SECONDS of use the refresh token is traded for fresh tokens: one request to Cognito, which tells the groups
of now, refuses who was disabled or signed out elsewhere, and keeps the access token from expiring under a long text.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from accounts import cognito
from accounts.staff.models import StaffUser

log = logging.getLogger(__name__)

# Where in the session: another name whenever what _held() gives is changed, so that nobody meets half of it.
KEY = "staff"
# So that what Cognito was told of a person counts here within five minutes.
CHECK_SECONDS = 240
# While Cognito does not answer: how often to ask, and how long to believe what it said last.
RETRY_SECONDS = 30
TRUST_SECONDS = 15 * 60


def begin(request: HttpRequest, tokens: cognito.Tokens, *, factor: bool = False) -> StaffUser:
    """Sign in, under a new session key. `factor` says that a second one was shown."""
    # Nothing of an earlier session is carried over.
    request.session.flush()
    held = {**_held(tokens), "factor": factor}
    user = _user(held)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[KEY] = held
    return user


def last_known(request: HttpRequest) -> StaffUser | None:
    """The person signed in, if any, as of the last check: for pages that are open to all. One GetItem."""
    held: dict[str, Any] | None = request.session.get(KEY)
    return _user(held) if held else None


def current(request: HttpRequest) -> StaffUser | None:
    """The person signed in, if any; one GetItem, and every four minutes a request to Cognito.

    Raises Unreachable once Cognito has not answered for a quarter of an hour.
    """
    held: dict[str, Any] | None = request.session.get(KEY)
    if held is not None and time.time() >= held["check_at"]:
        held = _checked(request, held)
    return _user(held) if held else None


def end(request: HttpRequest) -> None:
    """Sign out: first here, so that every copy of the cookie is dead whatever Cognito answers, then at Cognito."""
    held: dict[str, Any] | None = request.session.get(KEY)
    request.session.flush()
    if held:
        cognito.revoke(held["refresh"], cognito.STAFF)


def lacks_factor(request: HttpRequest) -> bool:
    """Whether a second factor is wanted and was not shown: then the session is good for setting one up."""
    return settings.STAFF_MFA and not request.session[KEY].get("factor", False)


def access_token(request: HttpRequest) -> str:
    """The person's access token, good for another 45 minutes at least: for requests to the API on their behalf."""
    token: str = request.session[KEY]["access"]
    return token


def _checked(request: HttpRequest, held: dict[str, Any]) -> dict[str, Any] | None:
    try:
        tokens = cognito.renew(held["refresh"], cognito.STAFF)
    except cognito.CognitoRefused as error:
        log.info("The sign-in of %s is over: %s", held["sub"], error)
        request.session.flush()
        return None
    except cognito.Unreachable as error:
        if time.time() >= held["told_at"] + TRUST_SECONDS:
            raise
        log.warning("Cognito does not answer; going by what it said before: %s", error)
        # Another request may have traded the token meanwhile: the former one is good for a minute.
        kept: dict[str, Any] | None = type(request.session)(request.session.session_key).get(KEY)
        if kept and kept["refresh"] != held["refresh"]:
            request.session[KEY] = kept
            return kept
        held = {**held, "check_at": time.time() + RETRY_SECONDS}
    else:
        held = {**_held(tokens), "factor": held.get("factor", False)}
    request.session[KEY] = held
    return held


def _held(tokens: cognito.Tokens) -> dict[str, Any]:
    """What the session keeps."""
    now = time.time()
    return {
        "sub": tokens.claims.sub,
        "email": tokens.claims.email or "",
        "groups": sorted(tokens.claims.groups),
        "access": tokens.access,
        "refresh": tokens.refresh,
        "told_at": now,
        "check_at": now + CHECK_SECONDS,
    }


def _user(held: dict[str, Any]) -> StaffUser:
    return StaffUser.of(sub=held["sub"], email=held["email"], groups=held["groups"])
