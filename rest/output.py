"""Answers straight from raw items: a function compiled once from a serializer and a model.

The serializer is the one declaration: the schema is made of it, DRF can show an object by it, and what is compiled
shows the item of that object alike. docs/performance.md says what that saves.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model
from rest_framework import serializers

from dynamo.errors import RawItem
from dynamo.reading import Attributes, default_of, plain, reader
from rest.json import stored_time, timestamp
from rest.serializers import NumberField

Context = Mapping[str, Any]
Show = Callable[[RawItem, Context], Any]

# What these fields show is what is stored, None included.
AS_STORED = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.UUIDField,
    NumberField,
)


class Shown(serializers.Field[Any, Any, Any, Any]):
    """A field made of stored values, named in `of`, and of what the request knows: the serializer's `context`.

    Mix it into the DRF field that says what comes out, and define `show`.
    """

    def __init__(self, *of: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of

    def show(self, context: Context, *values: object) -> Any:
        """What is answered. Values are as stored, missing ones None; maps are dictionaries."""
        raise NotImplementedError

    def get_attribute(self, instance: object) -> tuple[Any, ...]:
        return tuple(plain(getattr(instance, name)) for name in self.of)

    def to_representation(self, values: tuple[object, ...]) -> Any:
        return self.show(self.context, *values)


class LinkField(Shown, serializers.URLField):
    """An address: `context[base]`, a stored id or name, a slash."""

    def __init__(self, of: str, *, base: str, **kwargs: object) -> None:
        super().__init__(of, **kwargs)
        self.base = base

    def show(self, context: Context, *values: object) -> str:
        return f"{context[self.base]}{values[0]}/"


@cache
def compiled(serializer: type[serializers.Serializer[Any]], model: type[Model]) -> Show:
    """The function that shows a raw item of the model as the serializer would show its object."""
    return _compiled(serializer(), model.get_attributes())


def _compiled(serializer: serializers.Serializer[Any], attributes: Attributes) -> Show:
    shows = [(name, _show(field, attributes)) for name, field in serializer.fields.items()]

    def show(raw: RawItem, context: Context) -> dict[str, Any]:
        return {name: show_field(raw, context) for name, show_field in shows}

    return show


def _show(field: serializers.Field[Any, Any, Any, Any], attributes: Attributes) -> Show:
    if isinstance(field, Shown):
        return _show_made(field, attributes)
    if field.source == "*" and isinstance(field, serializers.Serializer):
        return _compiled(field, attributes)
    attribute = attributes[str(field.source)]
    match field, attribute:
        case serializers.ListSerializer(child=serializers.Serializer() as child), ListAttribute():
            return _show_many(child, attribute)
        case serializers.Serializer(), MapAttribute():
            return _show_one(field, attribute)
        case serializers.DateTimeField(), UTCDateTimeAttribute():
            return _show_time(attribute)
        case serializers.ListField(), ListAttribute():
            return _show_list(attribute)
        case _ if isinstance(field, AS_STORED):
            return _show_stored(attribute)
    raise TypeError(f"{type(field).__name__} {field.field_name} of {type(attribute).__name__} can't be compiled.")


def _show_stored(attribute: Attribute[Any]) -> Show:
    name, kind, read = attribute.attr_name, attribute.attr_type, reader(attribute)

    # One call in place of three: most fields are of this kind.
    def show_as_is(raw: RawItem, context: Context) -> Any:
        held = raw.get(name)
        return held[kind] if held and kind in held else read(raw)

    def show_number(raw: RawItem, context: Context) -> Any:
        held = raw.get(name)
        try:
            return int(held["N"]) if held else read(raw)
        except (KeyError, ValueError):
            return read(raw)

    match attribute:
        case UnicodeAttribute() | BooleanAttribute():
            return show_as_is
        case NumberAttribute():
            return show_number
    return lambda raw, _: read(raw)


def _show_list(attribute: ListAttribute[Any]) -> Show:
    read = reader(attribute)
    return lambda raw, _: read(raw) or []


def _show_made(field: Shown, attributes: Attributes) -> Show:
    show, reads = field.show, [reader(attributes[name]) for name in field.of]
    if len(reads) == 1:
        read = reads[0]
        return lambda raw, context: show(context, read(raw))
    return lambda raw, context: show(context, *[read(raw) for read in reads])


def _show_many(child: serializers.Serializer[Any], attribute: ListAttribute[Any]) -> Show:
    element: Any = attribute.element_type
    name, show = attribute.attr_name, _compiled(child, element.get_attributes())

    def show_all(raw: RawItem, context: Context) -> Any:
        try:
            return [show(each["M"], context) for each in raw[name]["L"]]
        except KeyError:
            if name in raw and "NULL" not in raw[name]:
                raise
            return default_of(attribute) or []

    return show_all


def _show_one(field: serializers.Serializer[Any], attribute: MapAttribute[Any, Any]) -> Show:
    name, show = attribute.attr_name, _compiled(field, attribute.get_attributes())
    return lambda raw, context: show(raw[name]["M"], context) if "M" in raw.get(name, ()) else None


def _show_time(attribute: UTCDateTimeAttribute) -> Show:
    name, read = attribute.attr_name, reader(attribute)

    def show(raw: RawItem, context: Context) -> str | None:
        held = raw.get(name)
        if held is None:
            return timestamp(default_of(attribute))
        text = held.get("S", "")
        return stored_time(text) if len(text) == 31 else timestamp(read(raw))

    return show
