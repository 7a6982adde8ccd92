"""What is compiled shows a raw item as DRF's serializer shows the object of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from rest_framework import serializers

from blog.api.serializers import ListedPostSerializer, PostSerializer
from blog.models import Hero, Neighbour, Post, Rendition, TagPost, position_of
from blog.publishing.markdown import RENDERER
from dynamo.models import Model, table
from dynamo.transport import decode
from dynamo.transport import encode as encode_request
from rest.json import encode
from rest.output import compiled
from todos.attachments import Attachment
from todos.due import due_order
from todos.models import Todo
from todos.serializers import DeletedTodoSerializer, TodoSerializer

CONTEXT: dict[str, Any] = {
    "todos": "https://example.com/api/todos/",
    "uploads": "https://example.com/api/media/uploads/",
    "posts": "https://example.com/api/blog/posts/",
    "at": datetime(2026, 6, 1, tzinfo=UTC),
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
uuids = st.uuids().map(str)
numbers = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15).filter(
    lambda number: number == 0 or abs(number) > 1e-100
)
counts = st.integers(0, 10**9)
FIRST, LAST = (CONTEXT["at"].replace(year=year, tzinfo=None) for year in (1, 9999))
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
dates = st.dates()
moments |= moments.map(lambda moment: moment.replace(year=2026, day=1, microsecond=0))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


attachments = st.builds(
    Attachment, id=uuids, name=maybe(texts), content_type=maybe(texts), size=maybe(counts), status=texts,
    reason=maybe(texts), width=maybe(counts), height=maybe(counts), as_of=maybe(moments),
)  # fmt: skip
todos = st.builds(
    Todo, owner=uuids, id=uuids, title=maybe(texts), notes=maybe(texts), completed=maybe(st.booleans()),
    completed_at=maybe(moments), due_order=maybe(moments | dates).map(due_order), priority=maybe(counts),
    tags=st.lists(texts, max_size=3), order=maybe(numbers), list_name=maybe(texts),
    attachments=st.lists(attachments, max_size=3), created_at=moments, updated_at=moments, version=counts,
    deleted_at=maybe(moments),
)  # fmt: skip
renditions = st.builds(Rendition, size=counts, width=counts, height=counts, webp=texts, jpeg=texts)
heroes = st.builds(
    Hero, upload=uuids, owner=uuids, alt=texts, sequencer=maybe(texts), status=st.sampled_from(["ready", "waiting"]),
    width=maybe(counts), height=maybe(counts), renditions=st.lists(renditions, max_size=3),
)  # fmt: skip
links = st.builds(
    Neighbour, slug=texts, title=texts, position=moments.map(lambda moment: position_of(moment, "beside"))
)
listed: dict[str, Any] = {
    "slug": texts, "title": texts, "summary": texts, "author": texts, "author_name": texts,
    "tags": st.lists(texts, max_size=3), "hero": maybe(heroes), "words": counts, "published_at": maybe(moments),
    "created_at": moments, "updated_at": moments, "version": counts,
}  # fmt: skip
posts = st.builds(
    Post, **listed, body=texts, html=texts, renderer=st.sampled_from([RENDERER, RENDERER - 1]), older=maybe(links),
    newer=maybe(links),
)  # fmt: skip
tag_posts = st.builds(TagPost, **listed, tag=texts, position=texts)


def show_both(serializer: type[serializers.Serializer[Any]], item: Model) -> tuple[bytes, bytes]:
    """The item's JSON as compiled, and as DRF makes it of the object that is read."""
    raw = decode(encode_request(item.serialize()))
    read = type(item).from_raw_data(dict(raw))
    ours = encode(compiled(serializer, type(item))(raw, CONTEXT))
    return ours, encode(serializer(read, context=CONTEXT).data)


@settings(deadline=None)
@given(todos)
def test_todos_are_shown_alike(todo: Todo) -> None:
    for serializer in (TodoSerializer, DeletedTodoSerializer):
        ours, theirs = show_both(serializer, todo)
        assert ours == theirs


@settings(deadline=None)
@given(posts)
def test_posts_are_shown_alike(post: Post) -> None:
    for serializer in (ListedPostSerializer, PostSerializer):
        ours, theirs = show_both(serializer, post)
        assert ours == theirs


@settings(deadline=None)
@given(tag_posts)
def test_posts_of_a_tag_are_shown_alike(post: TagPost) -> None:
    ours, theirs = show_both(ListedPostSerializer, post)
    assert ours == theirs


@settings(deadline=None)
@given(todos)
def test_an_attribute_that_is_null_is_shown_as_one_that_is_missing(todo: Todo) -> None:
    raw = todo.serialize()
    nulls = {attribute.attr_name: {"NULL": True} for attribute in Todo.get_attributes().values()}
    show = compiled(TodoSerializer, Todo)
    assert show({**nulls, **raw}, CONTEXT) == show(raw, CONTEXT)


def test_what_can_not_be_compiled_says_so() -> None:
    class Row(Model):
        class Meta:
            table_name = table("rows")

        id = UnicodeAttribute(hash_key=True)
        number = NumberAttribute()

    class Wrong(serializers.Serializer[Any]):
        number = serializers.DateTimeField()

    with pytest.raises(TypeError, match="DateTimeField number of NumberAttribute"):
        compiled(Wrong, Row)


def test_it_has_every_field_of_the_schema() -> None:
    todo = Todo("owner", "1", title="x", created_at=CONTEXT["at"], updated_at=CONTEXT["at"])
    shown = compiled(TodoSerializer, Todo)(todo.serialize(), CONTEXT)
    assert list(json.loads(encode(shown))) == list(TodoSerializer().fields)
