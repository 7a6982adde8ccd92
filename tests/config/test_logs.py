"""Log lines as alarms and people read them."""

import json
import logging

import pytest
from django.test import Client

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


def test_what_is_wrong_with_a_request_is_no_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """Lines of level ERROR are counted (infra/function.yaml), and a stranger could make any number of them."""
    logger = logging.getLogger("django.security")
    logger.addHandler(caplog.handler)
    try:
        Client().get("/search/?" + "a&" * 1001)
        Client().get("/search/", headers={"host": "evil.example.com"})
    finally:
        logger.removeHandler(caplog.handler)
    assert {record.levelname for record in caplog.records} == {"ERROR"}
    assert {json.loads(JsonFormatter().format(record))["level"] for record in caplog.records} == {"WARNING"}
