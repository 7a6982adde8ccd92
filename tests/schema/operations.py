"""The API does what its OpenAPI description says: every operation, good input and bad, every check schemathesis has.

tests/schema/test_schemathesis.py runs this file in a process of its own.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks

from blog.models import tag_of
from config.wsgi import application
from tests.personas import Persona, sign_up

load_all_checks()
CHECKS = schemathesis.checks.CHECKS
schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
schema.config.generation.update(modes=list(schemathesis.GenerationMode))
# A to-do's due date: a day or a moment, which no format of JSON Schema is.
MOMENTS = st.datetimes()
schemathesis.openapi.format(
    "date-or-date-time", st.dates().map(str) | MOMENTS.map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z")
)
# A tag of the blog, which has one form of all that Unicode has.
schemathesis.openapi.format("tag", st.text(min_size=1, max_size=40).map(tag_of).filter(lambda tag: 0 < len(tag) <= 40))
schemathesis.openapi.format(
    "recurrence-rule", st.sampled_from(["", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2"])
)

# What a schema can't say, so that input it allows is refused all the same: a cursor or token is what we once gave out,
# an upload must be one's own, a zone and a push service must be known, a reminder comes later than now, a key be on
# its curve, some parameters exclude each other, each kind of file has its own size, and only pictures are public.
BEYOND_A_SCHEMA = {
    "GET /api/todos/": r"cursor|since|completed|list|tag|due_after|due_before|sort|limit|lists",
    "GET /api/todos/lists/": r"cursor",
    "GET /api/todos/lists/{id}/": r"id",
    "PUT /api/todos/lists/{id}/": r"id",
    "PATCH /api/todos/lists/{id}/": r"id",
    "DELETE /api/todos/lists/{id}/": r"id|to",
    "GET /api/todos/bin/": r"cursor",
    "GET /api/media/uploads/": r"cursor",
    "GET /api/blog/posts/": r"cursor",
    "GET /api/blog/drafts/": r"cursor",
    "POST /api/media/uploads/": r"/size|/content_type",
    "POST /api/media/credentials/": r"/id_token",
    "POST /api/mydata/erasure/": r"/id_token|/byline",
    "POST /api/todos/": r"/attachments/\d+",
    "PUT /api/todos/{id}/": r"/attachments/\d+",
    "PATCH /api/todos/{id}/": r"/attachments/\d+",
    "PUT /api/reminders/settings/": r"/zone",
    "POST /api/reminders/{id}/snooze/": r"/until",
    "POST /api/reminders/subscriptions/": r"/endpoint|/p256dh|/auth",
}


@pytest.fixture(scope="module")
def editor() -> Persona:
    """One who publishes reaches every operation."""
    return sign_up("edith", "publishers")


@pytest.fixture(autouse=True, scope="module")
def _no_throttles() -> Iterator[None]:
    """Hundreds of requests a minute from one address are the point here."""
    with override_settings(THROTTLES={scope: [] for scope in settings.THROTTLES}):
        yield


@schema.parametrize()
@hypothesis_settings(
    max_examples=int(os.environ["EXAMPLES"]), deadline=None, suppress_health_check=list(HealthCheck), database=None
)
def test_it_keeps_its_word(case: schemathesis.Case[Any], editor: Persona) -> None:
    headers = {"Authorization": f"Bearer {editor.access_token}"}
    response = case.call(headers=headers)
    case.validate_response(response, headers=headers, excluded_checks=excluded(case, response))


def excluded(case: schemathesis.Case[Any], response: schemathesis.Response) -> list[Any]:
    """`positive_data_acceptance`, but only for what no schema could have told; 413 refuses bad data as well as 400."""
    if response.status_code == 413:
        return list(CHECKS.get_by_names(["negative_data_rejection"]))
    if response.status_code in {410, 412, 422}:  # conditions and former uses of a key are no part of its validity
        return list(CHECKS.get_by_names(["positive_data_acceptance"]))
    # What is to break the format of a text that may be null is null at times, and so breaks nothing.
    if response.status_code < 300 and isinstance(case.body, dict) and None in case.body.values():
        return list(CHECKS.get_by_names(["negative_data_rejection"]))
    if response.status_code != 400:
        return []
    known = BEYOND_A_SCHEMA.get(f"{case.method} {case.operation.path}", "") + "|If-Match"
    places = [
        error.get("pointer") or error.get("parameter") or error.get("header") or ""
        for error in response.json().get("errors", [])
    ]
    told = places and all(re.fullmatch(known, place) for place in places)
    return list(CHECKS.get_by_names(["positive_data_acceptance"])) if told else []
