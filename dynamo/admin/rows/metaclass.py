"""How the class of a row is made: its fields are those of the item it names, before Django looks at it."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from django.db import models
from django.db.models.base import ModelBase

from dynamo.admin.fields import HASH_KEY_BYTES, RANGE_KEY_BYTES, derive
from dynamo.models import Model

# The primary key of rows whose items have two: both, as one text.
ROW_KEY = "row_key"


class RowBase(ModelBase):
    """Makes a row's fields of the attributes of the item its class names: `class Post(Row[models.Post])`."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: object) -> Any:
        item = _item_class(attrs.get("__orig_bases__", ()))
        if item is not None:
            attrs = _with_fields(item, attrs)
        return super().__new__(mcs, name, bases, attrs, **kwargs)


def _item_class(bases: Iterable[Any]) -> type[Model] | None:
    arguments = [argument for base in bases for argument in get_args(base)]
    return next((one for one in arguments if isinstance(one, type) and issubclass(one, Model)), None)


def _with_fields(item: type[Model], attrs: dict[str, Any]) -> dict[str, Any]:
    options: Mapping[str, Mapping[str, Any]] = attrs.get("field_options", {})
    fields: dict[str, Any] = derive(item, options)
    for name in attrs.get("partition", {}):
        # The same in every row: nothing to show or to change.
        fields[name].editable = False
    if item._range_keyname is not None:
        made = models.CharField(primary_key=True, editable=False, max_length=HASH_KEY_BYTES + RANGE_KEY_BYTES)
        fields = {ROW_KEY: made, **fields}
    widgets = {name: given["widget"] for name, given in options.items() if "widget" in given}
    # A field written by hand replaces the derived one. Meta's base holds what is the same for every row.
    meta = type("Meta", tuple(filter(None, [attrs.get("Meta")])), {"managed": False, "base_manager_name": "objects"})
    return {"widgets": widgets, **fields, **attrs, "item_class": item, "Meta": meta}
