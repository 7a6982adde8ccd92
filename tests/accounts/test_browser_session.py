"""The to-do page's session: its refresh token is in a cookie of one address, which no script reads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from accounts import cognito
from accounts.browser_session import Session, SessionInput
from config.aws import client
from tests.accounts.browser import COOKIE, PATH, Browser
from tests.accounts.issuer import know_another_key
from tests.personas import PASSWORD, Persona


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_a_code_becomes_an_access_token_and_a_cookie(browser: Browser, alice: Persona) -> None:
    answer = browser.enter(alice)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said.keys() == {"access_token", "expires_in", "sub", "email"}
    assert (said["sub"], said["email"]) == (alice.sub, alice.email)
    assert 3500 < said["expires_in"] <= 3600
    assert answer["Cache-Control"] == "private, no-store"
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", PATH)
    assert cookie["max-age"] == 30 * 24 * 3600
    assert browser.refresh_token not in answer.content.decode()
    todos = browser.client.get("/api/todos/", HTTP_AUTHORIZATION=f"Bearer {said['access_token']}")
    assert todos.status_code == 200


def test_who_has_no_confirmed_address_is_told_what_they_sign_in_with(browser: Browser, alice: Persona) -> None:
    """As users that an operator makes in Cognito's console: the page asks for their password under that name."""
    users = client("cognito-idp")
    users.admin_update_user_attributes(
        UserPoolId=settings.COGNITO["user_pool_id"],
        Username=alice.email,
        UserAttributes=[{"Name": "email_verified", "Value": "false"}],
    )
    named = browser.enter(alice).json()["email"]
    given = {"USERNAME": named, "PASSWORD": PASSWORD}
    mobile = settings.COGNITO["client_ids"][1]
    users.initiate_auth(ClientId=mobile, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


def test_the_cookie_becomes_fresh_access_tokens(browser: Browser, alice: Persona) -> None:
    first = browser.enter(alice).json()["access_token"]
    answer = browser.post({})
    assert answer.json()["access_token"] != first
    assert answer.json()["sub"] == alice.sub
    assert answer.cookies[COOKIE]["max-age"] == 30 * 24 * 3600


def test_on_a_shared_computer_it_ends_with_the_browser(browser: Browser, alice: Persona) -> None:
    assert browser.enter(alice, keep=False).cookies[COOKIE]["max-age"] == ""
    assert browser.post({}).cookies[COOKIE]["max-age"] == ""


def test_it_keeps_the_token_that_cognito_rotates_to(
    browser: Browser, alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded AWS rotates nothing, so its answer is made to look as if it did."""
    browser.enter(alice)
    renew: Callable[[str], cognito.Tokens] = cognito.renew
    real = renew(browser.refresh_token)
    asked: list[str] = []

    def rotate(refresh: str) -> cognito.Tokens:
        asked.append(refresh)
        return cognito.Tokens(real.access, f"after-{len(asked)}", real.claims)

    monkeypatch.setattr(cognito, "renew", rotate)
    browser.post({})
    browser.post({})
    assert asked[1:] == ["after-1"]
    assert browser.refresh_token == "after-2"


def test_signing_out_revokes_the_token(browser: Browser, alice: Persona) -> None:
    browser.enter(alice)
    token = browser.refresh_token
    answer = browser.client.delete(PATH, **browser.headers)
    assert answer.status_code == 204
    assert answer.cookies[COOKIE]["max-age"] == 0
    assert (answer.cookies[COOKIE]["path"], answer.cookies[COOKIE].value) == (PATH, "")
    assert browser.post({}).status_code == 401
    with pytest.raises(cognito.CognitoRefused):
        cognito.renew(token)
    assert browser.client.delete(PATH, **browser.headers).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": ""},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
    ],
)
def test_no_other_site_may_ask(browser: Browser, alice: Persona, headers: dict[str, str]) -> None:
    assert browser.enter(alice, keep=True).status_code == 200
    assert browser.post({}, **headers).status_code == 403
    assert browser.client.delete(PATH, **{**browser.headers, **headers}).status_code == 403
    assert browser.enter(alice).status_code == 200
    other = Browser()
    code = other.sign_in.code(alice.email, PASSWORD)
    body = {"code": code, "verifier": other.sign_in.verifier, "nonce": other.sign_in.nonce, "keep": True}
    answer = other.post(body, **headers)
    assert (answer.status_code, answer.cookies) == (403, {})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "made-up"}, 401),
        ({"verifier": "x" * 64}, 401),
        ({"nonce": "another"}, 401),
        ({"nonce": None}, 400),
        ({"keep": "yes"}, 400),
        ({"extra": 1}, 400),
    ],
)
def test_a_bad_code_opens_nothing(browser: Browser, alice: Persona, changes: dict[str, Any], status: int) -> None:
    answer = browser.enter(alice, **changes)
    assert (answer.status_code, answer.cookies) == (status, {})


def test_a_code_alone_is_refused(browser: Browser) -> None:
    assert browser.post({"code": "x"}).status_code == 400
    assert browser.post([]).status_code == 400
    assert browser.post({}).status_code == 401
    assert browser.client.get(PATH, **browser.headers).status_code == 405


def test_the_cookie_is_secure_where_there_is_https(browser: Browser, alice: Persona) -> None:
    with override_settings(LOCAL=False):
        answer = browser.enter(alice)
    cookie = answer.cookies["__Secure-todos-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")


def test_cognito_away_signs_nobody_out(browser: Browser, alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.enter(alice)

    def unreachable(refresh: str) -> cognito.Tokens:
        raise cognito.Unreachable("busy")

    with monkeypatch.context() as patched:
        patched.setattr(cognito, "renew", unreachable)
        answer = browser.post({})
    assert (answer.status_code, answer["Retry-After"], answer.cookies) == (503, "5", {})
    assert browser.post({}).status_code == 200


def test_a_new_key_of_cognito_signs_nobody_out(
    browser: Browser, alice: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.enter(alice)
    with monkeypatch.context() as patched:
        know_another_key(patched)
        answer = browser.post({})
    assert (answer.status_code, answer["Retry-After"], answer.cookies) == (503, "5", {})
    assert browser.post({}).status_code == 200


def test_refresh_tokens_of_the_web_client_rotate() -> None:
    """Of the template, since the embedded AWS keeps no rotation."""
    template = "".join(path.read_text() for path in Path(settings.BASE_DIR, "infra").rglob("*.yaml"))
    client = template[template.index("\n  WebClient:\n") :]
    client = client[: client.index("\n\n")]
    assert "RefreshTokenRotation: {Feature: ENABLED, RetryGracePeriodSeconds: 60}" in client
    assert "ALLOW_REFRESH_TOKEN_AUTH]" not in client


def test_its_type_has_the_fields_of_its_serializer() -> None:
    assert set(Session.__annotations__) == set(SessionInput().fields)
