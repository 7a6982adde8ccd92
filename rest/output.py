"""Answers straight from raw items: a function compiled once from a serializer and a model.

The serializer is the one declaration: the schema is made of it, DRF can show an object by it, and what is compiled
shows the item of that object alike. docs/performance.md says what that saves.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pynamodb.attributes import Attribute, ListAttribute, MapAttribute, UTCDateTimeAttribute
from pynamodb.models import Model
from rest_framework import serializers

from dynamo.errors import RawItem
from dynamo.reading import Attributes, as_is, plain, reader, value_reader
from rest.json import stored_time, timestamp
from rest.serializers import NumberField

Context = Mapping[str, Any]
Show = Callable[[RawItem, Context], Any]
Bind = Callable[[object], str]  # gives what an expression refers to a name

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
    """One expression for all fields: a call of a function for each would take longer than what most of them do."""
    names: dict[str, object] = {}

    def bind(value: object) -> str:
        name = f"_{len(names)}"
        names[name] = value
        return name

    fields = ", ".join(f"{name!r}: {_expression(field, attributes, bind)}" for name, field in serializer.fields.items())
    show: Show = eval(f"lambda raw, context: {{{fields}}}", names)  # noqa: S307  # nothing in it comes from outside
    return show


def _expression(field: serializers.Field[Any, Any, Any, Any], attributes: Attributes, bind: Bind) -> str:
    """Python for what the field shows of `raw`."""
    if isinstance(field, Shown):
        values = ", ".join(_stored(attributes[name], bind) for name in field.of)
        return f"{bind(field.show)}(context, {values})"
    if field.source == "*" and isinstance(field, serializers.Serializer):
        return f"{bind(_compiled(field, attributes))}(raw, context)"
    attribute = attributes[str(field.source)]
    match field, attribute:
        case serializers.ListSerializer(child=serializers.Serializer() as child), ListAttribute():
            return _many(child, attribute, bind)
        case serializers.Serializer(), MapAttribute():
            show = bind(_compiled(field, attribute.get_attributes()))
            return f"({show}(held['M'], context) if {_holds(attribute)} else None)"
        case serializers.DateTimeField(), UTCDateTimeAttribute():
            return _time(attribute, bind)
        case serializers.ListField(), ListAttribute():
            return f"({_stored(attribute, bind)} or [])"
        case _ if isinstance(field, AS_STORED):
            return _stored(attribute, bind)
    raise TypeError(f"{type(field).__name__} {field.field_name} of {type(attribute).__name__} can't be compiled.")


def _holds(attribute: Attribute[Any]) -> str:
    """Whether the item has a value of the attribute's type; the value with its type is `held` from there on."""
    return f"(held := raw.get({attribute.attr_name!r})) and {attribute.attr_type!r} in held"


def _stored(attribute: Attribute[Any], bind: Bind) -> str:
    """Its value, as `reader` reads it, without a call where it is as it is stored or missing."""
    value_of, value = value_reader(attribute), f"held[{attribute.attr_type!r}]"
    if value_of is not as_is:
        value = f"{bind(value_of)}({value})"
    other = f"{bind(reader(attribute))}(raw)"
    if not callable(attribute.default):
        other = f"{bind(attribute.default)} if held is None else {other}"
    return f"({value} if {_holds(attribute)} else {other})"


def _time(attribute: UTCDateTimeAttribute, bind: Bind) -> str:
    is_usual = f"{_holds(attribute)} and len(held['S']) == 31"
    return f"({bind(stored_time)}(held['S']) if {is_usual} else {bind(timestamp)}({bind(reader(attribute))}(raw)))"


def _many(child: serializers.Serializer[Any], attribute: ListAttribute[Any], bind: Bind) -> str:
    element: Any = attribute.element_type
    show = _compiled(child, element.get_attributes())

    def show_all(values: Sequence[RawItem], context: Context) -> list[Any]:
        return [show(value["M"], context) for value in values]

    return f"({bind(show_all)}(held['L'], context) if {_holds(attribute)} else {bind(reader(attribute))}(raw) or [])"
