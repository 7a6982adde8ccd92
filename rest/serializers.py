"""Serializers that take JSON at its word: no unknown fields, no strings for numbers, no guessing."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import get_error_detail
from rest_framework.validators import ProhibitSurrogateCharactersValidator

S = TypeVar("S", bound=serializers.BaseSerializer[Any])

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


_checkers: dict[tuple[type[Any], bool], Any] = {}


def checker(serializer: type[S], *, partial: bool = False) -> S:
    """The one serializer of its kind that checks input: call `run_validation`, which keeps nothing.

    DRF copies every field for every request, which takes longer than the check itself.
    """
    known: S | None = _checkers.get((serializer, partial))
    if known is None:
        known = serializer(partial=partial)
        _ = getattr(known, "fields", None)  # made now, not by two threads at once
        _checkers[serializer, partial] = known
    return known


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, and read-only ones, instead of ignoring them.

    A field's name is where its value goes: there is no `source`.
    """

    @cached_property
    def _checks(self) -> list[tuple[str, serializers.Field[Any, Any, Any, Any], Callable[[Any], Any] | None]]:
        fields = {name: field for name, field in self.fields.items() if not field.read_only}
        return [(name, field, getattr(self, f"validate_{name}", None)) for name, field in fields.items()]

    @cached_property
    def _left_out(self) -> dict[str, Any]:
        """What fields are that are left out, `empty` for nothing: the same for every request, but for made defaults."""
        known: dict[str, Any] = {}
        for name, field, _ in self._checks:
            if field.default is serializers.empty or not callable(field.default):
                try:
                    known[name] = field.run_validation(serializers.empty)
                except serializers.SkipField:
                    known[name] = serializers.empty
                except ValidationError:
                    pass  # it is required
        return known

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in self._checks)

    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # says what is wrong
        return self._checked(data)

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        why = {name: "This field cannot be set." if name in self.fields else "There is no such field." for name in data}
        return {name: [ErrorDetail(why[name], "unknown")] for name in data if name not in self._names}

    def _checked(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """DRF's loop without the steps that only HTML forms need. Raises ValidationError with all that is wrong."""
        checked: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        left_out = self._left_out
        for name, field, validate in self._checks:
            try:
                if name in data or name not in left_out:
                    value = field.run_validation(data.get(name, serializers.empty))
                elif (value := left_out[name]) is serializers.empty:
                    continue
                checked[name] = validate(value) if validate else value
            except ValidationError as error:
                wrong[name] = error.detail
            except DjangoValidationError as error:
                wrong[name] = get_error_detail(error)
            except serializers.SkipField:
                pass
        if not self._names.issuperset(data):
            wrong |= self._unknown(data)  # last: of a thousand, the answer names the first hundred errors
        if wrong:
            raise ValidationError(wrong)
        return checked


class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """DRF's check of each character, made only for text that has a surrogate at all."""

    def __call__(self, value: object) -> None:
        try:
            str(value).encode()  # UTF-8 has no surrogates
        except UnicodeEncodeError:
            super().__call__(value)


class CharField(serializers.CharField):
    """A JSON string, nothing that could be turned into one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        slow = ProhibitSurrogateCharactersValidator
        self.validators = [NoSurrogates() if type(each) is slow else each for each in self.validators]

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ChoiceField(serializers.ChoiceField):
    """One of a few words, which the error names."""

    default_error_messages = {"invalid_choice": "Say one of: {choices}."}

    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(self.choices))
        return data


class BooleanField(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class IntegerField(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: object) -> int:
        if isinstance(data, bool) or not (isinstance(data, int) or (isinstance(data, float) and data.is_integer())):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class NumberField(serializers.FloatField):
    """A finite JSON number; whole numbers stay whole."""

    def to_internal_value(self, data: object) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            self.fail("invalid")
        return int(data) if float(data).is_integer() else float(data)

    def to_representation(self, value: object) -> Any:
        return value


class ListField(serializers.ListField):
    """Refuses a list that is too long before it checks the items: DRF would check each of a million."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class DateTimeField(serializers.DateTimeField):
    """RFC 3339 with an offset, kept in UTC and, as it is answered, in whole milliseconds.

    A time without an offset means another moment in every place: refused.
    """

    default_error_messages = {"rfc3339": "Use RFC 3339 with an offset, as in 2030-01-31T09:00:00Z."}

    def to_internal_value(self, data: object) -> datetime:
        if not isinstance(data, str) or not _RFC3339.fullmatch(data):
            self.fail("rfc3339")
        try:
            moment = super().to_internal_value(data.upper()).astimezone(UTC)
        except (OverflowError, ValueError, ValidationError):  # DRF's own sentence asks for no offset
            self.fail("rfc3339")
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
