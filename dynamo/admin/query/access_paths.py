"""What an item's table and each of its indexes can answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from dynamo.models import Model


@dataclass(frozen=True)
class AccessPath:
    """A way to rows: the table itself (`index` None) or one of its indexes, by Python names of attributes."""

    index: str | None
    hash: str
    range: str | None
    projected: frozenset[str] | None  # None: every attribute
    consistent: bool

    def holds(self, names: Iterable[str]) -> bool:
        """Whether rows read this way have these attributes."""
        return self.projected is None or self.projected.issuperset(names)


def access_paths(item: type[Model]) -> list[AccessPath]:
    """The table and each of its indexes."""
    table_keys = item.key_names()
    found = [AccessPath(None, table_keys[0], item._range_keyname, None, True)]
    names = {attribute.attr_name: name for name, attribute in item.get_attributes().items()}
    for index in item._indexes.values():
        keys = {attribute.is_hash_key: names[attribute.attr_name] for attribute in index.Meta.attributes.values()}
        projection = index.Meta.projection
        held: frozenset[str] | None = None
        if not isinstance(projection, AllProjection):
            others = [names.get(name, name) for name in projection.non_key_attributes or ()]
            held = frozenset([*keys.values(), *table_keys, *others])
        local = isinstance(index, LocalSecondaryIndex)
        found.append(AccessPath(index.Meta.index_name, keys[True], keys.get(False), held, local))
    return found
