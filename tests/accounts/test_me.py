"""GET /api/me/."""

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from tests.accounts.hosted_page import SignIn
from tests.accounts.issuer import Issuer, key_document
from tests.personas import PASSWORD, Persona


def test_it_tells_who_i_am(alice: Persona) -> None:
    answer = alice.api.get("/api/me/")
    assert answer.status_code == 200
    assert answer.json() == {
        "sub": alice.sub,
        "username": alice.sub,
        "email": alice.email,
        "groups": [],
        "is_editor": False,
    }


def test_it_tells_an_editor_so(emil: Persona) -> None:
    answer = emil.api.get("/api/me/").json()
    assert (answer["groups"], answer["is_editor"]) == (["editors"], True)


def test_it_is_nobody_elses_business(alice: Persona) -> None:
    assert alice.api.get("/api/me/")["Cache-Control"] == "private, no-store"


def test_it_knows_the_address_after_a_sign_in_on_the_hosted_page(api: APIClient, alice: Persona) -> None:
    assert me(hosted_token(api, alice)) == (200, alice.email)


def test_it_answers_without_the_address_when_the_hosted_page_fails(api: APIClient, alice: Persona) -> None:
    token = hosted_token(api, alice)
    with override_settings(COGNITO={**settings.COGNITO, "domain_url": "http://127.0.0.1:1"}):
        assert me(token) == (200, None)


@pytest.mark.parametrize("scope", ["aws.cognito.signin.user.admin", "openid", "", None])
def test_it_answers_without_the_address_when_cognito_does_not_give_it(scope: str | None) -> None:
    issuer = Issuer(client=settings.COGNITO["client_ids"][0])
    token = issuer.sign(issuer.claims(iss=settings.COGNITO["issuer"], scope=scope))
    with override_settings(COGNITO={**settings.COGNITO, "keys": key_document(issuer)}):
        assert me(token) == (200, None)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_for_reading(alice: Persona, method: str) -> None:
    assert getattr(alice.api, method)("/api/me/", {}).status_code == 405


def hosted_token(api: APIClient, persona: Persona) -> str:
    sign_in = SignIn(api.get("/api/auth/config/").json(), "mytodolist://signed-in")
    return str(sign_in.exchange(sign_in.code(persona.email, PASSWORD)).json["access_token"])


def me(token: str) -> tuple[int, str | None]:
    answer = APIClient().get("/api/me/", HTTP_AUTHORIZATION=f"Bearer {token}")
    return answer.status_code, answer.json()["email"]
