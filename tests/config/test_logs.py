"""Log lines as alarms and people read them."""

import json
import logging

import pytest
from django.test import Client

from config.lambda_handler import handler
from config.logs import JsonFormatter


def written(name: str, level: int) -> dict[str, str]:
    """The line of a record."""
    line: dict[str, str] = json.loads(JsonFormatter().format(logging.LogRecord(name, level, "", 0, "m", None, None)))
    return line


def test_an_error_of_ours_is_one() -> None:
    assert written("django.request", logging.ERROR)["level"] == "ERROR"


@pytest.mark.parametrize("page", ["/confirm/", "/drafts/", "/unsubscribe/", "/api/blog/unsubscribe/"])
def test_a_secret_link_is_not_in_it(page: str) -> None:
    record = logging.LogRecord("django.request", 40, "", 0, "%s: %s", ("Unavailable", f"/x{page}a:b-c_1/"), None)
    assert json.loads(JsonFormatter().format(record))["message"] == f"Unavailable: /x{page}.../"


def test_what_is_wrong_with_a_request_is_no_error_of_ours(own_log: pytest.LogCaptureFixture) -> None:
    """Lines of level ERROR are counted (infra/function.yaml), and a stranger could make any number of them."""
    logger = logging.getLogger("django.security")
    logger.addHandler(own_log.handler)
    try:
        Client().get("/search/?" + "a&" * 1001)
        Client().get("/search/", headers={"host": "evil.example.com"})
    finally:
        logger.removeHandler(own_log.handler)
    assert {record.levelname for record in own_log.records} == {"ERROR"}
    assert {json.loads(JsonFormatter().format(record))["level"] for record in own_log.records} == {"WARNING"}


@pytest.mark.parametrize(
    ("variables", "level"),
    [
        ({"log_level": "ERROR"}, logging.ERROR),
        ({"log_level": "WARNING", "services": "blog"}, logging.WARNING),
        ({"log_level": "DEBUG"}, logging.INFO),
        ({"log_level": "loud"}, logging.INFO),
        ({}, logging.INFO),
        (None, logging.INFO),
    ],
)
def test_the_stage_variable_says_from_which_level_on(variables: dict[str, str] | None, level: int) -> None:
    event = {"httpMethod": "GET", "path": "/api/health/", "headers": {"host": "localhost"}}
    context = {"requestContext": {"identity": {"sourceIp": "203.0.113.7"}}}
    try:
        handler({**event, **context, "stageVariables": {"log_level": "CRITICAL"}}, None)
        assert handler({**event, **context, "stageVariables": variables}, None)["statusCode"] == 200
        levels = {logging.getLogger(name).getEffectiveLevel() for name in ("", "todos.views", "django.request")}
        assert levels == {level}
    finally:
        handler({**event, **context}, None)
