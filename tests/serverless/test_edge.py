"""What CloudFront says of a request is believed from CloudFront alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from config.lambda_handler import handler
from serverless.http import to_environ

KEY = "k" * 48
EVENT = json.loads((Path(__file__).parent / "events" / "rest_api.json").read_text())
GATEWAYS_WORD = EVENT["requestContext"]["identity"]["sourceIp"]


def environ(**headers: str) -> dict[str, Any]:
    """The WSGI environment of a request under the stage's prefix with these headers as well."""
    more = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return to_environ({**EVENT, "multiValueHeaders": {**EVENT["multiValueHeaders"], **more}})


@pytest.fixture(autouse=True)
def _site() -> Any:
    with override_settings(EDGE_KEYS=[KEY], SITE_URL="https://blog.example", SITE_PREFIX="/"):
        yield


def test_the_reader_sees_the_sites_own_host_and_no_stage() -> None:
    through = environ(X_Origin_Key=KEY, X_Viewer_Address="2001:db8::7")
    assert (through["HTTP_HOST"], through["SCRIPT_NAME"]) == ("blog.example", "")
    assert through["REMOTE_ADDR"] == "2001:db8::7"
    assert through["PATH_INFO"] == "/api/health/"


def test_the_key_goes_no_further() -> None:
    assert "HTTP_X_ORIGIN_KEY" not in environ(X_Origin_Key=KEY)


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "k", "ключ"])
def test_nobody_else_can_choose_an_address(key: str) -> None:
    direct = environ(X_Origin_Key=key, X_Viewer_Address="1.1.1.1")
    assert direct["REMOTE_ADDR"] == GATEWAYS_WORD
    assert direct["HTTP_HOST"] == "localhost"
    assert direct["SCRIPT_NAME"] == "/production"


def test_without_a_key_of_its_own_a_function_believes_nobody() -> None:
    with override_settings(EDGE_KEYS=[]):
        assert environ(X_Origin_Key="", X_Viewer_Address="1.1.1.1")["REMOTE_ADDR"] == GATEWAYS_WORD


# --- Nobody comes past the firewall ---------------------------------------------------------------------------------


def ask(path: str, **headers: list[str]) -> Any:
    """The function's answer to an event for a path, with these headers as well."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return handler({**EVENT, "path": path, "multiValueHeaders": {**EVENT["multiValueHeaders"], **more}}, None)


@pytest.fixture
def _only() -> Any:
    with override_settings(EDGE_ONLY=True, ALLOWED_HOSTS=["blog.example", "localhost"]):
        yield


@pytest.mark.usefixtures("_only")
@pytest.mark.parametrize("path", ["/", "/api/blog/posts/", "/admin/", "/todos/", "/api/health", "/x/api/health/"])
@pytest.mark.parametrize("key", [[], ["wrong"], [KEY, KEY]])
def test_who_comes_past_it_is_refused(path: str, key: list[str]) -> None:
    answer = ask(path, X_Origin_Key=key)
    assert answer["statusCode"] == 403
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    assert json.loads(answer["body"])["detail"] == "The site answers at https://blog.example alone."


@pytest.mark.usefixtures("_only")
def test_who_comes_through_it_is_answered() -> None:
    assert ask("/api/blog/posts/", X_Origin_Key=[KEY])["statusCode"] == 200


@pytest.mark.usefixtures("_only")
def test_health_is_asked_of_each_region_by_itself() -> None:
    assert [ask(path)["statusCode"] for path in ("/api/health/", "/api/health/deep/")] == [200, 200]


@pytest.mark.usefixtures("_only")
def test_both_keys_are_good_while_one_takes_the_others_place() -> None:
    with override_settings(EDGE_KEYS=["n" * 48, KEY]):
        assert [ask("/api/", X_Origin_Key=[key])["statusCode"] for key in ("n" * 48, KEY)] == [200, 200]
