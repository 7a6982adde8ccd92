"""System checks: which ordering, filter and search of a list has no index, and how to add one, before anyone waits.

dynamo.E001  an ordering has no index                      dynamo.W001  an ordering hides rows: its index is sparse
dynamo.E002  an index lacks what is filtered or searched   dynamo.W002  an index lacks a column of the list
dynamo.E003  a filter would ask for all values             dynamo.W003  an index lacks the version
dynamo.E004  something the admin would do by SQL           dynamo.I001  a filter or search reads more than it shows
dynamo.E005  a row has Django's ModelAdmin or ModelForm
dynamo.E006  a setting that needs SQL
dynamo.E007  a key that no page's address can hold
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin import FieldListFilter, ShowFacets, SimpleListFilter
from django.contrib.admin.filters import AllValuesFieldListFilter, RelatedFieldListFilter
from django.contrib.admin.sites import all_sites
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from dynamo.admin.fields import STAMPS
from dynamo.admin.forms import RowForm
from dynamo.admin.options import RowAdmin
from dynamo.admin.query.access_paths import AccessPath, access_paths
from dynamo.admin.rows import Row

# Keys that addresses hold as they are; of others a field has to make values of text.
_TYPED = (UnicodeAttribute, NumberAttribute, UTCDateTimeAttribute)
# The number of the message, what is wrong, what helps.
Found = Iterator[tuple[str, str, str]]
_LEVELS = {"E": checks.Error, "W": checks.Warning, "I": checks.Info}


@checks.register(checks.Tags.admin)
def check_lists(**_: object) -> list[checks.CheckMessage]:
    """Every list of every admin site."""
    found = [pair for site in all_sites for pair in site._registry.items() if issubclass(pair[0], Row)]
    return [message for model, admin in found for message in _check(model, admin)]


@checks.register(checks.Tags.admin)
def check_settings(**_: object) -> list[checks.CheckMessage]:
    """What of the settings would ask SQL."""
    stock = "django.contrib.sessions.backends"
    if settings.SESSION_ENGINE not in (f"{stock}.db", f"{stock}.cached_db"):
        return []
    hint = 'Set SESSION_ENGINE = "dynamo.sessions".'
    return [checks.Error("There is no SQL database for sessions.", hint=hint, id="dynamo.E006")]


def _check(model: object, admin: object) -> Iterator[checks.CheckMessage]:
    for check in _CHECKS if isinstance(admin, RowAdmin) else [_check_classes]:
        for number, text, hint in check(model, admin):
            yield _LEVELS[number[0]](text, hint=hint, obj=type(admin), id=f"dynamo.{number}")


def _check_classes(model: object, admin: object) -> Found:
    if not isinstance(admin, RowAdmin):
        yield "E005", "Rows need a RowAdmin.", "Derive it from dynamo.admin.options.RowAdmin."
    elif not issubclass(admin.form, RowForm):
        hint = "Derive it from RowForm, or what others save meanwhile is overwritten unseen."
        yield "E005", "The form of a row needs to be a RowForm.", hint


def _ordering(model: type[Row[Any]], admin: RowAdmin) -> str | None:
    """The attribute a list is ordered by at first."""
    orders = [str(order).lstrip("-") for order in (admin.ordering or model._meta.ordering or ())]
    pk = model._meta.pk.name
    others = [order for order in orders if order not in ("pk", pk)]
    by_key = orders and any(path.range == pk for path in access_paths(model.item_class))
    return others[0] if others else pk if by_key else None


def _listing_path(model: type[Row[Any]], admin: RowAdmin) -> AccessPath | None:
    """The index that lists all rows in the first order."""
    order = _ordering(model, admin)
    return next((p for p in access_paths(model.item_class) if p.hash in model.partition and p.range == order), None)


def index_for(model: type[Row[Any]], order: str, held: set[str]) -> str:
    """How to add an index, ready to be copied."""
    hash_key = next(iter(model.partition), None)
    partition = "" if hash_key else f' and partition = {{"kind": "{model._meta.model_name}"}} on {model.__name__}'
    others = sorted(held - {order, hash_key or "kind"})
    return (
        f"Add to {model.item_class.__name__} and to its table an index with hash key {hash_key or 'kind'!r}, range key "
        f"{order!r}, projection IncludeProjection({others}){partition}."
    )


def _check_ordering(model: type[Row[Any]], admin: RowAdmin) -> Found:
    order = _ordering(model, admin)
    if order is None:
        hint = 'Set `ordering`, such as ["-updated_at"], to the range key of an index over all rows.'
        yield "E001", "A list without an order would read the whole table.", hint
    elif _listing_path(model, admin) is None:
        hint = index_for(model, order, _needed(model, admin))
        yield "E001", f"No index lists all rows by {order!r}.", hint
    elif model.item_class.get_attributes()[order].null and not (model.is_versioned() and order in STAMPS):
        hint = f"Rows without {order!r} are not in its index, and not in the list. Give every row one."
        yield "W001", f"{order!r} may be missing.", hint


def _filtered(model: type[Row[Any]], admin: RowAdmin) -> list[str]:
    """The attributes `list_filter` names."""
    names = [entry[0] if isinstance(entry, tuple | list) else entry for entry in admin.list_filter]
    return [name for name in names if isinstance(name, str)]


def _searched(admin: RowAdmin) -> list[str]:
    return [name.lstrip("^=@").partition("__")[0] for name in admin.search_fields]


def _columns(model: type[Row[Any]], admin: RowAdmin) -> list[str]:
    fields = {field.name for field in model._meta.concrete_fields}
    return [name for name in admin.list_display if isinstance(name, str) and name in fields]


def _needed(model: type[Row[Any]], admin: RowAdmin) -> set[str]:
    """What an index should hold for a list: columns, filters, search, and the version for conflicts."""
    keys = {*model._key_names(), "row_key"}
    return {*_columns(model, admin), *_filtered(model, admin), *_searched(admin), "version"} - keys


def _check_projection(model: type[Row[Any]], admin: RowAdmin) -> Found:
    path = _listing_path(model, admin)
    if path is None:
        return
    order = str(_ordering(model, admin))
    hint = index_for(model, order, _needed(model, admin))
    for name in [*_filtered(model, admin), *_searched(admin)]:
        if not path.holds([name]):
            text = f"The index {path.index} does not hold {name!r}: a filter or search on it would find nothing."
            yield "E002", text, hint
    for name in _columns(model, admin):
        if name != "row_key" and not path.holds([name]):
            text = (
                f"The index {path.index} does not hold the column {name!r}: each row of the list would be read again."
            )
            yield "W002", text, hint
    if not path.holds(["version"]):
        text = f"The index {path.index} does not hold 'version': bulk actions can't tell what has changed meanwhile."
        yield "W003", text, hint


def _check_bounded(model: type[Row[Any]], admin: RowAdmin) -> Found:
    order = _ordering(model, admin)
    served = {path.hash for path in access_paths(model.item_class) if path.range == order} | {order}
    for name in _filtered(model, admin):
        if name not in served:
            date = isinstance(model._meta.get_field(name), DateField)
            keys = f"range key {name!r}, for a list in that order," if date else f"keys {name!r} and {order!r}"
            hint = f"An index with {keys} would read only what is shown."
            text = f"The filter on {name!r} reads rows and drops those that don't fit, at most 4000 a page."
            yield "I001", text, hint
    if admin.search_fields and type(admin).get_search_results is RowAdmin.get_search_results:
        hint = "Keep search words in an index of their own and override get_search_results() to find more."
        yield "I001", "Search looks at 4000 rows a page.", hint


def _check_filters(model: Any, admin: RowAdmin) -> Found:
    for entry in admin.list_filter:
        if isinstance(entry, type) and issubclass(entry, SimpleListFilter):
            continue
        name, given = entry if isinstance(entry, tuple | list) else (entry, None)
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue  # Django's own checks say so.
        stock: Any = FieldListFilter
        filter_class: Any = given or next(each for test, each in stock._field_list_filters if test(field))
        if issubclass(filter_class, AllValuesFieldListFilter | RelatedFieldListFilter):
            hint = "Give the field choices in field_options, or filter by a SimpleListFilter that knows the values."
            text = f"The filter on {name!r} would read every row for the values there are."
            yield "E003", text, hint


def _check_sql(model: type[Row[Any]], admin: RowAdmin) -> Found:
    for name, instead in (
        ("date_hierarchy", "Use list_filter with the date."),
        ("inlines", "Items hold what belongs to them: show it as a field."),
        ("list_select_related", "Rows have no foreign keys."),
    ):
        if getattr(admin, name):
            yield "E004", f"{name} needs SQL.", instead
    if admin.show_facets is not ShowFacets.NEVER:
        hint = "Leave it as it is: no index knows how many rows a filter would find."
        yield "E004", "show_facets needs SQL.", hint


def _check_key(model: type[Row[Any]], admin: RowAdmin) -> Found:
    """A key of another class is compared with the text of the page's address, and never found."""
    names, attributes = model._key_names(), model.item_class.get_attributes()
    for name in names:
        kind = type(attributes[name])
        named = len(names) == 2 or "field_class" in model.field_options.get(name, {})
        if not issubclass(kind, _TYPED) and (issubclass(kind, BinaryAttribute) or not named):
            hint = f'Name a field that makes them of text: field_options = {{"{name}": {{"field_class": UUIDField}}}}.'
            if issubclass(kind, BinaryAttribute):
                hint = "Take a key of text: bytes stand in no address."
            text = f"No page's address leads to a row by the key {name!r}, a {kind.__name__}."
            yield "E007", text, hint


_CHECKS: list[Callable[[Any, Any], Found]] = [
    _check_classes, _check_ordering, _check_projection, _check_bounded, _check_filters, _check_sql, _check_key,
]  # fmt: skip
