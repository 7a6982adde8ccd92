"""One-time codes of authenticator apps (TOTP, RFC 6238) as Cognito holds to them and MiniStack does not.

The hosted page asks for them, each is good once, a wrong one counts, a challenge is its user's alone, and a key counts
once its user has said that it shall.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from ministack.services import cognito

from infra.local.strict.places import Asked, Call, around, refused

TOTP = "SOFTWARE_TOKEN_MFA"
SECONDS, TRIES = 180.0, 5  # of a challenge: Cognito's AuthSessionValidity is three minutes

Answer = tuple[int, dict[str, str], bytes]
_PAGE = """<form method="POST" action="/login"><input type="hidden" name="mfa_token" value="{token}">
<label for="code">Code of your authenticator app</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<button type="submit">Sign in</button></form>"""


@dataclass
class Challenge:
    """Somebody who gave the right password, and what they get for the code."""

    user: dict[str, Any]
    passed: Callable[[], Answer]
    ends: float
    tries: int = TRIES


def install() -> None:
    """Put the rules into MiniStack's module."""
    _ask_on_the_hosted_page()
    _bind_challenges()
    spent = set[tuple[str, str]]()

    @around(cognito, "_totp_matches")
    def matches_once(matches: Call, secret: str, code: object) -> bool:
        if not matches(secret, code) or (secret, code) in spent:
            return False
        spent.add((secret, str(code)))
        return True

    @around(cognito, "_verify_software_token")
    def verify_and_enable_nothing(verify: Call, data: Asked) -> Any:
        user = cognito._user_for_access_token(data.get("AccessToken"))
        before = (list(user.get("_mfa_enabled", [])), user.get("_preferred_mfa", "")) if user else None
        answer = verify(data)
        if before:
            user["_mfa_enabled"], user["_preferred_mfa"] = before
        return answer

    @around(cognito, "_apply_mfa_preference")
    def apply_to_verified(apply: Call, user: dict[str, Any], data: Asked) -> None:
        if user.get("_totp_secret") or not data.get("SoftwareTokenMfaSettings", {}).get("Enabled"):
            apply(user, data)


def _ask_on_the_hosted_page() -> None:
    begun = dict[str, Challenge]()

    def page(token: str, problem: str = "") -> Answer:
        said = f'<div class="error">{problem}</div>' if problem else ""
        html = cognito._page_shell("Sign in", "Enter the code", said + _PAGE.format(token=token))
        return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()

    @around(cognito, "_issue_auth_code_redirect")
    def issue_after_code(issue: Call, client: str, pool: str, redirect: str, scope: str, name: str, *more: str) -> Any:
        user = cognito._get_pool_unscoped(pool)["_users"][name]
        passed = partial(issue, client, pool, redirect, scope, name, *more)
        if TOTP not in user.get("_mfa_enabled", []):
            return passed()
        token = secrets.token_urlsafe(24)
        begun[token] = Challenge(user, passed, time.time() + SECONDS)
        return page(token)

    @around(cognito, "handle_login_submit")
    def submit_code(submit: Call, method: str, path: str, headers: object, body: bytes, query: object) -> Any:
        form = dict(parse_qsl((body or b"").decode(errors="replace")))
        if (token := form.get("mfa_token")) is None:
            return submit(method, path, headers, body, query)
        if (challenge := _open(begun, token)) is None:
            return cognito._oauth2_error("invalid_request", "Session has expired. Please sign in again.")
        if not cognito._totp_matches(challenge.user["_totp_secret"], form.get("code", "").strip()):
            return page(token, "This code is not right.")
        del begun[token]
        return challenge.passed()


def _open(begun: dict[str, Challenge], token: str) -> Challenge | None:
    """The challenge of that token, with one try less; none if it is over."""
    challenge = begun.get(token)
    if challenge is None or challenge.ends < time.time() or not challenge.tries:
        begun.pop(token, None)
        return None
    challenge.tries -= 1
    return challenge


def _bind_challenges() -> None:
    begun = dict[str, Challenge]()

    @around(cognito, "_mfa_challenge_for_user")
    def challenge_of(challenge_for: Call, pool: object, user: dict[str, Any], *who: str) -> Any:
        asked = challenge_for(pool, user, *who)
        if asked:
            begun[asked["Session"]] = Challenge(user, lambda: (200, {}, b""), time.time() + SECONDS)
        return asked

    @around(cognito, "_respond_to_auth_challenge")
    def respond_bound(respond: Call, data: Asked) -> Any:
        name, session = data.get("ChallengeName"), data.get("Session", "")
        if name not in {TOTP, "MFA_SETUP"}:
            return respond(data)
        challenge = _open(begun, session) if name == TOTP else None
        pool = cognito._find_pool_by_client_id(data.get("ClientId"))[1]
        who = data.get("ChallengeResponses", {}).get("USERNAME", "")
        if not challenge or not pool or cognito._resolve_user(pool, who)[0] is not challenge.user:
            return refused("NotAuthorizedException", "Invalid session for the user.")
        answer = respond(data)
        if answer[0] == 200:
            del begun[session]
        return answer
