"""Limits hold across processes and can't be dodged with a forged header."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient, APIRequestFactory

from dynamo.testing import recorded_requests
from rest.throttling import CountedThrottle


class View:
    """What a throttle reads of a view."""

    throttle_scope = "test"


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    with override_settings(THROTTLES={**settings.THROTTLES, "test": [("address", 3, 3600)]}):
        yield


def ask(address: str, **headers: str) -> tuple[bool, float | None]:
    """One request from an address: (allowed, seconds to wait)."""
    request: Any = APIRequestFactory().post("/", REMOTE_ADDR=address, **headers)
    request.user = None
    throttle = CountedThrottle()
    return throttle.allow_request(request, View()), throttle.wait()  # type: ignore[arg-type]  # a view's one attribute


def test_it_counts_with_one_request_and_says_how_long_to_wait() -> None:
    with recorded_requests() as sent:
        allowed = [ask("198.51.100.1")[0] for _ in range(3)]
    assert allowed == [True] * 3
    assert sent == ["UpdateItem"] * 3
    refused, wait = ask("198.51.100.1")
    assert refused is False
    assert wait is not None
    assert 0 < wait <= 3600


def test_a_forged_header_changes_nothing() -> None:
    asked = [ask("198.51.100.2", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")[0] for number in range(4)]
    assert asked == [True, True, True, False]


def test_others_are_not_affected() -> None:
    for _ in range(4):
        ask("198.51.100.3")
    assert ask("198.51.100.4")[0] is True


def test_all_without_an_address_count_as_one() -> None:
    asked = [ask(word)[0] for word in ("", "unknown", "_hidden", "203.0.113.9:4711")]
    assert asked == [True, True, True, False]


def test_one_ipv6_network_counts_as_one() -> None:
    asked = [ask(f"2001:db8:1:2::{number:x}")[0] for number in range(1, 5)]
    assert asked == [True, True, True, False]
    assert ask("2001:db8:1:3::1")[0] is True


def test_a_network_has_a_limit_over_those_of_its_addresses() -> None:
    with override_settings(THROTTLES={"test": [("address", 3, 3600), ("network", 5, 3600)]}):
        asked = [ask(f"2001:db8:a:{number:x}::1")[0] for number in range(6)]
        assert asked == [True] * 5 + [False]
        assert ask("2001:db8:b::1")[0] is True
        with recorded_requests() as sent:
            assert ask("198.51.100.30")[0] is True
    assert sent == ["UpdateItem"], "an IPv4 address is in no network that one customer has"


def test_all_have_one_limit_together(own_log: pytest.LogCaptureFixture) -> None:
    with override_settings(THROTTLES={"test": [("all", 2, 3600)]}):
        asked = [ask(f"198.51.100.{number}") for number in range(40, 44)]
    assert [allowed for allowed, _ in asked] == [True, True, False, False]
    assert asked[-1][1] is not None
    assert "Is somebody flooding it?" in own_log.text
    assert len(own_log.records) == 1, "said once, however many come"


def test_ipv4_in_ipv6_is_that_ipv4() -> None:
    asked = [ask("198.51.100.9")[0] for _ in range(3)]
    assert asked == [True] * 3
    assert ask("::ffff:198.51.100.9")[0] is False


def test_the_answer_is_a_problem_with_retry_after(api: APIClient) -> None:
    with override_settings(THROTTLES={**settings.THROTTLES, "subscribe": [("address", 1, 3600)]}):
        answers = [
            api.post("/api/blog/subscribers/", {"email": f"a{n}@example.com"}, REMOTE_ADDR="198.51.100.20")
            for n in range(2)
        ]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert answers[1]["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[1]["Retry-After"]) <= 3600
