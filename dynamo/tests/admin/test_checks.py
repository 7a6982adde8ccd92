"""System checks: a list that DynamoDB can't answer is found at start, with the way to mend it."""

import itertools
import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.sites import all_sites
from django.db.models import BinaryField, UUIDField
from django.forms import ModelForm
from django.test import override_settings
from pynamodb.attributes import Attribute, BinaryAttribute, NumberAttribute

from dynamo.admin.checks import check_lists, check_settings
from dynamo.admin.options import RowAdmin
from dynamo.tests.sample.admin import Article, ArticleAdmin, File

numbers = itertools.count()


def ids(changes: dict[str, Any], model: Any = Article, base: type[Any] = ArticleAdmin) -> dict[str, str]:
    """What the checks say of an admin with these changes: id -> text and hint."""
    site, name = admin.AdminSite("checked"), f"Checked{next(numbers)}x"
    site.register(model, type(name, (base,), changes))
    found: dict[str, str] = {}
    for one in check_lists():
        if name in str(one.obj):
            found[str(one.id)] = f"{found.get(str(one.id), '')} {one.msg} {one.hint}"
    all_sites.discard(site)
    return found


def test_the_sample_has_nothing_to_warn_of() -> None:
    assert set(ids({})) == {"dynamo.I001"}
    assert set(ids({}, File, RowAdmin)) == set()


@pytest.mark.parametrize(
    ("changes", "found", "hint"),
    [
        (
            {"ordering": ["author"]},
            "dynamo.E001",
            "hash key 'kind', range key 'author', projection IncludeProjection([",
        ),
        ({"ordering": ["pk"]}, "dynamo.E001", "range key of an index"),
        ({"list_filter": ["pinned"]}, "dynamo.E002", "'pinned'"),
        ({"search_fields": ["body"]}, "dynamo.E002", "'body'"),
        ({"list_display": ["title", "rating"]}, "dynamo.W002", "'rating'"),
        ({"list_filter": ["author"]}, "dynamo.E003", "choices"),
        ({"date_hierarchy": "updated_at"}, "dynamo.E004", "list_filter"),
        ({"show_facets": admin.ShowFacets.ALLOW}, "dynamo.E004", "Leave it"),
        ({"list_filter": ["published_at"]}, "dynamo.I001", "range key 'published_at'"),
        ({"list_filter": ["status"], "ordering": ["title"]}, "dynamo.I001", "keys 'status' and 'title'"),
    ],
)
def test_it_finds(changes: dict[str, Any], found: str, hint: str) -> None:
    said = ids(changes)
    assert hint in said[found]


def test_an_order_that_hides_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dynamo.W001" not in ids({"ordering": ["title"]})
    monkeypatch.setattr(Article.item_class.get_attributes()["title"], "null", True)
    assert "'title' may be missing" in ids({"ordering": ["title"]})["dynamo.W001"]


def test_a_form_that_would_overwrite_unseen_is_found() -> None:
    assert "RowForm" in ids({"form": ModelForm})["dynamo.E005"]


def test_djangos_own_admin_is_found() -> None:
    assert "RowAdmin" in ids({}, Article, admin.ModelAdmin)["dynamo.E005"]


@override_settings(SESSION_ENGINE="django.contrib.sessions.backends.db")
def test_sessions_in_sql_are_found() -> None:
    assert [one.id for one in check_settings()] == ["dynamo.E006"]


class UUIDAttribute(Attribute[uuid.UUID]):
    """As projects have them."""

    attr_type = "S"

    def deserialize(self, value: str) -> uuid.UUID:
        return uuid.UUID(value)


@pytest.mark.parametrize(
    ("attribute", "options", "hint"),
    [
        (UUIDAttribute(hash_key=True), {}, "UUIDField"),
        (UUIDAttribute(hash_key=True), {"field_class": UUIDField}, ""),
        (BinaryAttribute(hash_key=True, legacy_encoding=False), {"field_class": BinaryField}, "text"),
        (NumberAttribute(hash_key=True), {}, ""),
    ],
)
def test_a_key_that_no_address_leads_to_is_found(
    attribute: Any, options: dict[str, Any], hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Article.item_class.get_attributes(), "slug", attribute)
    monkeypatch.setattr(Article, "field_options", {"slug": options})
    found = ids({}).get("dynamo.E007", "")
    assert hint in found
    assert bool(found) == bool(hint)
