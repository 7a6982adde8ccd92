"""The comparisons of a filter, as Django parsed them: by DynamoDB's own conditions, and by what it has none for."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import NotSupportedError
from django.db.models import QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.where import AND, XOR, NothingNode, WhereNode
from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition

from dynamo.admin.fields import RANGE_KEY_BYTES, fits_key, fits_number, stored


class UnsupportedQuery(NotSupportedError):
    """No index answers the question, or DynamoDB has no such operation. The message says what would help."""


def _text(value: object) -> str:
    return str(value).casefold()


def _within(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """A test of text in any case; of a set or list, whether one of its words passes."""

    def compare(value: object, wanted: object) -> bool:
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
CONDITIONS: Mapping[str, Callable[[Attribute[Any], Any], Condition]] = {
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
_MAX_IN = 100  # DynamoDB's limit on values of IN


@dataclass(frozen=True)
class Leaf:
    """One comparison of a filter: an attribute, a lookup, a value."""

    name: str
    lookup: str
    wanted: Any

    @classmethod
    def of(cls, node: object) -> "Leaf":
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

    def passes(self, value: object) -> bool:
        """Whether a row with this value is wanted."""
        if self.lookup == "isnull":
            return bool((value is None) == self.wanted)
        try:
            return value is not None and bool(_TESTS[self.lookup](value, self.wanted))
        except (TypeError, AttributeError):
            # For example "contains" of a number, from a URL typed by hand: nothing passes.
            return False

    def condition(self, attribute: Attribute[Any] | None) -> Condition | None:
        """DynamoDB's own condition, or None where it has none that means the same."""
        comparable = self.lookup == "isnull" or isinstance(attribute, _COMPARABLE)
        if attribute is None or not comparable or not self.is_known or self.lookup not in CONDITIONS:
            return None
        if self.lookup == "in" and not 0 < len(self.wanted) <= _MAX_IN:
            return None
        return CONDITIONS[self.lookup](attribute, stored(attribute, self.wanted))

    @property
    def is_for_keys(self) -> bool:
        """Whether DynamoDB takes the value in a key condition: no empty text, none longer than a key can be."""
        return self.is_known and all(fits_key(value, RANGE_KEY_BYTES) for value in self._values)

    @property
    def is_known(self) -> bool:
        """Whether DynamoDB takes the value at all: no number is beyond its own."""
        return all(fits_number(value) for value in self._values if isinstance(value, int | float))

    @property
    def _values(self) -> list[Any]:
        return self.wanted if isinstance(self.wanted, list) else [self.wanted]


# A filter: one comparison, or a function of a row's values made of several (OR, NOT).
Values = Callable[[str], Any]


def matches(node: object, value_of: Values) -> bool:
    """Whether a row with these values passes a filter."""
    if isinstance(node, NothingNode):
        return False
    if isinstance(node, WhereNode):
        results = [matches(child, value_of) for child in node.children]
        if node.connector == XOR:
            return (sum(results) % 2 == 1) != node.negated
        return (all(results) if node.connector == AND else any(results)) != node.negated
    leaf = Leaf.of(node)
    return leaf.passes(value_of(leaf.name))


def conjuncts(node: object) -> Iterator[Any]:
    """What all has to hold: comparisons, and groups that are more than AND."""
    if isinstance(node, WhereNode) and node.connector == AND and not node.negated:
        for child in node.children:
            yield from conjuncts(child)
    else:
        yield node


def names_in(node: object) -> Iterator[str]:
    """The attributes a filter compares."""
    if isinstance(node, WhereNode):
        for child in node.children:
            yield from names_in(child)
    elif not isinstance(node, NothingNode):
        yield Leaf.of(node).name
