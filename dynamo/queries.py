"""Cursor pages: one Query a page, an opaque signed cursor to the next."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nlargest, nsmallest
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from django.core import signing
from pynamodb.expressions.condition import Condition

from dynamo.connection import shared
from dynamo.errors import BadCursor, TooMuch
from dynamo.models import Model

M = TypeVar("M", bound=Model)
I = TypeVar("I")  # noqa: E741  # an item: an object, or as DynamoDB writes it
RawKey = dict[str, dict[str, Any]]

# With a filter, items are read in steps of this many until the page is full, at most this often.
FILTER_STEP, FILTER_STEPS = 500, 8
# Megabytes that are read to be sorted, at most: they take some seconds, and an owner may have ten thousand.
SORT_STEPS = 100


class Page(NamedTuple, Generic[I]):
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
    for what DynamoDB can't compare, such as text in any case: it costs the same, and the items' way here. `sort_by` is
    an order without an index, by a text: each page reads all that the index has, a megabyte a Query, and keeps a
    page of it in memory; beyond SORT_STEPS it is refused. What has no such text is left out, as an index would.
    """

    model: type[M]
    hash_key: Any
    index: str | None = None
    range: Condition | None = None
    filter: Condition | None = None
    keep: Callable[[M], bool] | None = None
    sort_by: str | None = None
    forward: bool = True
    consistent: bool = False

    def page(self, limit: int, start: RawKey | None = None) -> Page[M]:
        """At most `limit` items after `start`, in exactly one Query unless there is a filter."""
        found = self.raw_page(limit, start)
        return Page([self.model.from_raw_data(raw) for raw in found.items], found.next_key, found.read)

    def raw_page(self, limit: int, start: RawKey | None = None) -> Page[RawKey]:
        """The same as DynamoDB writes it: a page that is only shown needs no objects.

        Raises BadCursor for a `start` of another index, as a cursor has that was given before the index changed, and
        TooMuch.
        """
        if start is not None and start.keys() != set(self._key_names()):
            raise BadCursor("This cursor does not belong to this list.")
        if self.sort_by is not None:
            return self._sorted_page(limit, start, self.sort_by)
        # A range up to now, or from now on, moves while its pages are turned; DynamoDB refuses a start outside of it.
        if start is not None and (side := self._side_of(start)):
            if side == (1 if self.forward else -1):
                return Page([], None)
            start = None
        found: list[RawKey] = []
        read, filtered = 0, self.is_filtered
        # One item more than asked tells whether there is a next page, without a request that finds it empty.
        step = FILTER_STEP if filtered else limit + 1
        for answer in islice(self._answers(step, start), FILTER_STEPS if filtered else 1):
            read += answer["ScannedCount"]
            found += self._kept(answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if len(found) > limit:
                break
        if len(found) > limit:
            return Page(found[:limit], self._raw_key_of(found[limit - 1]), read)
        return Page(found, start, read)

    def _side_of(self, start: RawKey) -> int:
        """Where a start is by a range of texts: 0 in it, -1 before all of it, 1 behind it, in ascending order."""
        if self.range is None or self.range.operator not in {"<", "<=", ">", ">=", "BETWEEN"}:
            return 0
        operator, (path, *bounds) = self.range.operator, self.range.values
        place, limits = start[path.path[0]].get("S"), [bound.value.get("S") for bound in bounds]
        if place is None or None in limits:
            return 0
        if operator[0] in ">B" and (place < limits[0] or (place == limits[0] and operator == ">")):
            return -1
        return int(operator[0] in "<B" and (place > limits[-1] or (place == limits[-1] and operator == "<")))

    def _sorted_page(self, limit: int, start: RawKey | None, sort_by: str) -> Page[RawKey]:
        *_, key, _ = self._key_names()  # of the table, with which the order is total

        def place(raw: RawKey) -> tuple[str, str]:
            return raw[sort_by]["S"], raw[key]["S"]

        def follows(raw: RawKey) -> bool:
            return start is None or (place(raw) > place(start) if self.forward else place(raw) < place(start))

        first = nsmallest if self.forward else nlargest
        found: list[RawKey] = []
        read = 0
        for step, answer in enumerate(self._answers(), 1):
            if step == SORT_STEPS and "LastEvaluatedKey" in answer:
                raise TooMuch
            read += answer["ScannedCount"]
            more = [raw for raw in self._kept(answer["Items"]) if sort_by in raw and follows(raw)]
            found = first(limit + 1, [*found, *more], key=place)
        return Page(found[:limit], self._raw_key_of(found[limit - 1]) if len(found) > limit else None, read)

    def all(self, step: int = 200) -> Iterator[M]:
        """Every item, page by page, in the index's order: for exports and clean-ups, not for a request."""
        for answer in self._answers(step):
            yield from map(self.model.from_raw_data, self._kept(answer["Items"]))

    def count(self) -> int:
        """How many items there are, of which none is brought: a Query and up to 128 read units for each megabyte."""
        return sum(int(answer["Count"]) for answer in self._answers(Select="COUNT"))

    @property
    def is_filtered(self) -> bool:
        """Whether items are dropped after they are read."""
        return self.filter is not None or self.keep is not None

    def _kept(self, raws: Iterable[RawKey]) -> Iterable[RawKey]:
        keep = self.keep
        return raws if keep is None else (raw for raw in raws if keep(self.model.from_raw_data(raw)))

    def _answers(
        self, limit: int | None = None, start: RawKey | None = None, **more: object
    ) -> Iterator[dict[str, Any]]:
        """What each Query says, to the end of the index."""
        name, kind = _hash_of(self.model, self.index)
        # PynamoDB's own query() writes the same, but slowly.
        names, condition = {name: "#0"}, "#0 = :0"
        values: dict[str, Any] = {":0": {kind: self.hash_key}}
        if self.range is not None:
            condition = f"({condition} AND {self.range.serialize(names, values)})"
        arguments: dict[str, Any] = {
            "TableName": self.model.Meta.table_name,
            "KeyConditionExpression": condition,
            "ScanIndexForward": self.forward,
            "ConsistentRead": self.consistent,
            "ExpressionAttributeValues": values,
            **more,
        }
        if limit is not None:
            arguments["Limit"] = limit
        if self.filter is not None:
            arguments["FilterExpression"] = self.filter.serialize(names, values)
        if self.index is not None:
            arguments["IndexName"] = self.index
        if start is not None:
            arguments["ExclusiveStartKey"] = start
        # Last, as each condition adds its own.
        arguments["ExpressionAttributeNames"] = {short: long for long, short in names.items()}
        return answers("Query", arguments)

    def key_of(self, item: M) -> RawKey:
        """Where an item stands in this listing: the cursor of a page that starts after it."""
        return self._raw_key_of(item.serialize())

    def _raw_key_of(self, raw: RawKey) -> RawKey:
        return {name: raw[name] for name in self._key_names()}

    def _key_names(self) -> list[str]:
        meta: Any = self.model._get_connection().get_meta_table()
        return [*meta.get_key_names(), self.sort_by] if self.sort_by else meta.get_key_names(self.index)


def answers(operation: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All answers to a Query or Scan as DynamoDB gives them, a megabyte each at most. Raises DynamoError."""
    while True:
        answer = shared().dispatch(operation, arguments)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        arguments = {**arguments, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


@cache
def _hash_of(model: type[Model], index: str | None) -> tuple[str, str]:
    """Name and type of the hash key of a table, or of its index."""
    meta: Any = model._get_connection().get_meta_table()
    name = meta.get_index_hash_keyname(index) if index else meta.hash_keyname
    return name, meta.get_attribute_type(name)


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
