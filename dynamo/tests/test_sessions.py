"""Sessions in DynamoDB: Django's own tests of a session engine, and what is particular to this one."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings

from dynamo.sessions import Session, SessionStore
from dynamo.testing import recorded_requests
from dynamo.tests import django_source

stock: Any = django_source.test_classes(
    "sessions_tests/tests.py", "SessionTestsMixin", "SessionMiddlewareTests", "SessionBaseTests"
)
# The middleware's tests name the engine they were written for, and look into its rows through Django's ORM.
stock.DatabaseSession = SessionStore
stock.Session = SimpleNamespace(
    objects=SimpleNamespace(get=lambda session_key: SimpleNamespace(get_decoded=SessionStore(session_key).load))
)


TestDjangosOwnTests = type("TestDjangosOwnTests", (stock.SessionTestsMixin, SimpleTestCase), {"backend": SessionStore})
TestDjangosMiddlewareTests = override_settings(SESSION_ENGINE="dynamo.sessions", SESSION_COOKIE_NAME="sessionid")(
    stock.SessionMiddlewareTests
)
TestDjangosBaseTests = stock.SessionBaseTests


@pytest.fixture
def saved() -> SessionStore:
    session = SessionStore()
    session["user"] = "ann"
    session.save()
    return session


def again(session: SessionStore) -> SessionStore:
    return SessionStore(session.session_key)


def answer(key: str | None, view: Callable[[HttpRequest], object]) -> HttpResponse:
    """What the session middleware makes of a request with that cookie."""

    def get_response(request: HttpRequest) -> HttpResponse:
        view(request)
        return HttpResponse()

    request = RequestFactory().get("/")
    if key:
        request.COOKIES["sessionid"] = key
    with override_settings(SESSION_ENGINE="dynamo.sessions", SESSION_COOKIE_NAME="sessionid"):
        response = SessionMiddleware(get_response)(request)
    assert isinstance(response, HttpResponse)
    return response


def test_it_runs_all_of_djangos_tests() -> None:
    names = [name for name in dir(stock.SessionTestsMixin) if re.match("test_", name)]
    assert len(names) > 60


def test_a_request_that_reads_costs_one_get(saved: SessionStore) -> None:
    with recorded_requests() as sent:
        answer(saved.session_key, lambda request: (request.session["user"], request.session.get("other")))
    assert sent == ["GetItem"]


def test_a_request_that_does_not_use_it_costs_nothing(saved: SessionStore) -> None:
    with recorded_requests() as sent:
        answer(saved.session_key, lambda _: None)
    assert sent == []


def test_a_request_that_changes_it_costs_a_get_and_a_put(saved: SessionStore) -> None:
    with recorded_requests() as sent:
        answer(saved.session_key, lambda request: request.session.update({"user": "bob"}))
    assert sent == ["GetItem", "PutItem"]
    assert again(saved)["user"] == "bob"


def test_a_new_session_costs_one_put() -> None:
    with recorded_requests() as sent:
        session = SessionStore()
        session.create()
    assert sent == ["PutItem"]


def test_a_flushed_session_is_dead_at_once(saved: SessionStore) -> None:
    copied = again(saved)
    saved.flush()
    assert copied.get("user") is None
    assert copied.session_key is None


def test_a_cycled_key_is_dead_at_once(saved: SessionStore) -> None:
    old = saved.session_key
    saved.cycle_key()
    saved.save()
    assert SessionStore(old).get("user") is None
    assert again(saved)["user"] == "ann"


def test_a_signed_out_session_is_not_written_again(saved: SessionStore) -> None:
    other = again(saved)
    other["user"] = "bob"
    saved.flush()
    with pytest.raises(UpdateError):
        other.save()
    assert Session.find(str(other.session_key)) is None


def test_a_taken_key_is_not_taken_over(saved: SessionStore) -> None:
    thief = SessionStore(saved.session_key)
    with pytest.raises(CreateError):
        thief.save(must_create=True)
    assert again(saved)["user"] == "ann"


def test_an_expired_row_is_not_read_while_dynamodb_still_has_it(saved: SessionStore) -> None:
    key = Session.digest(str(saved.session_key))
    Session(key, data=saved.encode({"user": "ann"}), expires=datetime.fromtimestamp(time.time() - 5, UTC)).save()
    assert again(saved).get("user") is None
    assert not SessionStore().exists(str(saved.session_key))


def test_the_table_holds_no_key_one_could_sign_in_with(saved: SessionStore) -> None:
    row = Session.find(str(saved.session_key))
    assert row is not None
    assert str(saved.session_key) not in f"{row.key}{row.data}"


@pytest.mark.parametrize("key", ["", "short", "x" * 5000, "nul\0" * 10, "ü" * 32, "../../etc/passwd"])
def test_a_nonsense_cookie_is_an_empty_session(key: str) -> None:
    assert answer(key, lambda request: request.session.get("user")).status_code == 200
