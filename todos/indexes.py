"""The orders that to-dos are read in, each an index that DynamoDB keeps up to date with the table (docs/adr/0026)."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo.models import VersionedModel


class ByOrder(LocalSecondaryIndex[VersionedModel]):  # type: ignore[no-untyped-call]  # PynamoDB leaves its hook untyped
    """All of them, in the order their owner gave them."""

    class Meta:
        index_name, projection = "by_order", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    order = NumberAttribute(range_key=True)


class ByChanged(LocalSecondaryIndex[VersionedModel]):  # type: ignore[no-untyped-call]
    """All of them and the tombstones, by when they last changed."""

    class Meta:
        index_name, projection = "by_changed", AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)
