"""Raw items straight from an object's values, faster than by PynamoDB.

The kinds that are frequent are written here as PynamoDB writes them, the others by PynamoDB itself.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pynamodb.attributes as kinds
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

Raw = dict[str, dict[str, Any]]
# An object's values by the names of its attributes -> the item.
Write = Callable[[Mapping[str, Any]], Raw]


@cache
def item_writer(model: type[Model]) -> Write:
    """What makes items of this model's values. Raises AttributeNullError for one that is missing and must not be."""
    columns = [
        (name, attribute.attr_name, attribute.attr_type, attribute.null, value_writer(attribute))
        for name, attribute in model.get_attributes().items()
    ]

    def write(values: Mapping[str, Any]) -> Raw:
        item: Raw = {}
        for name, stored, kind, may_be_null, written in columns:
            value = values.get(name)
            try:
                raw = None if value is None else written(value)
            except AttributeNullError as error:
                error.prepend_path(name)
                raise
            if raw is not None:
                item[stored] = {kind: raw}
            elif not may_be_null:
                raise AttributeNullError(name)
        return item

    return write


def value_writer(attribute: kinds.Attribute[Any]) -> Callable[[Any], Any]:
    """What turns a value into DynamoDB's notation, without its type's name."""
    if type(attribute).serialize is kinds.Attribute.serialize:
        return _as_is
    match attribute:
        case kinds.MapAttribute():
            return _map_writer(attribute)
        case kinds.NumberAttribute() if type(attribute).serialize is kinds.NumberAttribute.serialize:
            return _number
        case kinds.UTCDateTimeAttribute() if type(attribute).serialize is kinds.UTCDateTimeAttribute.serialize:
            return _time
        case kinds.ListAttribute(element_type=type() as element) if element is kinds.UnicodeAttribute:
            return lambda values: _texts(values) or attribute.serialize(values)
    return attribute.serialize


def _as_is(value: object) -> Any:
    return value


def _number(value: float) -> str:
    return str(value) if type(value) is int else json.dumps(value)


def _time(moment: datetime) -> str:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{aware.replace(tzinfo=None).isoformat(timespec='microseconds')}+0000"


def _texts(values: list[Any]) -> list[dict[str, str]] | None:
    """None if there is something else among them, such as None: then PynamoDB writes them."""
    return [{"S": value} for value in values] if all(type(value) is str for value in values) else None


def _map_writer(attribute: kinds.MapAttribute[Any, Any]) -> Callable[[Any], Any]:
    def write(value: object) -> Any:
        if isinstance(value, kinds.MapAttribute):
            value.validate(null_check=True)  # raises AttributeNullError
        return attribute.serialize(value)

    return write
