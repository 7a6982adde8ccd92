"""GET /api/todos/"""

import json
from collections.abc import Iterator
from threading import get_ident
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from dynamo import queries
from dynamo.errors import BadCursor
from dynamo.testing import recorded_requests
from tests.bad_bodies import assert_refused
from tests.personas import Persona, sign_up
from tests.todos.making import ROOT, all_pages, link, make, path_of, titles, values_of
from todos.models import Todo


@pytest.fixture(scope="module")
def carol() -> Persona:
    """Someone whose seven to-dos these tests only read: a to g in the order they were made."""
    carol = sign_up("carol")
    for title, order, due, completed, list_name, tags in (
        ("a", 3, None, False, "inbox", []),
        ("b", 1, "2030-01-02T00:00:00Z", False, "shop", ["home", "food"]),
        ("c", -5, "2030-01-01T00:00:00Z", True, "inbox", ["home"]),
        ("d", 2.5, None, True, "shop", []),
        ("e", 2, "2030-01-03T00:00:00+01:00", False, "inbox", ["food"]),
        ("f", 10, "2029-12-31T23:59:59.999999Z", False, "shop", []),
        ("g", 0, None, False, "inbox", ["home"]),
    ):
        make(carol, title=title, order=order, due=due, completed=completed, list=list_name, tags=tags)
    alice = sign_up("alice")
    for number in range(30):
        make(alice, title=f"somebody else's {number}", order=number, tags=["home"], due="2030-01-01T00:00:00Z")
    return carol


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "cgbedaf"),
        ({"sort": "order"}, "cgbedaf"),
        ({"sort": "-order"}, "fadebgc"),
        ({"sort": "created"}, "abcdefg"),
        ({"sort": "-created"}, "gfedcba"),
        ({"sort": "due"}, "fcbe+adg"),
        ({"sort": "-due"}, "gda+ebcf"),
        ({"completed": "false"}, "gbeaf"),
        ({"completed": "false", "sort": "-order"}, "faebg"),
        ({"due_after": "2030-01-01T00:00:00Z"}, "cbe"),
        ({"due_before": "2030-01-01T00:00:00Z"}, "f"),
        ({"due_after": "2030-01-01T00:00:00Z", "due_before": "2030-01-02T00:00:00Z"}, "c"),
        ({"due_after": "2030-01-01T00:00:00Z", "due_before": "2030-01-02T00:00:00.001Z"}, "cb"),
        ({"due_after": "2030-01-01T00:00:00Z", "sort": "-due"}, "ebc"),
        ({"due_before": "0001-01-01T00:00:00Z"}, ""),
        ({"due_after": "9999-12-31T23:59:59.999999Z"}, ""),
    ],
    ids=str,
)
def test_one_query_answers_it(carol: Persona, query: dict[str, str], expected: str) -> None:
    with recorded_requests() as sent:
        answer = carol.api.get(ROOT, query)
    found = titles(answer)
    ordered = expected.replace("+", "")
    # Those without a due date have no order among themselves by due.
    if "+" in expected:
        assert sorted(found) == sorted(ordered)
        found, ordered = [t for t in found if t not in "adg"], "".join(t for t in ordered if t not in "adg")
        assert [todo["due"] is None for todo in answer.json()] == [t in "adg" for t in expected if t != "+"]
    assert found == list(ordered)
    assert sent == ["Query"]
    assert link(answer, "next") == ""


@pytest.mark.parametrize("sort", ["order", "-order"])
def test_a_page_by_order_reads_one_more_than_it_shows(carol: Persona, sort: str, reads: list[int]) -> None:
    assert len(carol.api.get(ROOT, {"sort": sort, "limit": "3"}).json()) == 3
    assert reads == [4]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"completed": "true"}, "cd"),
        ({"completed": "true", "sort": "-created"}, "dc"),
        ({"completed": "false", "sort": "due", "due_before": "2031-01-01T00:00:00Z"}, "fbe"),
        ({"list": "shop"}, "bdf"),
        ({"list": " shop "}, "bdf"),
        ({"list": "shop", "completed": "false", "sort": "-order"}, "fb"),
        ({"list": "Shop"}, ""),
        ({"tag": "home"}, "cgb"),
        ({"tag": " HOME"}, "cgb"),
        ({"tag": "hom"}, ""),
        ({"tag": "food", "list": "inbox", "completed": "false"}, "e"),
        ({"sort": "order", "due_after": "2030-01-01T00:00:00Z"}, "cbe"),
        ({"sort": "-created", "due_before": "2030-01-02T00:00:00Z"}, "fc"),
        ({"sort": "order", "completed": "false", "due_after": "2030-01-02T00:00:00Z"}, "be"),
    ],
    ids=str,
)
def test_a_filter_picks_from_one_query(carol: Persona, query: dict[str, str], expected: str) -> None:
    with recorded_requests() as sent:
        assert titles(carol.api.get(ROOT, query)) == list(expected)
    assert sent == ["Query"]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items DynamoDB read for each Query."""
    counted: list[int] = []
    answers, own = queries.answers, get_ident()  # other threads handle events of tests that are over

    def counting(operation: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for answer in answers(operation, arguments):
            if get_ident() == own:
                counted.append(answer["ScannedCount"])
            yield answer

    monkeypatch.setattr(queries, "answers", counting)
    return counted


@pytest.mark.parametrize("sort", ["order", "-order", "due", "-due", "created", "-created"])
@pytest.mark.parametrize("extra", [{}, {"completed": "false"}, {"tag": "home"}, {"due_after": "2020-01-01T00:00:00Z"}])
def test_pages_together_are_the_whole_list(carol: Persona, sort: str, extra: dict[str, str]) -> None:
    query = {"sort": sort, **extra}
    whole = carol.api.get(ROOT, query).json()
    first = carol.api.get(ROOT, {**query, "limit": "2"})
    assert first.json() == whole[:2]
    assert all_pages(carol, link(first, "first")) == whole
    assert carol.api.get(link(first, "next")).json() == whole[2:4]


@pytest.mark.parametrize("same", [{"order": 1}, {"due": "2030-01-01T00:00:00Z", "order": 2}])
def test_pages_lose_none_of_the_same_place(alice: Persona, same: dict[str, Any]) -> None:
    made = {make(alice, **same)["id"] for _ in range(7)}
    for sort in ("order", "due", "-due"):
        found = [todo["id"] for todo in all_pages(alice, f"{ROOT}?limit=3&sort={sort}")]
        assert len(found) == 7
        assert set(found) == made


@pytest.mark.parametrize("query", ["limit=100", "limit=100&since="])
def test_a_page_is_no_larger_than_lambda_takes(alice: Persona, query: str) -> None:
    """A refusal would be a 502, and call an operator."""
    wide = "\x01" * 10_000  # 60 KB of JSON, and 70 KB in Lambda's
    for number in range(100):
        row = values_of(title=str(number), notes=wide)
        Todo.put(alice.sub, str(uuid4()), row, exists=False)
    answer = alice.api.get(f"{ROOT}?{query}")
    assert len(json.dumps(answer.content.decode())) < 6_000_000
    assert len({todo["id"] for todo in all_pages(alice, f"{ROOT}?{query}")}) == 100


def test_a_cursor_opens_its_own_list_alone(alice: Persona, bob: Persona) -> None:
    for _ in range(3):
        make(alice)
        make(bob)
    cursor = link(alice.api.get(ROOT, {"limit": "1"}), "next").split("cursor=")[1]
    assert len(alice.api.get(f"{ROOT}?limit=2&cursor={cursor}").json()) == 2
    for persona, query in ((bob, "limit=1"), (alice, "sort=due"), (alice, "tag=a"), (alice, "completed=false")):
        answer = persona.api.get(f"{ROOT}?{query}&cursor={cursor}")
        assert_refused(answer)
        assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_of_an_index_that_was_another_is_refused(alice: Persona) -> None:
    make(alice)
    start = {name: {"S": alice.sub} for name in ("owner", "id", "open_order")}
    with pytest.raises(BadCursor):
        Todo.in_bin(alice.sub).raw_page(1, start)


@pytest.fixture
def rare(alice: Persona) -> None:
    """1,200 to-dos, the last ten of which have the tag `rare`."""
    with Todo.batch_write() as batch:
        for number in range(1200):
            values = values_of(tags=["rare"] * (number >= 1190), order=number)
            todo = Todo.new(alice.sub, f"0000-{number:04}", values)
            todo.updated_at = todo.created_at
            batch.save(todo)


@pytest.mark.usefixtures("rare")
def test_a_filtered_page_is_full_and_its_work_bounded(
    alice: Persona, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    with recorded_requests() as sent:
        answer = alice.api.get(ROOT, {"tag": "rare", "limit": "5"})
    assert len(answer.json()) == 5
    assert sent == ["Query"] * 3
    assert sum(reads) == 1200
    rest = alice.api.get(link(answer, "next"))
    assert len(rest.json()) == 5
    assert link(rest, "next") == ""

    monkeypatch.setattr(queries, "FILTER_STEPS", 2)
    reads.clear()
    answer = alice.api.get(ROOT, {"tag": "rare", "limit": "5"})
    assert (answer.json(), sum(reads)) == ([], 1000)
    assert len(all_pages(alice, link(answer, "next"))) == 10


@pytest.mark.usefixtures("rare")
def test_a_sorted_list_of_several_queries_is_whole(
    alice: Persona, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    answers = queries.answers
    # DynamoDB ends an answer at a megabyte; the embedded AWS does where it is told to.
    monkeypatch.setattr(queries, "answers", lambda operation, asked: answers(operation, {"Limit": 500, **asked}))
    newest = alice.api.get(ROOT, {"sort": "-created", "limit": "100"})
    assert reads == [500, 500, 200]
    assert [todo["order"] for todo in newest.json()] == list(range(1199, 1099, -1))
    following = alice.api.get(link(newest, "next"))
    assert [todo["order"] for todo in following.json()] == list(range(1099, 999, -1))
    monkeypatch.setattr(queries, "SORT_STEPS", 2)  # three would be needed
    refused = alice.api.get(ROOT, {"sort": "due"})
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "sort")
    assert alice.api.get(ROOT).status_code == 200


def test_the_same_page_is_304_until_it_changes(alice: Persona) -> None:
    make(alice)
    first = alice.api.get(ROOT, {"limit": "1"})
    assert alice.api.get(ROOT, {"limit": "1"}, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    make(alice)  # on the next page, which this one's links tell of
    assert alice.api.get(ROOT, {"limit": "1"}, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_a_change_shows_at_once_in_every_order(alice: Persona) -> None:
    todo = make(alice)
    for number in range(5):
        changed = alice.api.patch(path_of(todo), {"title": str(number), "order": number}).json()
        for sort in ("order", "due", "created"):
            assert alice.api.get(ROOT, {"sort": sort, "consistent": "true"}).json() == [changed]


WRONG = f"""
limit=0 limit=101 limit=x limit= cursor=x cursor= cursor=%00 cursor={"x" * 3000} since=%00 since={"x" * 3000}
consistent=yes consistent= completed=yes completed=1 completed=True completed= completed=true&completed=true
sort=title sort= sort=--order sort=due&sort=order
list= list=%00 list={"x" * 101} tag= tag=%20 tag=%00 tag={"x" * 51}
due_after=today due_before=2030-02-30 due_after=2030-01-01T00:00:00
due_before=2030-01-01T00:00:00Z&due_after=2030-01-01T00:00:00Z
owner=x title=x
""".split()


@pytest.mark.parametrize("query", WRONG, ids=lambda query: query[:30])
def test_a_wrong_parameter_is_named(alice: Persona, query: str) -> None:
    answer = alice.api.get(f"{ROOT}?{query}")
    assert_refused(answer)
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_a_name_that_is_not_utf8_matches_nothing(alice: Persona) -> None:
    make(alice, list="a")
    assert alice.api.get(f"{ROOT}?list=%ff").json() == []


def test_it_needs_a_token(api: APIClient) -> None:
    assert_refused(api.get(ROOT), 401)
