"""API Gateway's events, of both payload versions, and a load balancer's, to WSGI and back."""

import base64
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.urls import get_script_prefix, reverse, set_script_prefix

from config.lambda_handler import handler
from config.wsgi import application
from serverless.http import NotMultiValued, to_environ

EVENTS = Path(__file__).parent / "events"


def event(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded event with some of its parts replaced."""
    return {**json.loads((EVENTS / f"{name}.json").read_text()), **changes}


@pytest.mark.parametrize("name", ["rest_api", "http_api", "load_balancer"])
def test_it_answers_each_kind_of_event(name: str) -> None:
    answer = handler(event(name), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "ok"}
    assert answer["isBase64Encoded"] is False
    if name == "http_api":
        assert answer["headers"]["Content-Type"] == "application/json"
    else:
        assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]


def test_a_load_balancers_query_is_unquoted_once() -> None:
    query = {"q": ["caf%C3%A9%2525"], "tag": ["a+b", "c"]}
    environ = to_environ(event("load_balancer", multiValueQueryStringParameters=query))
    assert QueryDict(environ["QUERY_STRING"]).dict() == {"q": "café%25", "tag": "c"}
    assert QueryDict(environ["QUERY_STRING"]).getlist("tag") == ["a b", "c"]


def test_a_load_balancer_has_to_keep_repeated_headers() -> None:
    """Without them an answer with two cookies would come with one."""
    single = event("load_balancer", headers={"host": "localhost"})
    del single["multiValueHeaders"]
    with pytest.raises(NotMultiValued, match="multi_value_headers"):
        handler(single, None)


def test_an_unknown_path_is_a_problem() -> None:
    answer = handler(event("rest_api", path="/api/none/"), None)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["status"] == 404


@pytest.mark.parametrize("name", ["rest_api", "http_api", "load_balancer"])
def test_the_address_is_the_gateways_word(name: str) -> None:
    """X-Forwarded-For in all recordings claims 1.2.3.4; a load balancer writes what it saw behind that."""
    assert to_environ(event(name))["REMOTE_ADDR"] == "203.0.113.7"


def test_the_stage_is_the_script_name() -> None:
    under_stage = to_environ(event("rest_api"))
    assert (under_stage["SCRIPT_NAME"], under_stage["PATH_INFO"]) == ("/production", "/api/health/")


def test_a_path_that_only_begins_like_the_stage_is_left_alone() -> None:
    recorded = event("http_api", rawPath="/production2/x")
    recorded["requestContext"]["stage"] = "production"
    environ = to_environ(recorded)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/production2/x")


def test_a_custom_domain_has_no_script_name() -> None:
    recorded = event("rest_api")
    recorded["requestContext"]["path"] = "/api/health/"
    assert to_environ(recorded)["SCRIPT_NAME"] == ""


def test_it_unquotes_a_path_once() -> None:
    environ = to_environ(event("http_api", rawPath="/api/blog/posts/50%2525-caf%C3%A9/"))
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/api/blog/posts/50%25-café/"


@pytest.mark.parametrize("name", ["rest_api", "http_api", "load_balancer"])
def test_it_reads_binary_bodies(name: str) -> None:
    data = bytes(range(256))
    environ = to_environ(event(name, body=base64.b64encode(data).decode(), isBase64Encoded=True))
    assert environ["wsgi.input"].read() == data
    assert environ["CONTENT_LENGTH"] == "256"


def test_a_lying_content_length_changes_nothing() -> None:
    recorded = event("rest_api", body='{"a": 1}')
    recorded["multiValueHeaders"]["Content-Length"] = ["99999999"]
    assert to_environ(recorded)["CONTENT_LENGTH"] == "8"


def test_repeated_values_are_kept() -> None:
    recorded = event("rest_api", multiValueQueryStringParameters={"tag": ["a b", "c&d"]})
    recorded["multiValueHeaders"]["X-Thing"] = ["1", "2"]
    environ = to_environ(recorded)
    assert environ["QUERY_STRING"] == "tag=a+b&tag=c%26d"
    assert environ["HTTP_X_THING"] == "1,2"


def test_null_maps_are_no_trouble() -> None:
    """API Gateway's own test console sends null for what is absent."""
    nothing = dict.fromkeys(
        ["headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "body"]
    )
    assert handler(event("rest_api", **nothing), None)["statusCode"] in {200, 400}


def test_the_answer_names_the_request() -> None:
    recorded = event("http_api")
    recorded["headers"]["x-request-id"] = "abc-12345678"
    assert handler(recorded, None)["headers"]["X-Request-ID"] == "abc-12345678"
    recorded["headers"]["x-request-id"] = 'evil"\n{}'
    assert "evil" not in handler(recorded, None)["headers"]["X-Request-ID"]


@pytest.mark.parametrize("prefix", ["", "/production"])
def test_links_begin_with_the_stage_where_the_address_does(prefix: str) -> None:
    context = {**event("rest_api")["requestContext"], "path": f"{prefix}/api/docs/"}
    page = handler(event("rest_api", path="/api/docs/", requestContext=context), None)
    assert page["statusCode"] == 200
    assert f'"{prefix}/api/docs/?script=' in page["body"]


def test_links_of_events_are_the_sites_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("rest.health.check", lambda: seen.append(reverse("health")))
    before = get_script_prefix()
    try:
        with override_settings(SITE_PREFIX="/elsewhere/"):
            handler({"command": "health"}, None)
    finally:
        set_script_prefix(before)
    assert seen == ["/elsewhere/api/health/"]


def test_a_request_leaves_no_prefix_behind() -> None:
    before = get_script_prefix()
    handler(event("rest_api"), None)
    assert get_script_prefix() == before


@pytest.mark.parametrize("query", [{}, {"limit": ["1"]}, {f"a{number}": [""] for number in range(1001)}])
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=hex",
        "text/plain; charset=undefined",
        "text/plain; charset=utf-8",
        "text/plain; charset*=UTF-8''hex",
        "text/plain; charset=\0",
        "text/plain; x*=no-encoding''y",
        "multipart/form-data; boundary*=no-encoding''y",
        "text/plain; charset=日本",
    ],
)
def test_no_content_type_ends_the_function(content_type: str, query: dict[str, list[str]]) -> None:
    recorded = event("rest_api", multiValueQueryStringParameters=query)
    recorded["multiValueHeaders"]["Content-Type"] = [content_type]
    assert handler(recorded, None)["statusCode"] == 200


def test_nor_does_it_fail_where_there_is_no_function() -> None:
    environ = {**to_environ(event("rest_api")), "CONTENT_TYPE": "text/plain; charset=hex"}
    start = Mock()
    application(environ, start)
    assert start.call_args.args[0] == "200 OK"


def test_no_header_changes_what_a_query_means() -> None:
    recorded = event("rest_api", path="/search/", multiValueQueryStringParameters={"q": ["café"]})
    recorded["multiValueHeaders"]["Content-Type"] = ["text/plain; charset=latin-1"]
    assert "“café”" in handler(recorded, None)["body"]


def test_a_query_that_nobody_quoted_is_read() -> None:
    assert "“日本”" in handler(event("http_api", rawPath="/search/", rawQueryString="q=日本"), None)["body"]


@pytest.mark.parametrize("name", ["multiValueQueryStringParameters", "queryStringParameters"])
def test_half_a_character_in_a_query_does_not_end_the_function(name: str) -> None:
    maps = {"multiValueQueryStringParameters": None, "queryStringParameters": None}
    asked = {"q": ["\ud800"]} if name.startswith("multi") else {"q": "\ud800"}
    assert "“?”" in handler(event("rest_api", path="/search/", **{**maps, name: asked}), None)["body"]


def test_a_form_of_parts_is_read() -> None:
    body = '--x y\r\nContent-Disposition: form-data; name="email"\r\n\r\nno address, é\r\n--x y--\r\n'
    recorded = event("rest_api", path="/subscribe/", httpMethod="POST", body=body)
    recorded["multiValueHeaders"]["Content-Type"] = ['multipart/form-data; charset=latin-1; Boundary="x y"']
    answer = handler(recorded, None)
    assert answer["statusCode"] == 400
    assert 'value="no address, é"' in answer["body"]


def test_a_header_may_hold_any_text() -> None:
    recorded = event("rest_api", path="/admin/signed-out/")
    recorded["multiValueHeaders"]["Cookie"] = ["name=日本"]
    assert handler(recorded, None)["statusCode"] == 200
