"""Over HTTP a bad token is answered with 401, a challenge and a problem; no token, with another challenge."""

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory

from accounts.permissions import IsEditor
from config.lambda_handler import handler
from rest.views import ApiView
from tests.accounts.issuer import CLIENT, ISSUER, SUB, Issuer, encode, key_document, key_server
from tests.accounts.test_bad_tokens import BAD, US
from tests.live import LiveServer
from tests.personas import Persona, sign_up

BAD_TOKEN = 'Bearer realm="api", error="invalid_token"'


@pytest.fixture
def our_keys() -> Iterator[None]:
    """The project trusts the local issuer for once, its keys having come with the deployment."""
    with key_server(key_document(US)) as server, trusting(US, jwks_url=server.url):
        yield


def trusting(*issuers: Issuer, jwks_url: str) -> override_settings:
    pool = {"issuer": ISSUER, "client_ids": [CLIENT], "jwks_url": jwks_url}
    return override_settings(COGNITO={**settings.COGNITO, **pool, "keys": key_document(*issuers) if issuers else ""})


def get_me(api: APIClient, authorization: str) -> Any:
    return api.get("/api/me/", HTTP_AUTHORIZATION=authorization)


def assert_refused(answer: Any) -> None:
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == BAD_TOKEN
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    assert (answer.json()["status"], answer.json()["type"]) == (401, "/api/problems/unauthenticated/")


@pytest.mark.parametrize("name", BAD)
def test_it_refuses_over_http(api: APIClient, our_keys: None, name: str) -> None:
    make, reason = BAD[name]
    answer = get_me(api, f"Bearer {make()}")
    assert_refused(answer)
    assert answer.json()["detail"] == reason.value


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer\t{token}",
        "Bearer  {token}",
        "Bearer {token} ",
        "Bearer {token},Bearer {token}",
        "Bearer {token}, {token}",
        "Bearer {token} {token}",
        "Bearer: {token}",
        "Basic {token}",
        "Token {token}",
        "{token}",
        "Bearer={token}",
        "Bearer \xff\xfe",
    ],
)
def test_it_refuses_other_headers(api: APIClient, our_keys: None, header: str) -> None:
    assert_refused(get_me(api, header.replace("{token}", US.sign(US.claims()))))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_it_takes_the_scheme_in_any_case(api: APIClient, our_keys: None, scheme: str) -> None:
    answer = get_me(api, f"{scheme} {US.sign(US.claims())}")
    assert (answer.status_code, answer.json()["sub"]) == (200, SUB)


def test_it_asks_for_a_token_where_there_is_none(api: APIClient) -> None:
    answer = api.get("/api/me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"


def test_it_refuses_repeated_headers(alice: Persona, live_server: LiveServer) -> None:
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=10)
    connection.putrequest("GET", "/api/me/")
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {alice.access_token}")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, BAD_TOKEN)
    connection.close()


@pytest.mark.parametrize(("times", "status"), [(1, 200), (2, 401)])
def test_it_refuses_repeated_headers_behind_api_gateway(our_keys: None, times: int, status: int) -> None:
    event = {
        "httpMethod": "GET",
        "path": "/api/me/",
        "headers": {"Host": "testserver", "Authorization": f"Bearer {US.sign(US.claims())}"},
        "multiValueHeaders": {"Host": ["testserver"], "Authorization": [f"Bearer {US.sign(US.claims())}"] * times},
        "requestContext": {"identity": {"sourceIp": "192.0.2.7"}, "path": "/api/me/"},
        "body": None,
        "isBase64Encoded": False,
    }
    assert handler(event, None)["statusCode"] == status


def test_it_fetches_keys_once_for_a_thousand_made_up_kids(api: APIClient) -> None:
    good = US.sign(US.claims())
    rest = good.partition(".")[2]
    with key_server(key_document(US)) as server, trusting(US, jwks_url=server.url):
        for number in range(1000):
            header = encode({"alg": "RS256", "kid": f"made-up-{number}"})
            assert get_me(api, f"Bearer {header}.{rest}").status_code == 401
        assert get_me(api, f"Bearer {good}").status_code == 200
        assert server.requests == 1


def test_it_follows_a_rotation(api: APIClient) -> None:
    new = Issuer(kid="new")
    with key_server(key_document(new)) as server, trusting(US, jwks_url=server.url):
        assert get_me(api, f"Bearer {new.sign(new.claims())}").status_code == 200
        assert_refused(get_me(api, f"Bearer {US.sign(US.claims())}"))


def test_it_answers_503_until_it_has_any_key(api: APIClient) -> None:
    with key_server("") as server, trusting(jwks_url=server.url):
        server.status = 500
        answer = get_me(api, f"Bearer {US.sign(US.claims())}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer["Content-Type"] == "application/problem+json"


def test_it_refuses_no_token_of_a_new_key_that_it_cannot_ask_for(api: APIClient) -> None:
    """A client that was told 401 would sign its user out."""
    new = Issuer(kid="new")
    with key_server("") as server, trusting(US, jwks_url=server.url):
        server.status = 500
        for _ in range(2):
            answer = get_me(api, f"Bearer {new.sign(new.claims())}")
            assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert get_me(api, f"Bearer {US.sign(US.claims())}").status_code == 200
        assert server.requests == 1


def test_it_accepts_what_the_user_pool_issues(alice: Persona) -> None:
    assert alice.api.get("/api/me/").json()["sub"] == alice.sub


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_it_refuses_the_user_pools_other_tokens(api: APIClient, alice: Persona, kind: str) -> None:
    assert_refused(get_me(api, f"Bearer {getattr(alice, kind)}"))


class EditorsOnly(ApiView):
    permission_classes = [IsEditor]

    def get(self, request: Request) -> Response:
        user: Any = request.user
        return Response({"groups": sorted(user.groups)})


def ask_editors_only(token: str | None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return EditorsOnly.as_view()(APIRequestFactory().get("/", headers=headers))


def test_it_tells_who_is_unknown_from_who_may_not(alice: Persona) -> None:
    assert ask_editors_only(None).status_code == 401
    assert ask_editors_only(alice.access_token).status_code == 403


@pytest.mark.parametrize("group", ["editors", "publishers", "admins"])
def test_it_lets_editors_in_and_the_groups_that_include_them(group: str) -> None:
    answer = ask_editors_only(sign_up("edith", group).access_token)
    assert (answer.status_code, answer.data) == (200, {"groups": [group]})


def test_it_keeps_viewers_out_of_what_editors_do() -> None:
    assert ask_editors_only(sign_up("victor", "viewers").access_token).status_code == 403
