"""One-time codes of authenticator apps (TOTP, RFC 6238) as Cognito holds to them and MiniStack does not.

The hosted page asks for them, each is good once, a wrong one counts, a challenge is its user's alone, and a key counts
once its user has said that it shall.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

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


def install(cognito: ModuleType) -> None:
    """Put the rules into MiniStack's module."""
    _spend_codes(cognito)
    _ask_on_the_hosted_page(cognito)
    _bind_challenges(cognito)
    vars(cognito).update(
        _verify_software_token=_enabling_nothing(cognito, cognito._verify_software_token),
        _apply_mfa_preference=_verified_alone(cognito._apply_mfa_preference),
    )


def _spend_codes(cognito: ModuleType) -> None:
    matches, spent = cognito._totp_matches, set[tuple[str, str]]()

    def matches_once(secret: str, code: object) -> bool:
        if not matches(secret, code) or (secret, code) in spent:
            return False
        spent.add((secret, str(code)))
        return True

    vars(cognito).update(_totp_matches=matches_once)


def _ask_on_the_hosted_page(cognito: ModuleType) -> None:
    issue, submit, begun = cognito._issue_auth_code_redirect, cognito.handle_login_submit, dict[str, Challenge]()

    def page(token: str, problem: str = "") -> Answer:
        said = f'<div class="error">{problem}</div>' if problem else ""
        html = cognito._page_shell("Sign in", "Enter the code", said + _PAGE.format(token=token))
        return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()

    def issue_after_code(client: str, pool: str, redirect: str, scope: str, username: str, *more: str) -> Answer:
        def passed() -> Answer:
            answer: Answer = issue(client, pool, redirect, scope, username, *more)
            return answer

        user = cognito._get_pool_unscoped(pool)["_users"][username]
        if TOTP not in user.get("_mfa_enabled", []):
            return passed()
        token = secrets.token_urlsafe(24)
        begun[token] = Challenge(user, passed, time.time() + SECONDS)
        return page(token)

    def submit_code(method: str, path: str, headers: object, body: bytes, query: object) -> Answer:
        form = dict(parse_qsl((body or b"").decode(errors="replace")))
        if (token := form.get("mfa_token")) is None:
            answer: Answer = submit(method, path, headers, body, query)
            return answer
        if (challenge := _open(begun, token)) is None:
            refused: Answer = cognito._oauth2_error("invalid_request", "Session has expired. Please sign in again.")
            return refused
        if not cognito._totp_matches(challenge.user["_totp_secret"], form.get("code", "").strip()):
            return page(token, "This code is not right.")
        del begun[token]
        return challenge.passed()

    vars(cognito).update(_issue_auth_code_redirect=issue_after_code, handle_login_submit=submit_code)


def _open(begun: dict[str, Challenge], token: str) -> Challenge | None:
    """The challenge of that token, with one try less; none if it is over."""
    challenge = begun.get(token)
    if challenge is None or challenge.ends < time.time() or not challenge.tries:
        begun.pop(token, None)
        return None
    challenge.tries -= 1
    return challenge


def _bind_challenges(cognito: ModuleType) -> None:
    challenge_for, respond, begun = cognito._mfa_challenge_for_user, cognito._respond_to_auth_challenge, {}

    def challenge_of(pool: object, user: dict[str, Any], *who: str) -> dict[str, Any] | None:
        asked: dict[str, Any] | None = challenge_for(pool, user, *who)
        if asked:
            begun[asked["Session"]] = Challenge(user, lambda: (200, {}, b""), time.time() + SECONDS)
        return asked

    def respond_bound(data: Mapping[str, Any]) -> Any:
        name, session = data.get("ChallengeName"), data.get("Session", "")
        if name not in {TOTP, "MFA_SETUP"}:
            return respond(data)
        challenge = _open(begun, session) if name == TOTP else None
        pool = cognito._find_pool_by_client_id(data.get("ClientId"))[1]
        who = data.get("ChallengeResponses", {}).get("USERNAME", "")
        if not challenge or not pool or cognito._resolve_user(pool, who)[0] is not challenge.user:
            return cognito.error_response_json("NotAuthorizedException", "Invalid session for the user.", 400)
        answer = respond(data)
        if answer[0] == 200:
            del begun[session]
        return answer

    vars(cognito).update(_mfa_challenge_for_user=challenge_of, _respond_to_auth_challenge=respond_bound)


def _enabling_nothing(
    cognito: ModuleType, verify: Callable[[Mapping[str, Any]], Any]
) -> Callable[[Mapping[str, Any]], Any]:
    def verified(data: Mapping[str, Any]) -> Any:
        user = cognito._user_for_access_token(data.get("AccessToken"))
        before = (list(user.get("_mfa_enabled", [])), user.get("_preferred_mfa", "")) if user else None
        answer = verify(data)
        if before:
            user["_mfa_enabled"], user["_preferred_mfa"] = before
        return answer

    return verified


def _verified_alone(apply: Callable[[dict[str, Any], Mapping[str, Any]], None]) -> Any:
    def applied(user: dict[str, Any], data: Mapping[str, Any]) -> None:
        if data.get("SoftwareTokenMfaSettings", {}).get("Enabled") and not user.get("_totp_secret"):
            return
        apply(user, data)

    return applied
