"""What CloudFront says of a request is believed from CloudFront alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from config.http import to_environ

KEY = "k" * 48
EVENT = json.loads((Path(__file__).parent / "events" / "rest_api.json").read_text())
GATEWAYS_WORD = EVENT["requestContext"]["identity"]["sourceIp"]


def environ(**headers: str) -> dict[str, Any]:
    """The WSGI environment of a request under the stage's prefix with these headers as well."""
    more = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return to_environ({**EVENT, "multiValueHeaders": {**EVENT["multiValueHeaders"], **more}})


@pytest.fixture(autouse=True)
def _site() -> Any:
    with override_settings(EDGE_KEY=KEY, SITE_URL="https://blog.example", SITE_PREFIX="/"):
        yield


def test_the_reader_sees_the_sites_own_host_and_no_stage() -> None:
    through = environ(X_Edge_Key=KEY, X_Viewer_Address="2001:db8::7")
    assert (through["HTTP_HOST"], through["SCRIPT_NAME"]) == ("blog.example", "")
    assert through["REMOTE_ADDR"] == "2001:db8::7"
    assert through["PATH_INFO"] == "/api/health/"


def test_the_key_goes_no_further() -> None:
    assert "HTTP_X_EDGE_KEY" not in environ(X_Edge_Key=KEY)


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "k", "ключ"])
def test_nobody_else_can_choose_an_address(key: str) -> None:
    direct = environ(X_Edge_Key=key, X_Viewer_Address="1.1.1.1")
    assert direct["REMOTE_ADDR"] == GATEWAYS_WORD
    assert direct["HTTP_HOST"] == "localhost"
    assert direct["SCRIPT_NAME"] == "/production"


def test_without_a_key_of_its_own_a_function_believes_nobody() -> None:
    with override_settings(EDGE_KEY=""):
        assert environ(X_Edge_Key="", X_Viewer_Address="1.1.1.1")["REMOTE_ADDR"] == GATEWAYS_WORD
