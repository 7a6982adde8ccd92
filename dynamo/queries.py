"""Cursor pages: one Query a page, an opaque signed cursor to the next."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.core import signing
from pynamodb.expressions.condition import Condition

from dynamo.connection import shared
from dynamo.errors import BadCursor
from dynamo.models import Model

M = TypeVar("M", bound=Model)
I = TypeVar("I")  # noqa: E741  # an item: an object, or as DynamoDB writes it
RawKey = dict[str, dict[str, Any]]

# With a filter, items are read in steps of this many until the page is full, at most this often.
FILTER_STEP, FILTER_STEPS = 500, 8


@dataclass(frozen=True)
class Page(Generic[I]):
    """One page of items; `next_key` is where the next one starts, None at the end.

    `read` is how many items DynamoDB looked at: more than there are where a filter dropped some.
    """

    items: Sequence[I]
    next_key: RawKey | None
    read: int = 0


@dataclass(frozen=True, kw_only=True)
class Query(Generic[M]):
    """A question that one Query answers: an index, its hash key, a range, an order.

    `filter` drops items after they are read, so it costs reads for what is dropped; a page still comes full unless
    FILTER_STEP * FILTER_STEPS items in a row were dropped, and then it has a cursor to go on with. `keep` is a filter
    for what DynamoDB can't compare, such as text in any case: it costs the same, and the items' way here.
    """

    model: type[M]
    hash_key: Any
    index: str | None = None
    range: Condition | None = None
    filter: Condition | None = None
    keep: Callable[[M], bool] | None = None
    forward: bool = True
    consistent: bool = False

    def page(self, limit: int, start: RawKey | None = None) -> Page[M]:
        """At most `limit` items after `start`, in exactly one Query unless there is a filter."""
        found = self.raw_page(limit, start)
        return Page([self.model.from_raw_data(raw) for raw in found.items], found.next_key, found.read)

    def raw_page(self, limit: int, start: RawKey | None = None) -> Page[RawKey]:
        """The same as DynamoDB writes it: a page that is only shown needs no objects."""
        found: list[RawKey] = []
        read, filtered = 0, self.filter is not None or self.keep is not None
        # One item more than asked tells whether there is a next page, without a request that finds it empty.
        step = FILTER_STEP if filtered else limit + 1
        for _ in range_(FILTER_STEPS if filtered else 1):
            answer = self._query(step, start)
            read += answer["ScannedCount"]
            found += self._kept(answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if start is None or len(found) > limit:
                break
        if len(found) > limit:
            return Page(found[:limit], self._raw_key_of(found[limit - 1]), read)
        return Page(found, start, read)

    def all(self, step: int = 200) -> Iterator[M]:
        """Every item, page by page: for exports and clean-ups, not for a request."""
        start: RawKey | None = None
        while True:
            answer = self._query(step, start)
            yield from map(self.model.from_raw_data, self._kept(answer["Items"]))
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return

    def _kept(self, raws: Iterable[RawKey]) -> Iterable[RawKey]:
        keep = self.keep
        return raws if keep is None else (raw for raw in raws if keep(self.model.from_raw_data(raw)))

    def _query(self, limit: int, start: RawKey | None) -> dict[str, Any]:
        name, kind = _hash_of(self.model, self.index)
        # PynamoDB's own query() writes the same, but slowly.
        names, condition = {name: "#0"}, "#0 = :0"
        values: dict[str, Any] = {":0": {kind: self.hash_key}}
        if self.range is not None:
            condition = f"({condition} AND {self.range.serialize(names, values)})"
        arguments: dict[str, Any] = {
            "TableName": self.model.Meta.table_name,
            "KeyConditionExpression": condition,
            "Limit": limit,
            "ScanIndexForward": self.forward,
            "ConsistentRead": self.consistent,
            "ExpressionAttributeValues": values,
        }
        if self.filter is not None:
            arguments["FilterExpression"] = self.filter.serialize(names, values)
        if self.index is not None:
            arguments["IndexName"] = self.index
        if start is not None:
            arguments["ExclusiveStartKey"] = start
        # Last, as each condition adds its own.
        arguments["ExpressionAttributeNames"] = {short: long for long, short in names.items()}
        return shared().dispatch("Query", arguments)

    def key_of(self, item: M) -> RawKey:
        """Where an item stands in this listing: the cursor of a page that starts after it."""
        return self._raw_key_of(item.serialize())

    def _raw_key_of(self, raw: RawKey) -> RawKey:
        meta: Any = self.model._get_connection().get_meta_table()
        names = meta.get_key_names(self.index)
        return {name: raw[name] for name in names}


@cache
def _hash_of(model: type[Model], index: str | None) -> tuple[str, str]:
    """Name and type of the hash key of a table, or of its index."""
    meta: Any = model._get_connection().get_meta_table()
    name = meta.get_index_hash_keyname(index) if index else meta.hash_keyname
    return name, meta.get_attribute_type(name)


range_ = range  # `range` names a field of Listing above


def dump_cursor(key: RawKey, scope: str) -> str:
    """An opaque cursor that opens only the query named by `scope` (its owner, filters and order)."""
    return signing.Signer(salt=f"dynamo.queries:{scope}").sign_object(key, compress=True)


def load_cursor(cursor: str, scope: str) -> RawKey:
    """The key inside a cursor. Raises BadCursor if it was altered or made for another query."""
    try:
        key: RawKey = signing.Signer(salt=f"dynamo.queries:{scope}").unsign_object(cursor)
    except (signing.BadSignature, ValueError, UnicodeError):
        raise BadCursor("This cursor does not belong to this list.") from None
    return key
