"""The one condition DynamoDB takes on a range key, made of the comparisons that are asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from dynamo.admin.fields import stored
from dynamo.admin.query.access_paths import AccessPath
from dynamo.admin.query.comparisons import CONDITIONS, Leaf

_LOOKUPS = {"exact", "gt", "gte", "lt", "lte", "range", "startswith"}
_STEPS: Mapping[type, Any] = {datetime: timedelta(microseconds=1), int: 1}


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
