"""Serializers that take JSON at its word: no unknown fields, no strings for numbers, no guessing."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

S = TypeVar("S", bound=serializers.BaseSerializer[Any])

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


_checkers: dict[tuple[type[Any], bool], Any] = {}


def checker(serializer: type[S], *, partial: bool = False) -> S:
    """The one serializer of its kind that checks input: call `run_validation`, which keeps nothing.

    DRF copies every field for every request, and that takes three times as long as the check.
    """
    known: S | None = _checkers.get((serializer, partial))
    if known is None:
        known = serializer(partial=partial)
        _ = getattr(known, "fields", None)  # made now, not by two threads at once
        _checkers[serializer, partial] = known
    return known


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, and read-only ones, instead of ignoring them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {name: ["There is no such field."] for name in data if name not in self.fields}
            read_only = {
                name: ["This field cannot be set."]
                for name in data
                if name in self.fields and self.fields[name].read_only
            }
            if unknown or read_only:
                raise ValidationError({**unknown, **read_only}, code="unknown")
        return super().to_internal_value(data)


class CharField(serializers.CharField):
    """A JSON string, nothing that could be turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not (isinstance(data, int) or (isinstance(data, float) and data.is_integer())):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class NumberField(serializers.FloatField):
    """A finite JSON number; whole numbers stay whole."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            self.fail("invalid")
        return int(data) if float(data).is_integer() else float(data)

    def to_representation(self, value: Any) -> Any:
        return value


class DateTimeField(serializers.DateTimeField):
    """RFC 3339 with an offset, kept in UTC. A time without an offset means another moment in every place: refused."""

    default_error_messages = {"rfc3339": "Use RFC 3339 with an offset, as in 2030-01-31T09:00:00Z."}

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _RFC3339.fullmatch(data):
            self.fail("rfc3339")
        try:
            return super().to_internal_value(data.upper()).astimezone(UTC)
        except (OverflowError, ValueError):
            self.fail("rfc3339")
