"""Values straight from raw items, without an object for each: answers are made of these.

PynamoDB makes an object of the whole item first, which is slow for lists and maps.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import pynamodb.attributes as kinds
from pynamodb.models import Model

from dynamo.errors import RawItem

Attributes = Mapping[str, kinds.Attribute[Any]]
Read = Callable[[RawItem], Any]


def reader(attribute: kinds.Attribute[Any]) -> Read:
    """What reads this attribute of a raw item: PynamoDB's value, but for maps plain dictionaries by name.

    An attribute that is missing or null is its default, else None, as in an object.
    """
    name, kind, value_of = attribute.attr_name, attribute.attr_type, value_reader(attribute)

    def read(raw: RawItem) -> Any:
        # What is optional is mostly missing, and an exception for each would take longer than all else here.
        if (held := raw.get(name)) is None:
            return default_of(attribute)
        try:
            return value_of(held[kind])
        except KeyError:
            if held.keys() != {"NULL"}:
                raise
            return default_of(attribute)

    return read


def default_of(attribute: kinds.Attribute[Any]) -> Any:
    """What an object has where its item has nothing."""
    default = attribute.default
    return default() if callable(default) else default


def value_reader(attribute: kinds.Attribute[Any]) -> Callable[[Any], Any]:
    """What turns the value in DynamoDB's notation, without its type's name, into the attribute's."""
    match attribute:
        case kinds.UnicodeAttribute() | kinds.BooleanAttribute():
            return as_is
        case kinds.NumberAttribute():
            return _number
        case kinds.UTCDateTimeAttribute():
            return _moment
        case kinds.ListAttribute(element_type=type() as element):
            return list_reader(element())
        case kinds.MapAttribute() if type(attribute) is not kinds.MapAttribute:
            return map_reader(attribute.get_attributes())
    return attribute.deserialize


def as_is(value: object) -> Any:
    """The value: DynamoDB's notation of texts and booleans is their own."""
    return value


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number: float = json.loads(text)
        return number


def _moment(text: str) -> datetime:
    # As PynamoDB writes it: Python reads that three times as fast. Other forms are PynamoDB's to take or to refuse.
    is_usual = len(text) == len("2030-01-31T09:00:00.000000+0000") and text.endswith("+0000")
    return datetime.fromisoformat(text) if is_usual else _deserialize(text)


_deserialize: Callable[[str], datetime] = kinds.UTCDateTimeAttribute().deserialize


def list_reader(element: kinds.Attribute[Any]) -> Callable[[Any], list[Any]]:
    """What reads a list whose elements are all of one kind."""
    kind, value_of = element.attr_type, value_reader(element)
    if value_of is as_is:
        return lambda values: [value[kind] for value in values]
    return lambda values: [value_of(value[kind]) for value in values]


def map_reader(attributes: Attributes) -> Callable[[RawItem], dict[str, Any]]:
    """What reads a map, or a whole item, as a dictionary by the attributes' names."""
    readers = [(name, reader(attribute)) for name, attribute in attributes.items()]
    return lambda raw: {name: read(raw) for name, read in readers}


class ItemView:
    """A raw item with its model's attributes by name, each read when it is asked for. Maps are dictionaries."""

    def __init__(self, model: type[Model], raw: RawItem) -> None:
        self.raw = raw
        self._readers = _readers(model)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._readers[name](self.raw)
        except KeyError:
            raise AttributeError(name) from None


@cache
def _readers(model: type[Model]) -> dict[str, Read]:
    return {name: reader(attribute) for name, attribute in model.get_attributes().items()}


def plain(value: object) -> Any:
    """PynamoDB's value as `reader` would give it: maps are dictionaries."""
    if isinstance(value, kinds.MapAttribute) and type(value) is not kinds.MapAttribute:
        return {name: plain(getattr(value, name)) for name in value.get_attributes()}
    return [plain(each) for each in value] if isinstance(value, list) else value
