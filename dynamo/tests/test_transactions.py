"""Transactions: what went wrong with them is told apart."""

import uuid

import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute

from dynamo.connection import _translate
from dynamo.errors import CollectionFull, Contended, ItemTooLarge, TransactionFailed, Unavailable
from dynamo.models import VersionedModel, table
from dynamo.transactions import transaction


class Note(VersionedModel):
    """Any item."""

    class Meta:
        table_name = table("notes")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute(null=True)


def test_nothing_is_written_unless_all_is() -> None:
    owner = uuid.uuid4().hex
    Note(owner, "1").create()
    with pytest.raises(TransactionFailed) as failed:
        write_both(owner)
    assert failed.value.reasons == [None, "ConditionalCheckFailed"]
    with pytest.raises(Note.DoesNotExist):
        Note.get(owner, "2")


def write_both(owner: str) -> None:
    """Two notes, the second of which is there."""
    with transaction() as block:
        block.save(Note(owner, "2"))
        block.save(Note(owner, "1"), Note.owner.does_not_exist())


def test_an_item_that_is_too_large_is_told_apart() -> None:
    with pytest.raises(ItemTooLarge), transaction() as block:
        block.save(Note(uuid.uuid4().hex, "1", text="x" * 410_000))


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["None", "TransactionConflict"], Contended),
        (["ConditionalCheckFailed", "TransactionConflict"], Contended),
        (["ThrottlingError", "TransactionConflict"], Unavailable),
        (["None", "ConditionalCheckFailed"], TransactionFailed),
        (["None", "ItemCollectionSizeLimitExceeded"], CollectionFull),
    ],
)
def test_a_meeting_is_no_outage(codes: list[str], kind: type[Exception]) -> None:
    """The embedded AWS carries out one transaction at a time, so these answers are DynamoDB's as documented."""
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    assert type(_translate(ClientError(answer, "TransactWriteItems"))) is kind  # type: ignore[arg-type]


def test_a_single_write_that_meets_a_transaction_may_be_repeated() -> None:
    answer = {
        "Error": {"Code": "TransactionConflictException", "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    assert type(_translate(ClientError(answer, "PutItem"))) is Contended  # type: ignore[arg-type]
