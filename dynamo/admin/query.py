"""A QuerySet over DynamoDB: it answers what one Query, or a few keys, can answer, and refuses the rest with a sentence.

Django's own Query parses filters and orderings; a Plan reads them back and chooses an index. DynamoDB filters what it
can compare; what it can't, such as text in any case, is compared here, on the same rows it would have read anyway.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from django.db import NotSupportedError
from django.db.models import Manager, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.query import BaseIterable
from django.db.models.sql.where import AND, XOR, NothingNode, WhereNode
from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo.admin.fields import RANGE_KEY_BYTES, fits_number, stored
from dynamo.connection import shared
from dynamo.errors import NotFound, Unavailable
from dynamo.models import Key, Table
from dynamo.pages import Listing, dump_cursor, load_cursor

if TYPE_CHECKING:
    from dynamo.admin.rows import Row

R = TypeVar("R", bound="Row[Any]")

# A queryset evaluated as a whole refuses to hold more rows than this; iterator() and page() know no such limit.
MAX_ROWS = 1000
# DynamoDB's limit on keys in one BatchGetItem, and how often unprocessed ones are asked for again.
BATCH, BATCH_TRIES = 100, 4


class UnsupportedQuery(NotSupportedError):
    """No index answers the question, or DynamoDB has no such operation. The message says what would help."""


# --- What an index can do -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """A way to rows: the table itself (`index` None) or one of its indexes, by Python names of attributes."""

    index: str | None
    hash: str
    range: str | None
    projected: frozenset[str] | None  # None: every attribute
    consistent: bool

    def holds(self, names: Iterable[str]) -> bool:
        """Whether rows read this way have these attributes."""
        return self.projected is None or self.projected.issuperset(names)


def paths(item: type[Table]) -> list[Path]:
    """The table and each of its indexes."""
    table_keys = [str(name) for name in (item._hash_keyname, item._range_keyname) if name]
    found = [Path(None, table_keys[0], table_keys[1] if item._range_keyname else None, None, True)]
    names = {attribute.attr_name: name for name, attribute in item.get_attributes().items()}
    for index in item._indexes.values():
        keys = {attribute.is_hash_key: names[attribute.attr_name] for attribute in index.Meta.attributes.values()}
        projection = index.Meta.projection
        held: frozenset[str] | None = None
        if not isinstance(projection, AllProjection):
            others = [names.get(name, name) for name in projection.non_key_attributes or ()]
            held = frozenset([*keys.values(), *table_keys, *others])
        local = isinstance(index, LocalSecondaryIndex)
        found.append(Path(index.Meta.index_name, keys[True], keys.get(False), held, local))
    return found


# --- Comparing a value as DynamoDB would, and as it can't ----------------------------------------------------------


def _text(value: Any) -> str:
    return str(value).casefold()


def _within(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """A test of text in any case; of a set or list, whether one of its words passes."""

    def compare(value: Any, wanted: Any) -> bool:
        values = value if isinstance(value, set | list) else [value]
        return any(test(_text(one), _text(wanted)) for one in values)

    return compare


# Lookup -> the test here. A row without the attribute passes none of them.
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "iexact": _within(operator.eq),
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "range": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "contains": lambda value, wanted: wanted in value,
    "icontains": _within(lambda value, wanted: wanted in value),
    "startswith": lambda value, wanted: value.startswith(wanted),
    "istartswith": _within(str.startswith),
    "endswith": lambda value, wanted: value.endswith(wanted),
    "iendswith": _within(str.endswith),
}
# Lookup -> DynamoDB's condition, where its answer is exactly the same.
_CONDITIONS: Mapping[str, Callable[[Attribute[Any], Any], Condition]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda attribute, wanted: attribute.is_in(*wanted),
    "range": lambda attribute, wanted: attribute.between(*wanted),
    "isnull": lambda attribute, wanted: attribute.does_not_exist() if wanted else attribute.exists(),
}
_COMPARABLE = (UnicodeAttribute, NumberAttribute, BooleanAttribute, UTCDateTimeAttribute)
_ON_RANGE_KEY = {"exact", "gt", "gte", "lt", "lte", "range", "startswith"}
_STEPS: Mapping[type, Any] = {datetime: timedelta(microseconds=1), int: 1}
MAX_IN = 100  # DynamoDB's limit on values of IN


@dataclass(frozen=True)
class Leaf:
    """One comparison of a filter: an attribute, a lookup, a value."""

    name: str
    lookup: str
    wanted: Any

    @classmethod
    def of(cls, node: Any) -> "Leaf":
        """Raises UnsupportedQuery for what isn't a plain comparison of one field."""
        if not isinstance(node, Lookup) or not isinstance(node.lhs, Col):
            raise UnsupportedQuery(f"DynamoDB has no {getattr(node, 'lookup_name', type(node).__name__)!r} comparison.")
        wanted = node.rhs
        if hasattr(wanted, "resolve_expression") or isinstance(wanted, QuerySet):
            raise UnsupportedQuery("DynamoDB compares with values, not with other fields or queries.")
        name, lookup = node.lhs.target.name, str(node.lookup_name)
        if lookup not in _TESTS and lookup != "isnull":
            raise UnsupportedQuery(f"DynamoDB has no {lookup!r} comparison (of {name}).")
        if lookup in ("in", "range"):
            wanted = list(wanted)
        if lookup == "range" and len(wanted) != 2:
            raise UnsupportedQuery("A range has two ends.")
        return cls(name, lookup, wanted)

    def passes(self, value: Any) -> bool:
        """Whether a row with this value is wanted."""
        if self.lookup == "isnull":
            return bool((value is None) == self.wanted)
        try:
            return value is not None and bool(_TESTS[self.lookup](value, self.wanted))
        except (TypeError, AttributeError):
            # "contains" of a number, say: an address typed by hand may ask for it, and nothing passes.
            return False

    @property
    def is_for_keys(self) -> bool:
        """Whether DynamoDB takes the value in a key condition: no empty text, none longer than a key can be."""
        texts = [value for value in self._values if isinstance(value, str)]
        return self.is_known and all(0 < len(text.encode()) <= RANGE_KEY_BYTES for text in texts)

    @property
    def is_known(self) -> bool:
        """Whether DynamoDB takes the value at all: no number is beyond its own."""
        return all(fits_number(value) for value in self._values if isinstance(value, int | float))

    @property
    def _values(self) -> list[Any]:
        return self.wanted if isinstance(self.wanted, list) else [self.wanted]


# A filter: one comparison, or a function of a row's values made of several (OR, NOT).
Values = Callable[[str], Any]


def _matches(node: Any, value_of: Values) -> bool:
    if isinstance(node, NothingNode):
        return False
    if isinstance(node, WhereNode):
        results = [_matches(child, value_of) for child in node.children]
        if node.connector == XOR:
            return (sum(results) % 2 == 1) != node.negated
        return (all(results) if node.connector == AND else any(results)) != node.negated
    leaf = Leaf.of(node)
    return leaf.passes(value_of(leaf.name))


def _conjuncts(node: Any) -> Iterator[Any]:
    """What all has to hold: comparisons, and groups that are more than AND."""
    if isinstance(node, WhereNode) and node.connector == AND and not node.negated:
        for child in node.children:
            yield from _conjuncts(child)
    else:
        yield node


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, WhereNode):
        for child in node.children:
            yield from _names(child)
    elif not isinstance(node, NothingNode):
        yield Leaf.of(node).name


# --- The plan -----------------------------------------------------------------------------------------------------


class Plan(Generic[R]):
    """How DynamoDB answers a queryset: by keys, by one Query, or, where all is asked for, by reading the table."""

    def __init__(self, queryset: "RowQuerySet[R]") -> None:
        self.model, self.query = queryset.model, queryset.query
        self.item = self.model.item_class
        self._refuse_what_sql_has()
        self.parts = list(_conjuncts(self.query.where))
        self.leaves = [Leaf.of(part) for part in self.parts if not isinstance(part, WhereNode | NothingNode)]
        self.order, self.forward = self._ordering()

    def _refuse_what_sql_has(self) -> None:
        query = self.query
        if query.combinator or query.group_by or query.annotations or query.extra or query.low_mark:
            raise UnsupportedQuery("Rows in DynamoDB can be filtered, ordered and limited, not joined or counted.")

    def _ordering(self) -> tuple[str | None, bool]:
        query, pk = self.query, self.model._meta.pk.name
        wanted = query.order_by or (query.get_meta().ordering if query.default_ordering else ())
        # The primary key at the end is Django's way to make an order total; in DynamoDB each order is.
        asked = [str(order) for order in wanted or () if str(order).lstrip("-") not in ("pk", pk)]
        # An attribute that comes again, as where the admin adds its own order to a chosen one, adds nothing.
        orders = [order for number, order in enumerate(asked) if order.lstrip("-") not in _bare(asked[:number])]
        if len(orders) > 1:
            raise UnsupportedQuery(f"DynamoDB orders by one attribute, not by {', '.join(orders)}.")
        if not orders:
            return None, bool(query.standard_ordering)
        return orders[0].lstrip("-"), orders[0].startswith("-") != query.standard_ordering

    @property
    def limit(self) -> int | None:
        """The most rows that are wanted."""
        return self.query.high_mark

    @property
    def empty(self) -> bool:
        """Whether the question answers itself."""
        return self.query.is_empty() or any(isinstance(part, NothingNode) for part in self.parts)

    @cached_property
    def keys(self) -> list[str] | None:
        """The primary keys that are asked for, if that is the question."""
        pk = self.model._meta.pk.name
        for leaf in self.leaves:
            if leaf.name == pk and leaf.lookup in ("exact", "in"):
                return leaf.wanted if leaf.lookup == "in" else [leaf.wanted]
        return None

    @cached_property
    def listing(self) -> Listing[Any]:
        """The Query. Raises UnsupportedQuery when no index serves."""
        path = self.path
        equal = self._equal(path.hash)
        ranged = [leaf for leaf in self.leaves if _is_on_range(leaf, path)]
        condition, exact = self._range_condition(path.range, ranged)
        done = [equal, *(ranged if exact else ()), *(leaf for leaf in self.leaves if self._is_trivial(leaf, path))]
        rest = [part for part in self.parts if isinstance(part, WhereNode) or Leaf.of(part) not in done]
        pushed = [self._condition(part, path) for part in rest]
        filters = [condition for condition in pushed if condition is not None]
        keep = [part for part, condition in zip(rest, pushed, strict=True) if condition is None]
        return Listing(
            model=self.item,
            hash_key=self._stored(path.hash, equal.wanted) if equal else self.model.partition[path.hash],
            index=path.index,
            range=condition,
            filter=reduce(operator.and_, filters) if filters else None,
            keep=(lambda item: all(_matches(part, self.model.values_of(item)) for part in keep)) if keep else None,
            forward=self.forward,
            consistent=path.consistent,
        )

    @cached_property
    def path(self) -> Path:
        """The index that reads the least: one whose hash key is asked for, then one whose range is. Raises."""
        fitting = [path for path in paths(self.item) if self._serves(path)]
        if not fitting:
            raise UnsupportedQuery(self._what_is_missing())
        return max(fitting, key=lambda path: (self._equal(path.hash) is not None, self._is_ranged(path)))

    def _serves(self, path: Path) -> bool:
        asked = self._equal(path.hash) is not None
        if not asked and path.hash not in self.model.partition:
            return False
        if self.order and path.range != self.order:
            return False
        absent = any(leaf.lookup == "isnull" and leaf.wanted and leaf.name == path.range for leaf in self.leaves)
        if absent or not path.holds({name for part in self.parts for name in _names(part)}):
            return False
        # An index nothing asks for may be sparse: it would hide rows.
        return bool(self.order or asked or self._is_ranged(path))

    def _equal(self, name: str) -> Leaf | None:
        found = (leaf for leaf in self.leaves if leaf.name == name and leaf.lookup == "exact" and leaf.is_for_keys)
        return next(found, None)

    def _is_ranged(self, path: Path) -> bool:
        return any(_is_on_range(leaf, path) for leaf in self.leaves)

    @staticmethod
    def _is_trivial(leaf: Leaf, path: Path) -> bool:
        """An index holds only rows that have its keys."""
        return leaf.lookup == "isnull" and not leaf.wanted and leaf.name in (path.hash, path.range)

    def _range_condition(self, name: str | None, leaves: Sequence[Leaf]) -> tuple[Condition | None, bool]:
        """The one condition DynamoDB takes on a range key, and whether it says all of `leaves`. Two bounds merge."""
        if name is None or not leaves:
            return None, True
        attribute = getattr(self.item, name)
        bounds = {leaf.lookup: self._stored(name, leaf.wanted) for leaf in leaves}
        if len(leaves) == 1:
            return _key_condition(attribute, leaves[0].lookup, bounds[leaves[0].lookup]), True
        low, high = _inclusive(bounds, "gte", "gt", 1), _inclusive(bounds, "lte", "lt", -1)
        if len(leaves) == 2 and low is not None and high is not None:
            # BETWEEN refuses bounds in the wrong order; one bound and a comparison here find nothing just as well.
            return (attribute.between(low, high), True) if low <= high else (attribute >= low, False)
        return _key_condition(attribute, leaves[0].lookup, bounds[leaves[0].lookup]), False

    def _condition(self, part: Any, path: Path) -> Condition | None:
        """DynamoDB's own condition, or None where it has none: a filter may not name the keys of what is queried."""
        if isinstance(part, WhereNode):
            return None
        leaf = Leaf.of(part)
        attribute = self.item.get_attributes().get(leaf.name)
        comparable = leaf.lookup == "isnull" or isinstance(attribute, _COMPARABLE)
        if (
            attribute is None
            or not comparable
            or not leaf.is_known
            or leaf.lookup not in _CONDITIONS
            or leaf.name in (path.hash, path.range)
        ):
            return None
        if leaf.lookup == "in" and not 0 < len(leaf.wanted) <= MAX_IN:
            return None
        return _CONDITIONS[leaf.lookup](attribute, self._stored(leaf.name, leaf.wanted))

    def _stored(self, name: str, wanted: Any) -> Any:
        return stored(self.item.get_attributes()[name], wanted)

    def matches(self, item: Table) -> bool:
        """Whether an item that was read by its key is among what is asked for."""
        values = self.model.values_of(item)
        return not self.empty and self.model.is_row(item) and all(_matches(part, values) for part in self.parts)

    def _what_is_missing(self) -> str:
        asked = [leaf.name for leaf in self.leaves if leaf.lookup == "exact"]
        if self.order is None:
            return (
                f"Rows of {self.item.__name__} can't be listed without an order: that would read the whole table. "
                "Order by the range key of an index, or use iterator()."
            )
        hashes = " or ".join(dict.fromkeys([*asked, *self.model.partition])) or "one constant attribute"
        return (
            f"No index of {self.item.__name__} lists its rows by {self.order}: add one with hash key {hashes}, "
            f"range key {self.order}, and a projection that holds what is filtered and searched."
        )

    # --- Reading ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[R]:
        if self.empty or self.limit == 0:
            return iter(())
        return iter(self.by_key()) if self.keys is not None else self._listed()

    def by_key(self) -> list[R]:
        """The rows of `keys`, in that order, if they pass the other filters: one GetItem, or BatchGetItem per 100."""
        keys = list(dict.fromkeys(self.keys or ()))
        if len(keys) > MAX_ROWS:
            raise UnsupportedQuery(f"Ask for at most {MAX_ROWS} keys at once.")
        found = fetch_many(self.item, [key for pk in keys if (key := self.model.key_of(pk)) is not None])
        rows = {row.pk: row for row in (self.model.from_item(item) for item in found if self.matches(item))}
        return [rows[pk] for pk in keys if pk in rows][: self.limit]

    def _listed(self) -> Iterator[R]:
        if self.limit is not None:
            items: Iterable[Any] = self.listing.page(self.limit).items
        else:
            items = self.listing.all()
        return map(self.row, self.rows_among(items))

    def rows_among(self, items: Iterable[Any]) -> Iterator[Any]:
        """Without what else the table holds, as far as the index can tell: its keys say so, where one is constant."""
        tells = self.path.holds(self.model.partition)
        return (item for item in items if not tells or self.model.is_row(item))

    def everything(self) -> Iterator[R]:
        """Every row of the table, in no order, by Scan: for exports, never for a page."""
        for item in self.item.scan(consistent_read=True, page_size=500):
            if self.matches(item):
                yield self.model.from_item(item)

    def row(self, item: Table) -> R:
        """A row of an item this plan's listing read, which may lack what the index does not project."""
        return self.model.from_item(item, self.path.projected)


def _bare(orders: Iterable[str]) -> set[str]:
    return {order.lstrip("-") for order in orders}


def _is_on_range(leaf: Leaf, path: Path) -> bool:
    return leaf.name == path.range and leaf.lookup in _ON_RANGE_KEY and leaf.is_for_keys


def _key_condition(attribute: Any, lookup: str, wanted: Any) -> Condition:
    if lookup == "startswith":
        condition: Condition = attribute.startswith(wanted)
        return condition
    return _CONDITIONS[lookup](attribute, wanted)


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


def fetch_many(model: type[Table], keys: Sequence[Key]) -> list[Any]:
    """The items of these keys that are there, read consistently, in no order. Raises Unavailable."""
    if len(keys) == 1:
        try:
            return [model.fetch(keys[0])]
        except NotFound:
            return []
    found = (item for start in range(0, len(keys), BATCH) for item in _batch(model, keys[start : start + BATCH]))
    return [item for item in found if not item.is_expired()]


def _batch(model: type[Table], keys: Sequence[Key]) -> Iterator[Any]:
    connection, wanted = model._get_connection(), [_raw_key(model, key) for key in keys]
    for _ in range(BATCH_TRIES):
        answer = shared().batch_get_item(connection.table_name, cast(Any, wanted), consistent_read=True)
        for raw in answer["Responses"].get(connection.table_name, []):
            yield model.from_raw_data(raw)
        wanted = answer.get("UnprocessedKeys", {}).get(connection.table_name, {}).get("Keys", [])
        if not wanted:
            return
    raise Unavailable("DynamoDB left keys of a batch unread.")


def _raw_key(model: type[Table], key: Key) -> dict[str, Any]:
    attributes = model.get_attributes()
    names = [str(name) for name in (model._hash_keyname, model._range_keyname) if name]
    return {
        attributes[name].attr_name: attributes[name].serialize(value) for name, value in zip(names, key, strict=True)
    }


# --- The queryset -------------------------------------------------------------------------------------------------


@dataclass
class RowPage(Generic[R]):
    """One page of a list. The cursors are signed and open this list only; None where there is nothing more."""

    rows: list[R]
    next: str | None = None
    previous: str | None = None
    read: int = 0  # items DynamoDB looked at
    partial: bool = False  # it looked at as many as it may, and found fewer rows than fit


class RowIterable(BaseIterable):  # type: ignore[type-arg]  # generic only for the type checker
    """What Django's QuerySet iterates over in place of a SQL cursor."""

    def __iter__(self) -> Iterator[Any]:
        plan: Plan[Any] = Plan(cast(RowQuerySet[Any], self.queryset))
        # iterator() asks for chunks: only there is a whole table read, and no limit set.
        if self.chunked_fetch:
            bare = plan.order is None and plan.keys is None
            yield from plan.everything() if bare and not plan.empty else plan
            return
        for number, row in enumerate(plan):
            if number == MAX_ROWS:
                raise UnsupportedQuery(f"That is more than {MAX_ROWS} rows: use iterator() or page().")
            yield row


class RowQuerySet(QuerySet[R, R]):
    """Rows: filter(), order_by(), a limit, get(), iterator(), page(). The rest says why not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iterable_class: Any = RowIterable

    def page(self, size: int, cursor: str | None = None) -> RowPage[R]:
        """At most `size` rows from a cursor on, in one Query, or a bounded number where a filter drops rows.

        Raises BadCursor for a cursor that was not made for this list, UnsupportedQuery.
        """
        plan: Plan[R] = Plan(self)
        if plan.empty or plan.keys is not None:
            rows = list(plan)[:size]
            return RowPage(rows, read=len(rows))
        return _page(plan, size, cursor or "")

    def count(self) -> int:
        """How many rows, if they are at most MAX_ROWS: DynamoDB counts by reading. Raises UnsupportedQuery."""
        return len(self)

    def exists(self) -> bool:
        """Whether there is a row. One request."""
        return bool(self) if self._result_cache is not None else bool(self[:1])

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete each row at the version it was read at. Raises VersionConflict at the first that has changed."""
        rows = list(self)
        for row in rows:
            row.delete()
        return len(rows), {self.model._meta.label: len(rows)}

    def update(self, **values: Any) -> int:
        """Set values on each row at the version it was read at. Raises VersionConflict at the first that changed."""
        rows = list(self)
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        return len(rows)


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise UnsupportedQuery("DynamoDB has no such operation: rows can be filtered, ordered, limited and paged.")


for _name in (
    "aggregate", "alias", "annotate", "bulk_create", "bulk_update", "dates", "datetimes", "difference", "extra",
    "intersection", "raw", "select_for_update", "union", "values", "values_list",
):  # fmt: skip
    setattr(RowQuerySet, _name, _refuse)
for _name in ("delete", "update"):
    # Templates must not call them.
    vars(RowQuerySet)[_name].alters_data = True


def _page(plan: Plan[R], size: int, cursor: str) -> RowPage[R]:
    listing, scope = plan.listing, f"{plan.model._meta.label}:{plan.path.index}:{plan.listing.hash_key}:{plan.forward}"
    backward = cursor.startswith("b")
    start = load_cursor(cursor[1:], f"{scope}:{cursor[0]}") if cursor else None
    page = replace(listing, forward=listing.forward != backward).page(size, start)
    items = list(page.items)
    onward = page.next_key
    # Where we came from: there is a row on the other side of each cursor.
    back = start and (listing.key_of(items[0]) if items else start)
    if backward:
        items.reverse()
        onward, back = back, onward
    return RowPage(
        [plan.row(item) for item in plan.rows_among(items)],
        next="f" + dump_cursor(onward, f"{scope}:f") if onward else None,
        previous="b" + dump_cursor(back, f"{scope}:b") if back else None,
        read=page.read,
        partial=page.next_key is not None and len(items) < size,
    )


class RowManager(Manager.from_queryset(RowQuerySet)):  # type: ignore[misc]  # a base that Django makes at run time
    """`objects` of every row."""
