"""An index of a model in a line: what it holds beside the table's keys, and its own."""

from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, Index, KeysOnlyProjection


def index(
    holds: list[str] | None = None,
    kind: type[Index[Any]] = GlobalSecondaryIndex,
    /,
    **keys: type[Attribute[Any]],
) -> Index[Any]:
    """An index called as the model's attribute is; `keys` are its hash key and, if it has one, its range key.

        by_author = index(["title"], author=UnicodeAttribute, created_at=UTCDateTimeAttribute)

    It holds whole items without `holds`, and keys alone where that is empty.
    """
    projection = AllProjection() if holds is None else IncludeProjection(holds) if holds else KeysOnlyProjection()
    parts = zip(keys.items(), (True, False), strict=False)
    made = {name: attribute(hash_key=is_hash, range_key=not is_hash) for (name, attribute), is_hash in parts}
    found: Index[Any] = type(kind.__name__, (kind,), {"Meta": type("Meta", (), {"projection": projection}), **made})()
    return found
