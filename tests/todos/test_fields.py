"""A field of to-dos is everywhere a field has to be: CONTRIBUTING.md names the places."""

import json
import re
from functools import cache
from typing import Any

import pytest
from django.conf import settings

from dynamo.connection import shared
from tests.personas import Persona
from tests.todos.making import make, path_of
from todos import examples
from todos.lists import ListValues
from todos.models import Todo, Values
from todos.serializers import TodoInput, TodoListInput, TodoQuery, TodoQuestion, TodoSerializer

STATIC, TEMPLATES = settings.BASE_DIR / "todos/static/todos", settings.BASE_DIR / "todos/templates/todos"
FIELDS = TodoInput().fields
# What the details have no input of that name for: these are changed in the row itself, or by inputs of other names.
ELSEWHERE = {"title", "completed", "order", "due", "attachments"}


@cache
def page_defaults() -> dict[str, Any]:
    """The fields the page knows, with the defaults it takes them for: what an undo and a merge keep."""
    source = (STATIC / "store" / "fields.js").read_text()
    body = re.search(r"DEFAULTS = Object\.freeze\(\{(.*?)^\}\)", source, re.DOTALL | re.MULTILINE)
    assert body
    found = re.findall(r"^  (\w+): (.*),$", body[1], re.MULTILINE)
    return {name: json.loads(re.sub(r"Object\.freeze\((.*)\)", r"\1", value)) for name, value in found}


def default_of(name: str) -> Any:
    """The API's default; what has none is text, or its place."""
    default = getattr(FIELDS[name], "default", "")
    return {"title": "", "order": 0}.get(name, default)


def test_types_have_the_fields_of_their_serializers() -> None:
    assert set(Values.__annotations__) - {"request_digest", "created_at", "completed_at"} == set(FIELDS)
    assert set(ListValues.__annotations__) == set(TodoListInput().fields)
    assert set(TodoQuestion.__annotations__) == set(TodoQuery().fields)


def test_what_can_be_sent_is_answered() -> None:
    assert set(FIELDS) <= set(TodoSerializer().fields)


def test_the_page_knows_every_field_and_its_default() -> None:
    assert page_defaults() == {name: default_of(name) for name, _ in FIELDS.items()}


def test_the_details_have_an_input_for_every_field() -> None:
    form = re.search(r'<form class="details">.*?</form>', (TEMPLATES / "_row.html").read_text(), re.DOTALL)
    assert form
    inputs = set(re.findall(r'name="(\w+)"', form[0]))
    read = set(re.findall(r'case "(\w+)"', (STATIC / "ui" / "details.js").read_text()))
    shown = set(re.findall(r'this\.#show\("(\w+)"', (STATIC / "ui" / "details.js").read_text()))
    assert set(FIELDS) - ELSEWHERE <= inputs & read & shown


def test_the_examples_have_every_field() -> None:
    assert set(examples.FULL_INPUT) == set(FIELDS)
    assert list(examples.TODO) == list(TodoSerializer().fields)


def test_every_field_is_kept(alice: Persona) -> None:
    sent = {name: value for name, value in examples.FULL_INPUT.items() if name != "attachments"}
    todo = make(alice, **sent)
    assert {name: todo[name] for name in sent} == sent
    for name, value in sent.items():
        changed = alice.api.patch(path_of(todo), {name: value})
        assert (changed.status_code, changed.json()[name]) == (200, value)


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"title", "order", "due"}))
def test_a_row_that_is_older_than_a_field_has_its_default(alice: Persona, name: str) -> None:
    todo = make(alice)
    attribute = {"list": "list"}.get(name, name)
    shared().dispatch(
        "UpdateItem",
        {
            "TableName": Todo.Meta.table_name,
            "Key": Todo.raw_key((alice.sub, todo["id"])),
            "UpdateExpression": "REMOVE #0",
            "ExpressionAttributeNames": {"#0": attribute},
        },
    )
    assert alice.api.get(path_of(todo)).json()[name] == default_of(name)
    (listed,) = alice.api.get("/api/todos/").json()
    assert listed[name] == default_of(name)
