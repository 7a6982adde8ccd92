"""What is compiled writes the item PynamoDB would write of the same object."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import AttributeContainer
from pynamodb.exceptions import AttributeNullError

from blog.models import Hero, Post, Subscriber
from dynamo.models import Model
from media.models import Upload
from tests.rest.test_output import posts, todos
from todos.attachments import Attachment, UploadReference
from todos.models import Todo

attachment: Any = Attachment  # PynamoDB leaves their making untyped
hero: Any = Hero


def by_pynamodb(item: Model) -> dict[str, Any]:
    return AttributeContainer._container_serialize(item)


@given(todos | posts)
def test_it_writes_what_pynamodb_writes(item: Model) -> None:
    assert item.serialize() == by_pynamodb(item)


@given(st.floats(allow_nan=False) | st.integers() | st.booleans())
def test_numbers_are_written_alike(number: float) -> None:
    item = Todo("ann", "1", order=number)
    assert item.serialize() == by_pynamodb(item)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  # without a zone is what is tested
        datetime(2026, 1, 2, 3, 4, 5, 67, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_times_are_written_alike(moment: datetime) -> None:
    item = Todo("ann", "1", created_at=moment)
    assert item.serialize() == by_pynamodb(item)


@pytest.mark.parametrize(
    "item",
    [
        UploadReference("ann", "1", todos={"a"}),
        UploadReference("ann", "1", todos=set()),
        Todo("ann", "1", tags=["a", None]),
        Todo("ann", "1", tags=["a", 7]),
        Todo("ann", "1", tags=[], attachments=[attachment(id="1", status="ready")]),
        Upload("ann", "1"),
        Subscriber("ann@example.com"),
    ],
)
def test_sets_lists_and_defaults_are_written_alike(item: Model) -> None:
    assert item.serialize(null_check=False) == AttributeContainer._container_serialize(item, null_check=False)


@pytest.mark.parametrize(
    "item",
    [
        Todo("ann"),
        Todo("ann", "1", attachments=[attachment(id="1")]),
        Post("a-slug", hero=hero(upload="1")),
    ],
)
def test_what_pynamodb_refuses_is_refused_alike(item: Model) -> None:
    with pytest.raises((AttributeNullError, ValueError)) as ours:
        item.serialize()
    with pytest.raises((AttributeNullError, ValueError)) as theirs:
        by_pynamodb(item)
    assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))
