"""How DynamoDB answers a queryset: Django's own Query parses filters and orderings, a Plan reads them back and chooses
an index. DynamoDB filters what it can compare; what it can't, such as text in any case, is compared here, on the same
rows it would have read anyway.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import sql
from django.db.models.sql.where import NothingNode, WhereNode
from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from dynamo.admin.fields import HASH_KEY_BYTES, fits_key, stored
from dynamo.admin.query.access_paths import AccessPath, access_paths
from dynamo.admin.query.comparisons import CONDITIONS, Leaf, UnsupportedQuery, conjuncts, matches, names_in
from dynamo.batches import fetch_many
from dynamo.models import Model
from dynamo.queries import FILTER_STEP, Query

if TYPE_CHECKING:
    from dynamo.admin.rows import Row

R = TypeVar("R", bound="Row[Any]")

# A queryset evaluated as a whole refuses to hold more rows than this; iterator() and page() know no such limit.
MAX_ROWS = 1000
# What a condition on a range key can answer, and the smallest steps of its types.
_LOOKUPS = {"exact", "gt", "gte", "lt", "lte", "range", "startswith"}
_STEPS: Mapping[type, Any] = {datetime: timedelta(microseconds=1), int: 1}


@dataclass(frozen=True)
class Copies:
    """Another table that keeps, under `partition`, a copy of what lists show of some rows.

    `implied` are fields whose comparisons need not be made there: the partition has made them.
    """

    model: type[Model]
    partition: Mapping[str, Any]
    implied: frozenset[str] = frozenset()

    def can_be(self) -> bool:
        """Whether there can be such a partition: a filter's value may be no valid key."""
        return all(fits_key(value, HASH_KEY_BYTES) for value in self.partition.values())

    def access_paths(self) -> list[AccessPath]:
        """The ways to the copies, which hold no more than what was copied."""
        held = frozenset(self.model.get_attributes())
        return [replace(path, projected=path.projected or held) for path in access_paths(self.model)]


class Plan(Generic[R]):
    """By keys, by one Query, or, where all is asked for, by reading the table."""

    def __init__(self, model: type[R], query: sql.Query, copies: Copies | None) -> None:
        self.model, self.query, self.copies = model, query, copies
        self.item: type[Model] = self.copies.model if self.copies else self.model.item_class
        self.partition: Mapping[str, Any] = self.copies.partition if self.copies else self.model.partition
        if query.combinator or query.group_by or query.annotations or query.extra or query.low_mark:
            raise UnsupportedQuery("Rows in DynamoDB can be filtered, ordered and limited, not joined or counted.")
        self.limit = query.high_mark  # the most rows that are wanted
        self.parts = list(conjuncts(self.query.where))
        self.leaves = [Leaf.of(part) for part in self.parts if not isinstance(part, WhereNode | NothingNode)]
        self.order, self.forward = self._ordering()

    def _ordering(self) -> tuple[str | None, bool]:
        query, pk = self.query, self.model._meta.pk.name
        wanted = query.order_by or (query.get_meta().ordering if query.default_ordering else ())
        # The primary key at the end is Django's way to make an order total; in DynamoDB each order is.
        asked = [str(order) for order in wanted or () if str(order).lstrip("-") not in ("pk", pk)]
        if wanted and not asked and any(path.range == pk for path in access_paths(self.item)):
            asked = [f"{'-' * str(wanted[0]).startswith('-')}{pk}"]
        # A repeated attribute adds nothing; the admin adds its own order to a chosen one.
        first: dict[str, str] = {}
        for order in asked:
            first.setdefault(order.lstrip("-"), order)
        orders = list(first.values())
        if len(orders) > 1:
            raise UnsupportedQuery(f"DynamoDB orders by one attribute, not by {', '.join(orders)}.")
        if not orders:
            return None, bool(query.standard_ordering)
        return orders[0].lstrip("-"), orders[0].startswith("-") != query.standard_ordering

    @property
    def empty(self) -> bool:
        """Whether the question answers itself."""
        nowhere = self.copies is not None and not self.copies.can_be()
        return nowhere or self.query.is_empty() or any(isinstance(part, NothingNode) for part in self.parts)

    @cached_property
    def keys(self) -> list[str] | None:
        """The primary keys that are asked for, if that is the question."""
        pk = self.model._meta.pk.name
        for leaf in self.leaves:
            if leaf.name == pk and leaf.lookup in ("exact", "in"):
                return leaf.wanted if leaf.lookup == "in" else [leaf.wanted]
        return None

    @cached_property
    def listing(self) -> Query[Any]:
        """The Query. Raises UnsupportedQuery when no index serves."""
        path = self.path
        equal = self._equal(path.hash)
        wanted = equal.wanted if equal else self.partition[path.hash]
        ranged = [leaf for leaf in self.leaves if is_on_range(leaf, path)]
        condition, exact = range_condition(getattr(self.item, path.range), ranged) if path.range else (None, True)
        done = [equal, *(ranged if exact else ()), *(leaf for leaf in self.leaves if self._is_trivial(leaf, path))]
        rest = [part for part in self.parts if isinstance(part, WhereNode) or Leaf.of(part) not in done]
        pushed = [self._condition(part, path) for part in rest]
        filters = [condition for condition in pushed if condition is not None]
        keep = [part for part, condition in zip(rest, pushed, strict=True) if condition is None]
        return Query(
            model=self.item,
            hash_key=stored(self.item.get_attributes()[path.hash], wanted),
            index=path.index,
            range=condition,
            filter=reduce(operator.and_, filters) if filters else None,
            keep=(lambda item: all(matches(part, self.model.values_of(item)) for part in keep)) if keep else None,
            forward=self.forward,
            consistent=path.consistent,
        )

    @cached_property
    def path(self) -> AccessPath:
        """The index that reads least: with a wanted hash key, then a wanted range. Raises UnsupportedQuery."""
        paths = self.copies.access_paths() if self.copies else access_paths(self.item)
        fitting = [path for path in paths if self._serves(path)]
        if not fitting:
            raise UnsupportedQuery(self._what_is_missing())
        return max(fitting, key=lambda path: (self._equal(path.hash) is not None, self._is_ranged(path)))

    def _serves(self, path: AccessPath) -> bool:
        asked = self._equal(path.hash) is not None
        if not asked and path.hash not in self.partition:
            return False
        if self.order and path.range != self.order:
            return False
        absent = any(leaf.lookup == "isnull" and leaf.wanted and leaf.name == path.range for leaf in self.leaves)
        if absent or not path.holds({name for part in self.parts for name in names_in(part)} - self._implied):
            return False
        # An index that no comparison or order names may be sparse, and would hide rows.
        return bool(self.order or asked or self._is_ranged(path))

    def _equal(self, name: str) -> Leaf | None:
        found = (leaf for leaf in self.leaves if leaf.name == name and leaf.lookup == "exact" and leaf.is_for_keys)
        return next(found, None)

    def _is_ranged(self, path: AccessPath) -> bool:
        return any(is_on_range(leaf, path) for leaf in self.leaves)

    @property
    def _implied(self) -> frozenset[str]:
        return self.copies.implied if self.copies else frozenset()

    def _is_trivial(self, leaf: Leaf, path: AccessPath) -> bool:
        """An index holds only rows that have its keys; and copies, only rows their partition is for."""
        there = leaf.lookup == "isnull" and not leaf.wanted and leaf.name in (path.hash, path.range)
        return there or leaf.name in self._implied

    def _condition(self, part: object, path: AccessPath) -> Condition | None:
        """DynamoDB's own condition, or None where it has none: a filter may not name the keys of what is queried."""
        if isinstance(part, WhereNode):
            return None
        leaf = Leaf.of(part)
        return (
            None if leaf.name in (path.hash, path.range) else leaf.condition(self.item.get_attributes().get(leaf.name))
        )

    def matches(self, item: Model) -> bool:
        """Whether an item that was read by its key is among what is asked for."""
        values = self.model.values_of(item)
        return not self.empty and self.model.is_row(item) and all(matches(part, values) for part in self.parts)

    def _what_is_missing(self) -> str:
        asked = [leaf.name for leaf in self.leaves if leaf.lookup == "exact"]
        if self.order is None:
            return (
                f"Rows of {self.item.__name__} can't be listed without an order: that would read the whole table. "
                "Order by the range key of an index, or use iterator()."
            )
        hashes = " or ".join(dict.fromkeys([*asked, *self.partition])) or "one constant attribute"
        return (
            f"No index of {self.item.__name__} lists its rows by {self.order}: add one with hash key {hashes}, "
            f"range key {self.order}, and a projection that holds what is filtered and searched."
        )

    # --- Reading ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[R]:
        if self.empty or self.limit == 0:
            return iter(())
        if self.keys is not None:
            return iter(self.by_key())
        step = FILTER_STEP if self.limit is None or self.listing.is_filtered else self.limit
        return map(self.row, islice(self.rows_among(self.listing.all(step)), self.limit))

    def by_key(self) -> list[R]:
        """The rows of `keys`, in that order, if they pass the other filters: one GetItem, or BatchGetItem per 100.

        Raises UnsupportedQuery for more than MAX_ROWS.
        """
        keys = list(dict.fromkeys(self.keys or ()))
        if len(keys) > MAX_ROWS:
            raise UnsupportedQuery(f"Ask for at most {MAX_ROWS} keys at once.")
        found = fetch_many(self.model.item_class, [key for pk in keys if (key := self.model.key_of(pk)) is not None])
        rows = {row.pk: row for row in (self.model.from_item(item) for item in found if self.matches(item))}
        return [rows[pk] for pk in keys if pk in rows][: self.limit]

    def rows_among(self, items: Iterable[Any]) -> Iterator[Any]:
        """Without what else the table holds, as far as the index can tell: its keys say so, where one is constant."""
        tells = self.copies is None and self.path.holds(self.model.partition)
        return (item for item in items if not tells or self.model.is_row(item))

    def everything(self) -> Iterator[R]:
        """Every row of the table, in no order, by Scan: for exports, never for a page."""
        for item in self.model.item_class.scan(consistent_read=True, page_size=500):
            if self.matches(item):
                yield self.model.from_item(item)

    def row(self, item: Model) -> R:
        """A row of an item this plan's listing read, which may lack what the index does not project."""
        if self.copies is None:
            row: R = self.model.from_item(item, self.path.projected)
            return row
        names = (self.path.projected or frozenset()) & self.model.item_class.get_attributes().keys()
        copied: R = self.model.from_item(self.model.item_class(**{name: getattr(item, name) for name in names}), names)
        return copied


def is_on_range(leaf: Leaf, path: AccessPath) -> bool:
    """Whether the path's range key can answer a comparison."""
    return leaf.name == path.range and leaf.lookup in _LOOKUPS and leaf.is_for_keys


def range_condition(attribute: Attribute[Any], leaves: Sequence[Leaf]) -> tuple[Condition | None, bool]:
    """A condition, and whether it says all of `leaves`. Two bounds merge."""
    if not leaves:
        return None, True
    bounds = {leaf.lookup: stored(attribute, leaf.wanted) for leaf in leaves}
    low, high = _inclusive(bounds, "gte", "gt", 1), _inclusive(bounds, "lte", "lt", -1)
    if len(leaves) == 2 and low is not None and high is not None:
        # BETWEEN refuses bounds in the wrong order; one bound and a comparison here find nothing just as well.
        return (attribute.between(low, high), True) if low <= high else (attribute >= low, False)
    return _one(attribute, leaves[0]), len(leaves) == 1


def _one(attribute: Attribute[Any], leaf: Leaf) -> Condition:
    wanted = stored(attribute, leaf.wanted)
    return attribute.startswith(wanted) if leaf.lookup == "startswith" else CONDITIONS[leaf.lookup](attribute, wanted)


def _inclusive(bounds: Mapping[str, Any], inclusive: str, exclusive: str, sign: int) -> Any:
    """A bound as BETWEEN takes it, or None: an exclusive one moves by the smallest step of its type."""
    if inclusive in bounds:
        return bounds[inclusive]
    value = bounds.get(exclusive)
    step = next((step for kind, step in _STEPS.items() if isinstance(value, kind)), None)
    try:
        return None if step is None else value + sign * step
    except OverflowError:
        # The last moment there is.
        return value
