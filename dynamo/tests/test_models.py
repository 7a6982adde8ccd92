"""Items: versions, conditional writes, answers that get lost."""

import uuid
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo import connection
from dynamo.errors import AlreadyExists, ConditionFailed, DoesNotExist, VersionConflict
from dynamo.models import VersionedModel, table
from dynamo.queries import Query
from dynamo.testing import recorded_requests


class Note(VersionedModel):
    """Any item with two keys."""

    class Meta:
        table_name = table("notes")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute(null=True)
    order = NumberAttribute(null=True)


@pytest.fixture
def note() -> Note:
    return Note(uuid.uuid4().hex, "1", text="one", order=1).create()


@pytest.fixture
def lost_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next request is carried out twice, as when its first answer is lost and the request is sent again."""
    shared = connection.shared()
    send = shared.send

    def twice(operation: str, arguments: dict[str, Any]) -> Any:
        monkeypatch.setattr(shared, "send", send)
        send(operation, arguments)
        try:
            return send(operation, arguments)
        except Exception as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1  # type: ignore[attr-defined]
            raise

    monkeypatch.setattr(shared, "send", twice)


def test_it_creates_with_one_request(note: Note) -> None:
    with recorded_requests() as sent:
        Note(note.owner, "2", text="two", order=2).create()
    assert sent == ["PutItem"]
    found = Note.fetch((note.owner, "2"))
    assert (found.text, found.version) == ("two", 1)
    assert found.created_at == found.updated_at


def test_it_refuses_to_create_twice(note: Note) -> None:
    with pytest.raises(AlreadyExists):
        Note(note.owner, "1", text="other", order=1).create()
    assert Note.fetch(note.key()).text == "one"


def test_it_changes_only_what_is_named(note: Note) -> None:
    with recorded_requests() as sent:
        changed = Note.change(note.key(), [Note.text.set("new")], expect=1)
    assert sent == ["UpdateItem"]
    assert (changed.text, changed.order, changed.version) == ("new", 1, 2)


def test_it_refuses_a_stale_version(note: Note) -> None:
    Note.change(note.key(), [Note.text.set("theirs")])
    with pytest.raises(VersionConflict) as conflict:
        Note.change(note.key(), [Note.text.set("mine")], expect=1)
    assert conflict.value.item is not None
    assert conflict.value.item["text"] == {"S": "theirs"}
    assert Note.fetch(note.key()).text == "theirs"


def test_it_tells_a_missing_item_from_a_stale_one(note: Note) -> None:
    missing = (note.owner, "none")
    with pytest.raises(DoesNotExist):
        Note.change(missing, [Note.text.set("x")], expect=1)
    with pytest.raises(DoesNotExist):
        Note.remove(missing, expect=1)
    with pytest.raises(DoesNotExist):
        Note.fetch(missing)


def test_it_tells_another_condition_from_a_stale_version(note: Note) -> None:
    with pytest.raises(ConditionFailed) as failed:
        Note.change(note.key(), [Note.text.set("x")], expect=1, condition=Note.order == 9)
    assert not isinstance(failed.value, VersionConflict)


def test_it_makes_what_is_missing_when_asked(note: Note) -> None:
    made = Note.change((note.owner, "9"), [Note.text.set("made"), Note.order.set(9)], upsert=True)
    assert (made.version, made.text) == (1, "made")


@pytest.mark.usefixtures("lost_answer")
def test_a_lost_answer_is_no_false_conflict_on_change(note: Note) -> None:
    assert Note.change(note.key(), [Note.text.set("mine")], expect=1).text == "mine"
    assert Note.fetch(note.key()).version == 2


def test_a_lost_answer_is_no_false_conflict_on_create(note: Note, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("lost_answer")
    Note(note.owner, "3", text="three", order=3).create()
    assert Note.fetch((note.owner, "3")).text == "three"


def test_a_lost_answer_is_no_false_404_on_remove(note: Note, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("lost_answer")
    assert Note.remove(note.key(), expect=1) is None
    with pytest.raises(DoesNotExist):
        Note.fetch(note.key())


def test_all_models_share_one_client(note: Note) -> None:
    from dynamo.counters import Counter

    assert Counter._get_connection().connection is Note._get_connection().connection


class NoteByOrder(LocalSecondaryIndex["IndexedNote"]):  # type: ignore[no-untyped-call]  # PynamoDB's has no types
    class Meta:
        index_name = "by_order"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    order = NumberAttribute(range_key=True)


class IndexedNote(VersionedModel):
    """The same table through a model that knows more of it."""

    class Meta:
        table_name = table("notes")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    order = NumberAttribute(null=True)
    by_order = NoteByOrder()


def test_models_may_share_a_table(note: Note) -> None:
    listing = Query(model=IndexedNote, hash_key=note.owner, index="by_order")
    assert [found.id for found in listing.page(10).items] == ["1"]
