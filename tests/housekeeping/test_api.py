"""A run now: who may ask for one, by the API and by the command; and what the admin shows."""

import json
import uuid
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from dynamo.models import now
from housekeeping import examples
from housekeeping.models import BROKEN, DONE, Link, Run, digest_of
from tests.blog.admin.desk import Desk, text
from tests.personas import Persona, sign_up
from tests.waiting import until

PATH = "/api/housekeeping/runs/"
RUNS, LINKS = "/admin/housekeeping/run/", "/admin/housekeeping/link/"


@pytest.fixture(scope="module")
def pia() -> Desk:
    return Desk("publishers")


def test_a_publisher_has_it_run_now(pia: Desk) -> None:
    answer = pia.person.api.post(PATH, examples.RUN_INPUT)
    assert answer.status_code == 202
    assert set(answer.json()) == set(examples.RUN)
    run = answer.json()["id"]
    until(lambda: [row for row in Run.latest().all() if row.id == run and row.status == DONE], "the run")
    assert run in text(pia.get(RUNS))


def test_nobody_else_does(alice: Persona, api: APIClient) -> None:
    assert api.post(PATH, examples.RUN_INPUT).status_code == 401
    for persona in (alice, sign_up("emil", "editors")):
        answer = persona.api.post(PATH, examples.RUN_INPUT)
        assert answer.status_code == 403
        assert "publishers" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"job": "monthly"}, {"job": None}, {"job": "nightly", "more": 1}])
def test_it_refuses_what_is_no_job(pia: Desk, body: dict[str, object]) -> None:
    assert pia.person.api.post(PATH, body).status_code == 400


def test_the_admin_shows_a_run_and_what_it_found(pia: Desk) -> None:
    found = [["link", "/posts/bread/", "https://example.com/?a=1&b=<b>", "answers 404"]]
    numbers = {"pages": 12_345, "tables": {"todos": [1_000, 2_000_000]}}
    run = Run(f"{uuid.uuid4().hex}-nightly", job="nightly", status=DONE, ended_at=now())
    run.numbers, run.found = json.dumps(numbers), json.dumps(found)
    run.create()
    assert "12,345 pages" in text(pia.get(RUNS))
    page = pia.get(f"{RUNS}{run.id}/change/").content.decode()
    for shown in ("/posts/bread/", "https://example.com/?a=1&amp;b=&lt;b&gt;", "answers 404", "1,000", "1.9"):
        assert shown in page
    assert "<b>" not in page
    assert 'name="_save"' not in page
    for way in ("delete/", "change/"):
        assert pia.post(f"{RUNS}{run.id}/{way}", {"post": "yes", "job": "weekly"}).status_code == 403
    assert pia.get(f"{RUNS}add/").status_code == 403
    assert Run.fetch((run.id,)).job == "nightly"


def test_the_admin_shows_broken_links(pia: Desk) -> None:
    address, at = f"https://{uuid.uuid4().hex}.example/", now()
    Link(
        digest_of(address), address=address, checked_at=at, failures=1, reason="answers 404", since=at,
        places=["/posts/bread/"], shelf=BROKEN, expires=at + timedelta(days=1),
    ).save()  # fmt: skip
    page = text(pia.get(LINKS))
    for shown in (address, "answers 404", "/posts/bread/"):
        assert shown in page
    assert "answers 404" in text(pia.get(f"{LINKS}{digest_of(address)}/change/"))
