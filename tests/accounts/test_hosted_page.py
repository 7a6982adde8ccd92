"""Sign-in, refresh and sign-out through Cognito's hosted page, led by /api/auth/config/ alone."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.tokens import verify_id_token
from tests.accounts.hosted_page import SignIn
from tests.personas import PASSWORD, Persona

SIGNED_IN, SIGNED_OUT = "mytodolist://signed-in", "mytodolist://signed-out"


@pytest.fixture
def sign_in(api: APIClient) -> SignIn:
    return SignIn(api.get("/api/auth/config/").json(), SIGNED_IN)


def me(token: str) -> Any:
    return APIClient().get("/api/me/", HTTP_AUTHORIZATION=f"Bearer {token}")


def test_it_signs_in(sign_in: SignIn, alice: Persona) -> None:
    answer = sign_in.exchange(sign_in.code(alice.email, PASSWORD))
    assert answer.status == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert me(answer.json["access_token"]).json()["sub"] == alice.sub
    claims = verify_id_token(answer.json["id_token"])
    assert (claims.sub, claims.email, claims.nonce) == (alice.sub, alice.email, sign_in.nonce)


def test_it_signs_in_from_the_web(api: APIClient, live_server: Any, alice: Persona) -> None:
    config = api.get("/api/auth/config/").json()
    sign_in = SignIn(config, f"{live_server.url}/todos/", client="web")
    answer = sign_in.exchange(sign_in.code(alice.email, PASSWORD))
    assert me(answer.json["access_token"]).json()["sub"] == alice.sub


def test_it_refuses_a_wrong_password(sign_in: SignIn, alice: Persona) -> None:
    answer = sign_in.submit(alice.email, "not-the-password")
    assert (answer.status, answer.location) == (200, "")
    assert "Incorrect username or password" in answer.body


def test_it_refuses_a_wrong_verifier(sign_in: SignIn, alice: Persona) -> None:
    code = sign_in.code(alice.email, PASSWORD)
    answer = sign_in.exchange(code, code_verifier="x" * 64)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


def test_it_refuses_a_code_the_second_time(sign_in: SignIn, alice: Persona) -> None:
    code = sign_in.code(alice.email, PASSWORD)
    assert sign_in.exchange(code).status == 200
    assert sign_in.exchange(code).json["error"] == "invalid_grant"


def test_it_redirects_to_no_strange_address(api: APIClient, alice: Persona) -> None:
    from tests.accounts.hosted_page import request

    stranger = SignIn(api.get("/api/auth/config/").json(), "https://evil.example/callback")
    answer = request(stranger.authorize_url)
    assert (answer.status, answer.location) == (400, "")


def test_it_refreshes(sign_in: SignIn, alice: Persona) -> None:
    tokens = sign_in.exchange(sign_in.code(alice.email, PASSWORD)).json
    answer = sign_in.refresh(tokens["refresh_token"])
    assert answer.status == 200
    assert answer.json["access_token"] != tokens["access_token"]
    assert me(answer.json["access_token"]).json()["sub"] == alice.sub


def test_it_refreshes_no_made_up_token(sign_in: SignIn, alice: Persona) -> None:
    assert sign_in.refresh(alice.access_token).json["error"] == "invalid_grant"


def test_it_signs_out(sign_in: SignIn) -> None:
    answer = sign_in.logout(SIGNED_OUT)
    assert (answer.status, answer.location) == (302, SIGNED_OUT)


def test_it_signs_out_to_no_strange_address(sign_in: SignIn) -> None:
    assert sign_in.logout("https://evil.example/").status == 400
