"""A QuerySet over DynamoDB: what one Query, or a few keys, can answer. The rest it refuses with a sentence."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast

from django.db.models import Manager, QuerySet
from django.db.models.query import BaseIterable

from dynamo.admin.query.comparisons import UnsupportedQuery
from dynamo.admin.query.planner import MAX_ROWS, Copies, Plan
from dynamo.models import Model
from dynamo.queries import dump_cursor, load_cursor

if TYPE_CHECKING:
    from dynamo.admin.rows import Row  # rows import this module

R = TypeVar("R", bound="Row[Any]")


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
        plan: Plan[Any] = cast(RowQuerySet[Any], self.queryset).plan
        # iterator() asks for chunks: only it may read a whole table, without a limit.
        if self.chunked_fetch:
            bare = plan.order in (None, plan.model._meta.pk.name) and plan.keys is None
            yield from plan.everything() if bare and not plan.empty else plan
            return
        for number, row in enumerate(plan):
            if number == MAX_ROWS:
                raise UnsupportedQuery(f"That is more than {MAX_ROWS} rows: use iterator() or page().")
            yield row


class RowQuerySet(QuerySet[R, R]):
    """Rows: filter(), order_by(), a limit, get(), iterator(), page(), through(). The rest says why not."""

    # Where lists are read in place of the rows' own table.
    copies: Copies | None = None

    # Whatever Django sets: values(), dates() and their like are refused.
    _iterable_class: Any = property(lambda _: RowIterable, lambda *_: None)

    def _clone(self) -> Self:
        made: Self = super()._clone()  # type: ignore[misc]  # Django's own way to a copy of a queryset
        made.copies = self.copies
        return made

    @property
    def plan(self) -> Plan[R]:
        """How DynamoDB answers this queryset. Raises UnsupportedQuery."""
        return Plan(self.model, self.query, self.copies)

    def through(self, model: type[Model], partition: Mapping[str, Any], implied: Iterable[str] = ()) -> Self:
        """The same rows, listed by another table that keeps copies of what lists show, under a hash key of its own.

        For a list filter whose answer is not in an index of the rows' table, such as posts by tag: one Query a page.
        `partition` names that key and its value; `implied` are fields this queryset compares that it has compared
        already. Other filters and the order have to be answered by the copies. A row asked for by its key, as one just
        saved, is still read from its own table and compared in full.
        """
        made = self._clone()
        made.copies = Copies(model, partition, frozenset(implied))
        return made

    def page(self, size: int, cursor: str | None = None) -> RowPage[R]:
        """At most `size` rows from a cursor on, in one Query, or a bounded number where a filter drops rows.

        Raises BadCursor for a cursor that was not made for this list, UnsupportedQuery.
        """
        plan = self.plan
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

    def update(self, **values: object) -> int:
        """Set values on each row at the version it was read at. Raises VersionConflict at the first that changed."""
        rows = list(self)
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        return len(rows)


def _refuse(self: object, *args: object, **kwargs: object) -> NoReturn:
    raise UnsupportedQuery("DynamoDB has no such operation: rows can be filtered, ordered, limited and paged.")


for _name in (
    "aggregate", "alias", "annotate", "bulk_create", "bulk_update", "dates", "datetimes", "difference", "extra",
    "intersection", "raw", "select_for_update", "union", "values", "values_list",
):  # fmt: skip
    setattr(RowQuerySet, _name, _refuse)
for _name in ("delete", "update"):
    # Templates must not call them.
    vars(RowQuerySet)[_name].alters_data = True


def scope_of(plan: Plan[Any]) -> str:
    """What tells a list from every other: its cursors open no other one."""
    place = f"{plan.model._meta.label}:{plan.item.__name__}:{plan.path.index}"
    return f"{place}:{plan.listing.hash_key}:{plan.forward}"


def _page(plan: Plan[R], size: int, cursor: str) -> RowPage[R]:
    listing, scope = plan.listing, scope_of(plan)
    backward = cursor.startswith("b")
    start = load_cursor(cursor[1:], f"{scope}:{cursor[0]}") if cursor else None
    page = replace(listing, forward=listing.forward != backward).page(size, start)
    items = list(page.items)
    onward = page.next_key
    # The way back: there is a row on the other side of each cursor.
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
