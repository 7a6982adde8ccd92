"""Fields of to-dos and lists: input that is checked, output that is made of what is stored."""

import re
import unicodedata
from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import RegexValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from rest.json import stored_time
from rest.output import Context, Shown
from rest.serializers import CharField, DateTimeField, NumberField
from rest.text import NO_NUL, VISIBLE
from todos.due import UNDATED, Due, is_day
from todos.lists import PREFIX
from todos.models import INBOX, LAST_ORDER
from todos.repetition import MAX_RULE, BadRule, normal_rule

MAX_LIST, MAX_NOTES = 100, 10_000
# Below this DynamoDB refuses a number other than zero (its limit is 1e-130).
SMALLEST_ORDER = 1e-100

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
UUID = RegexValidator(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", "This is not a UUID.", code="invalid")


class NameField(CharField):
    """A name: its limits are those of what was sent, and then it is trimmed."""

    def __init__(self, max_length: int, **kwargs: object) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, validators=[VISIBLE], **kwargs)

    def run_validation(self, data: object = serializers.empty) -> Any:
        return super().run_validation(data).strip()


def is_list_id(said: object) -> bool:
    """Whether a list can have this id: what a to-do's `list` can be, but the inbox, and no way up in an address."""
    # Clients and proxies take dots for one.
    if not isinstance(said, str) or said == INBOX or len(said) > MAX_LIST or {".", ".."} & {*said.split("/")}:
        return False
    with suppress(DjangoValidationError):
        VISIBLE(said)
        return said == said.strip()
    return False


def normal_tag(tag: str) -> str:
    """A tag as it is kept and compared: trimmed, single spaces, lower case, composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", " ".join(tag.split())).lower()


@extend_schema_field(OpenApiTypes.UUID)
class UploadIdField(CharField):
    """A UUID in its usual form, in lower case from here on."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(trim_whitespace=False, validators=[UUID], **kwargs)

    def run_validation(self, data: object = serializers.empty) -> Any:
        return super().run_validation(data).lower()


# drf-spectacular would say `oneOf` an empty string or one of the pattern, and an empty one is both.
@extend_schema_field({"type": "string", "maxLength": MAX_NOTES, "pattern": r"^[^\u0000]*$"})
class NotesField(CharField):
    """Any text without NUL, also none."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_length=MAX_NOTES, allow_blank=True, trim_whitespace=False, validators=[NO_NUL], **kwargs)


class QueryBooleanField(serializers.BooleanField):
    """`true` or `false`, as a query parameter."""

    def to_internal_value(self, data: object) -> bool:
        if data not in {"true", "false"}:
            raise ValidationError("Say true or false.", code="invalid")
        return bool(data == "true")


# A plain text to generated clients: those that take it for one of date and date-time read a moment as a day.
DUE_SCHEMA = {"type": "string", "format": "date-or-date-time"}


@extend_schema_field(DUE_SCHEMA)
class DueField(DateTimeField):
    """A day, `2030-01-31`, the same in every time zone, or a moment, RFC 3339 with an offset, kept in UTC."""

    default_error_messages = {
        "rfc3339": "Use a day, as 2030-01-31, or a moment with an offset, as 2030-01-31T09:00:00Z."
    }

    def to_internal_value(self, data: object) -> Due:  # type: ignore[override]  # a datetime is a date, too
        if isinstance(data, str) and _DAY.fullmatch(data):
            with suppress(ValueError):
                return date.fromisoformat(data)
        return super().to_internal_value(data)


class OrderField(NumberField):
    """A place: any number that a double and DynamoDB hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-LAST_ORDER, max_value=LAST_ORDER, **kwargs)

    def to_internal_value(self, data: object) -> Any:
        order = super().to_internal_value(data)
        return order if abs(order) >= SMALLEST_ORDER else 0


@extend_schema_field(DUE_SCHEMA)
class ShownDue(Shown, serializers.CharField):
    """When it is due, from the text that sorts it."""

    def show(self, context: Context, *values: Any) -> str | None:
        key = values[0]
        if key is None or key == UNDATED:
            return None
        return str(key[:-1]) if is_day(key) else stored_time(key)


@extend_schema_field({"type": "boolean", "const": True})
class Deleted(Shown, serializers.BooleanField):
    """Always true."""

    def show(self, context: Context, *values: object) -> bool:
        return True


@extend_schema_field({"type": "string", "const": "list"})
class Kind(Shown, serializers.CharField):
    """Always `list`: delta sync tells lists from to-dos by it."""

    def show(self, context: Context, *values: object) -> str:
        return "list"


class ListId(Shown, serializers.CharField):
    """The id to-dos refer to."""

    def show(self, context: Context, *values: object) -> str:
        return str(values[0]).removeprefix(PREFIX)


class ListLink(Shown, serializers.URLField):
    """The list's address."""

    def show(self, context: Context, *values: object) -> str:
        return f"{context['lists']}{quote(str(values[0]).removeprefix(PREFIX), safe='')}/"


@extend_schema_field({"type": "string", "maxLength": MAX_RULE, "format": "recurrence-rule"})
class RepeatField(CharField):
    """A rule of RFC 5545, or none, kept in upper case."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_length=MAX_RULE, allow_blank=True, trim_whitespace=False, **kwargs)

    def run_validation(self, data: object = serializers.empty) -> Any:
        try:
            return normal_rule(super().run_validation(data))
        except BadRule as error:
            raise ValidationError(str(error), code="invalid") from None
