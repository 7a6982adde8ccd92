"""A query that was checked before is not checked again, and is nobody else's."""

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from rest import views
from rest.paging import PageQuery, PageValues
from rest.problems import Invalid
from rest.views import ApiView
from todos.serializers import TodoQuery


def view(query: str) -> ApiView:
    made = ApiView()
    made.request = Request(APIRequestFactory().get(f"/api/todos/?{query}"))
    return made


def test_the_values_are_the_callers_own() -> None:
    first: dict[str, Any] = view("limit=7").query(PageQuery)
    first["limit"] = 100
    assert view("limit=7").query(PageQuery) == {"limit": 7}


def test_each_list_checks_for_itself() -> None:
    assert view("list=home").query(TodoQuery) == {"limit": 25, "list": "home"}
    with pytest.raises(Invalid):
        view("list=home").query(PageQuery)


def test_what_is_wrong_stays_wrong() -> None:
    for _ in range(2):
        with pytest.raises(Invalid):
            view("limit=0").query(PageQuery)


def test_it_remembers_a_bounded_number() -> None:
    assert views._checked_query.cache_info().maxsize == views.MAX_QUERIES


def test_its_type_has_the_fields_of_the_query() -> None:
    assert set(PageValues.__annotations__) == set(PageQuery().fields)
