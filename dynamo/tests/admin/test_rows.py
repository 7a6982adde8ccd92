"""Rows: derived fields, a queryset that answers what DynamoDB can and says why not to the rest."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from dynamo import queries
from dynamo.admin.fields import WordsField, derive, item_size, join_words, split_words
from dynamo.admin.query.comparisons import UnsupportedQuery
from dynamo.errors import AlreadyExists, DoesNotExist, VersionConflict
from dynamo.testing import recorded_requests
from dynamo.tests.admin.browser import START, fill, make, picture
from dynamo.tests.sample import models as items
from dynamo.tests.sample.admin import Article, File

rows = Article.objects


def test_each_attribute_has_its_field() -> None:
    kinds = {field.name: type(field) for field in Article._meta.concrete_fields}
    assert list(kinds)[:4] == ["slug", "kind", "title", "body"]
    assert kinds["body"] is models.TextField
    assert kinds["tags"] is kinds["steps"] is WordsField
    assert (kinds["words"], kinds["rating"]) == (models.BigIntegerField, models.FloatField)
    assert (kinds["pinned"], kinds["published_at"]) == (models.BooleanField, models.DateTimeField)
    assert kinds["picture"] is models.JSONField
    assert set(kinds) == set(items.Article.get_attributes())
    editable = {field.name for field in Article._meta.concrete_fields if field.editable}
    assert {"version", "write_id", "kind", "created_at", "updated_at", "picture", "views"}.isdisjoint(editable)


def test_options_for_what_is_not_there_are_refused() -> None:
    with pytest.raises(TypeError, match="Article has no attribute titel"):
        derive(items.Article, {"titel": {"max_length": 5}})


@pytest.mark.parametrize("line", ["", "a", "a, b", '"a, b", c', 'say "hi"', "  spaced   out ,, x "])
def test_words_survive_the_line(line: str) -> None:
    words = split_words(line)
    assert split_words(join_words(words)) == words


def test_a_number_field_of_words_wants_numbers() -> None:
    assert WordsField(number=True).to_python("1, 2.5") == {1, 2.5}
    with pytest.raises(ValidationError):
        WordsField(number=True).to_python("one")


def test_one_key_is_one_get() -> None:
    make()
    with recorded_requests() as sent:
        row = rows.get(pk="a00001")
    assert sent == ["GetItem"]
    assert (row.title, row.item.title, str(row)) == ("Title 00001", "Title 00001", "Title 00001")
    with pytest.raises(Article.DoesNotExist):
        rows.get(pk="none")


def test_keys_are_read_in_batches_in_the_order_asked() -> None:
    fill(130)
    wanted = [f"a{number:05}" for number in (7, 3, 129, *range(20, 125))]
    with recorded_requests() as sent:
        found = list(rows.filter(pk__in=[*wanted, "none"]))
    assert sent == ["BatchGetItem", "BatchGetItem"]
    assert [row.pk for row in found] == wanted


ANSWERED: dict[str, Callable[[], Any]] = {
    "order": lambda: rows.order_by("-updated_at")[:3],
    "title": lambda: rows.order_by("title")[:3],
    "again": lambda: rows.order_by("title", "-title")[:3],
    "hash": lambda: rows.filter(status="published").order_by("updated_at")[:2],
    "range": lambda: rows.filter(updated_at__gt=START, updated_at__lte=START + timedelta(minutes=2)),
    "range of one": lambda: rows.filter(updated_at__range=(START, START)),
    "no range": lambda: rows.filter(updated_at__gt=START + timedelta(minutes=2), updated_at__lt=START),
    "prefix": lambda: rows.filter(title__startswith="Title 0000").order_by("title"),
    "exists": lambda: rows.filter(published_at__isnull=False).order_by("-updated_at"),
    "none": rows.none,
    "first": lambda: [rows.order_by("updated_at").first()],
    "last": lambda: [rows.order_by("updated_at").last()],
}
EXPECTED = {
    "order": [8, 7, 6], "title": [0, 1, 2], "again": [0, 1, 2], "hash": [0, 3], "range": [1, 2], "range of one": [0],
    "no range": [], "prefix": list(range(9)), "exists": [6, 3, 0], "none": [], "first": [0], "last": [8],
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED)
def test_one_query_answers(name: str) -> None:
    fill(9)
    with recorded_requests() as sent:
        found = [int(row.pk[1:]) for row in ANSWERED[name]()]
    assert found == EXPECTED[name] or sorted(found) == EXPECTED[name]
    assert sent == ([] if name == "none" else ["Query"])


def test_what_dynamodb_can_not_compare_is_compared_here() -> None:
    from django.db.models import Q

    fill(9)
    ordered = rows.order_by("updated_at")

    def numbers(found: Any) -> list[int]:
        return [int(row.pk[1:]) for row in found]

    assert numbers(ordered.filter(Q(author="Ann") | Q(status="published"))) == [0, 1, 3, 5, 6, 7]
    assert numbers(ordered.exclude(author="Ann")) == [0, 2, 4, 6, 8]
    assert numbers(ordered.filter(title__icontains="TITLE 00003")) == [3]
    assert numbers(ordered.filter(author__in=["Ann"], status="published")) == [3]
    assert numbers(ordered.filter(author__in=[])) == []


REFUSED: dict[str, Callable[[], Any]] = {
    "no order": lambda: list(rows.order_by()),
    "no index": lambda: list(rows.order_by("author")),
    "two orders": lambda: list(rows.order_by("status", "title")),
    "not projected": lambda: list(rows.filter(body="x").order_by("title")),
    "offset": lambda: list(rows.order_by("title")[5:10]),
    "regex": lambda: list(rows.filter(title__regex=".")),
    "year": lambda: list(rows.filter(updated_at__year=2026)),
    "field to field": lambda: list(rows.filter(title=models.F("body"))),
    "values": lambda: rows.values("title"),
    "aggregate": lambda: rows.aggregate(models.Count("pk")),
    "annotate": lambda: rows.annotate(n=models.Count("pk")),
    "raw": lambda: rows.raw("SELECT 1"),
    "union": lambda: rows.union(rows.all()),
    "bulk": lambda: rows.bulk_create([]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_rest_is_refused_without_a_request(name: str) -> None:
    with recorded_requests() as sent, pytest.raises(UnsupportedQuery):
        REFUSED[name]()
    assert sent == []


def test_the_refusal_says_which_index_is_missing() -> None:
    with pytest.raises(UnsupportedQuery, match="add one with hash key kind, range key author"):
        list(rows.order_by("author"))


def test_a_row_of_an_index_loads_the_rest_when_asked() -> None:
    make(body="The text")
    (row,) = rows.order_by("title")[:1]
    assert row.get_deferred_fields() == {
        "body",
        "kind",
        "rating",
        "pinned",
        "picture",
        "seal",
        "seals",
        "steps",
        "views",
        "write_id",
    } - {"kind"}
    with recorded_requests() as sent:
        assert row.body == "The text"
        row.title = "New"
        row.save()
    assert sent == ["GetItem", "UpdateItem"]
    assert items.Article.fetch(("a00001",)).body == "The text"


def test_it_saves_and_deletes_as_django_does() -> None:
    made = rows.create(slug="one", title="One")
    assert (made.pk, made.version, made.kind) == ("one", 1, "article")
    with pytest.raises(AlreadyExists):
        rows.create(slug="one", title="Two")
    stale = rows.get(pk="one")
    made.title = "Changed"
    made.save()
    assert made.version == 2
    stale.title = "Stale"
    with pytest.raises(VersionConflict):
        stale.save()
    with pytest.raises(VersionConflict):
        stale.delete()
    stale.refresh_from_db()
    assert (stale.title, stale.version) == ("Changed", 2)
    assert rows.filter(pk="one").update(title="Updated") == 1
    assert rows.get_or_create(slug="one")[0].title == "Updated"
    assert rows.filter(pk="one").delete() == (1, {"sample.Article": 1})
    with pytest.raises(DoesNotExist):
        items.Article.fetch(("one",))


def test_signals_are_sent() -> None:
    from django.db.models import signals

    heard = []

    def hear(signal: Any, **_: Any) -> None:
        heard.append(signal)

    expected = [signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete]
    for signal in expected:
        signal.connect(hear, sender=Article)
    try:
        rows.create(slug="heard", title="x").delete()
    finally:
        for signal in expected:
            signal.disconnect(hear, sender=Article)
    assert heard == expected


def test_another_item_of_the_table_is_no_row() -> None:
    items.Article("other", kind="other", title="x").create()
    assert not rows.filter(pk="other").exists()
    assert rows.filter(kind="article").order_by("-updated_at").count() == 0


@pytest.mark.parametrize("number", ["x", "NaN", "1e400", "9" * 400, "true", "null", "[1]", '"1"', ""])
def test_what_is_no_number_is_no_key(number: str) -> None:
    with recorded_requests() as sent:
        assert not File.objects.filter(pk=f"ann:{number}").exists()
    assert sent == []


def test_the_first_of_few_is_found_however_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also behind items of the table that are no rows, and what DynamoDB reads in one go."""
    fill(9)
    for limit in ("FILTER_STEP", "FILTER_STEPS"):
        monkeypatch.setattr(queries, limit, 2)
    wanted = rows.order_by("updated_at").filter(title__icontains="TITLE 00008")
    assert wanted.exists()
    assert [row.pk for row in wanted[:1]] == ["a00008"]
    monkeypatch.setattr(Article, "is_row", classmethod(lambda _, item: item.title == "Title 00008"))
    assert [row.pk for row in rows.order_by("updated_at")[:2]] == ["a00008"]


def test_numbers_dynamodb_has_not_are_refused() -> None:
    for value in (1e300, 1e-200):
        with pytest.raises(ValidationError, match="too large or too small"):
            Article(slug="x", title="x", rating=value).full_clean()
    Article(slug="x", title="x", rating=1e120).full_clean()


def test_the_size_of_an_item_is_known() -> None:
    made = make(tags={"a", "bb"}, steps=["c"], picture=picture(key="k"))
    raw = made.serialize()
    assert 150 < item_size(raw) < 400
    assert item_size({**raw, "body": {"S": "ü" * 1000}}) - item_size({**raw, "body": {"S": ""}}) == 2000
    assert json.dumps(raw, default=str)
