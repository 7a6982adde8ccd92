"""Django fields for PynamoDB attributes: what a row's form, lists and filters show is derived, never declared twice."""

from __future__ import annotations  # Django's fields are generic only for the type checker

import csv
import io
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pynamodb.attributes as kinds
from django import forms
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime

from dynamo.models import Model, VersionedModel

# DynamoDB's limits on key values, in bytes of UTF-8.
HASH_KEY_BYTES, RANGE_KEY_BYTES = 2048, 1024
# What `VersionedModel` keeps by itself. Forms may show the times, never the rest.
BOOKKEEPING = ("version", "write_id")
STAMPS = ("created_at", "updated_at")


class MaxBytes:
    """Refuses text of more bytes than a key may have, and empty text, which no key may be."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, value: object) -> None:
        size = len(str(value).encode("utf-8", "surrogatepass"))
        if not 0 < size <= self.limit:
            raise ValidationError(f"Use 1 to {self.limit} bytes; this has {size}.", code="key_size")


def fits_key(value: object, limit: int) -> bool:
    """Whether DynamoDB takes a value for a key of at most so many bytes."""
    if isinstance(value, int | float):
        return fits_number(value)
    return not isinstance(value, str) or 0 < len(value.encode("utf-8", "replace")) <= limit


def fits_number(value: float) -> bool:
    """Whether DynamoDB has the number: 38 digits, and a size between 1E-130 and 1E+126."""
    if isinstance(value, int):
        return abs(value) < 10**38
    return value == 0 or 1e-130 <= abs(value) < 1e126


def refuse_unknown_numbers(value: float) -> None:
    """Refuses numbers DynamoDB has not."""
    if not fits_number(value):
        raise ValidationError("This number is too large or too small to be kept.", code="number")


class WordsField(models.Field):  # type: ignore[type-arg]
    """A set or list of words, edited as one line with commas between; a word that has a comma stands in quotes."""

    def __init__(self, *args: Any, ordered: bool = False, number: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ordered, self.number = ordered, number

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: Any) -> Any:
        """Words from a line, a list or a set: a list where order counts, else a set. Raises ValidationError."""
        if value is None:
            return None
        words: list[Any] = split_words(value) if isinstance(value, str) else list(value)
        if self.number:
            words = [_number(word) for word in words]
        return list(dict.fromkeys(words)) if self.ordered else set(words)

    def value_to_string(self, obj: models.Model) -> Any:
        """For dumpdata, which wants what JSON knows."""
        value = self.value_from_object(obj)
        return value if value is None or self.ordered else sorted(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": WordsFormField, "field": self, **kwargs})


class BytesField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes, or a set of them, to look at; dumpdata has them in base64."""

    def to_python(self, value: object) -> Any:
        if isinstance(value, list):
            return {b64decode(one) for one in value}
        return b64decode(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> Any:
        value = self.value_from_object(obj)
        if isinstance(value, set):
            return sorted(b64encode(one).decode() for one in value)
        return value if value is None else b64encode(value).decode()


class WordsFormField(forms.CharField):
    """The line of words in a form."""

    widget = forms.TextInput(attrs={"class": "vTextField"})

    def __init__(self, *, field: WordsField, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)
        self.field = field

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else join_words(value)

    def to_python(self, value: object) -> Any:
        return self.field.to_python(super().to_python(value) or "")

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return bool(self.to_python(data) != self.field.to_python(initial or ""))
        except ValidationError:
            return True


def split_words(line: str) -> list[str]:
    """The words of a line, without blanks around them."""
    rows = csv.reader([" ".join(line.split())], skipinitialspace=True)
    return [word.strip() for row in rows for word in row if word.strip()]


def join_words(words: Iterable[Any]) -> str:
    """The line of these words: sorted unless they are a list."""
    out = io.StringIO()
    ordered = words if isinstance(words, list) else sorted(words)
    csv.writer(out, lineterminator="").writerow([str(word) for word in ordered])
    return out.getvalue().replace(",", ", ") if '"' not in out.getvalue() else out.getvalue()


def _number(word: object) -> int | float:
    number: int | float = word if isinstance(word, int | float) else _parsed(str(word))
    refuse_unknown_numbers(number)
    return number


def _parsed(word: str) -> int | float:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    raise ValidationError(f"“{word}” is not a number.", code="invalid")


def derive(item: type[Model], options: Mapping[str, Mapping[str, Any]]) -> dict[str, models.Field[Any, Any]]:
    """A Django field for each attribute of a PynamoDB model, in the order they were written.

    `options` has arguments for the fields by attribute name; `field_class` among them replaces the class.
    Raises TypeError for a name the model has not.
    """
    attributes = ordered_attributes(item)
    if unknown := set(options) - set(attributes):
        raise TypeError(f"{item.__name__} has no attribute {', '.join(sorted(unknown))}: see field_options.")
    return {name: _field(item, name, attribute, options.get(name, {})) for name, attribute in attributes.items()}


def ordered_attributes(item: type[Model]) -> dict[str, kinds.Attribute[Any]]:
    """A model's attributes: keys first, then its own as written, then those of its bases. PynamoDB has them by name.

    The one that says which class an item is of is PynamoDB's to write.
    """
    found = item.get_attributes().items()
    known = {name: each for name, each in found if not isinstance(each, kinds.DiscriminatorAttribute)}
    written = [name for base in item.__mro__ for name in vars(base) if name in known]
    return {name: known[name] for name in dict.fromkeys([*item.key_names(), *written, *known])}


def _field(item: type[Model], name: str, attribute: kinds.Attribute[Any], options: Mapping[str, Any]) -> Any:
    field_class, arguments = _kind(attribute)
    arguments |= _emptiness(attribute)
    if attribute.is_hash_key or attribute.is_range_key:
        arguments |= _key_arguments(item, attribute)
    if issubclass(item, VersionedModel) and name in (*BOOKKEEPING, *STAMPS):
        arguments |= {"editable": False}
    arguments |= {key: value for key, value in options.items() if key not in ("field_class", "widget")}
    return options.get("field_class", field_class)(**arguments)


def _kind(attribute: kinds.Attribute[Any]) -> tuple[type[models.Field[Any, Any]], dict[str, Any]]:
    """The field class, and what it is told. The first kind that fits decides."""
    for kind, field_class, arguments in _KINDS:
        if isinstance(attribute, kind):
            return field_class, dict(arguments)
    if isinstance(attribute, kinds.ListAttribute):
        words = isinstance(attribute.element_type, type) and issubclass(attribute.element_type, kinds.UnicodeAttribute)
        return (WordsField, {"ordered": True}) if words else (models.JSONField, {"editable": False})
    if isinstance(attribute, kinds.NumberAttribute):
        whole = not isinstance(attribute.default, float)
        return (models.BigIntegerField if whole else models.FloatField), {"validators": [refuse_unknown_numbers]}
    # An attribute class of the project's own: shown, and edited once `field_options` names a field for it.
    return models.TextField, {"editable": False}


_KINDS: list[tuple[type[Any], type[models.Field[Any, Any]], dict[str, Any]]] = [
    (kinds.UnicodeAttribute, models.CharField, {}),
    (kinds.BooleanAttribute, models.BooleanField, {}),
    (kinds.UTCDateTimeAttribute, models.DateTimeField, {}),
    (kinds.TTLAttribute, models.DateTimeField, {"editable": False}),
    (kinds.UnicodeSetAttribute, WordsField, {}),
    (kinds.NumberSetAttribute, WordsField, {"number": True}),
    (kinds.JSONAttribute, models.JSONField, {"editable": False}),
    (kinds.MapAttribute, models.JSONField, {"editable": False}),
    (kinds.BinaryAttribute, BytesField, {}),
    (kinds.BinarySetAttribute, BytesField, {}),
]


def _emptiness(attribute: kinds.Attribute[Any]) -> dict[str, Any]:
    """Whether it may be left empty, and what it starts as."""
    arguments: dict[str, Any] = {}
    default = attribute.default if attribute.default is not None else attribute.default_for_new
    if default is not None and not isinstance(default, kinds.MapAttribute):
        arguments["default"] = default
        # An empty default means that the field may be empty.
        arguments["blank"] = (default() if callable(default) else default) in ("", [], set(), {})
    if attribute.null:
        arguments |= {"null": True, "blank": True}
    return arguments


def _key_arguments(item: type[Model], attribute: kinds.Attribute[Any]) -> dict[str, Any]:
    limit = HASH_KEY_BYTES if attribute.is_hash_key else RANGE_KEY_BYTES
    arguments: dict[str, Any] = {"primary_key": True} if item._range_keyname is None else {}
    if isinstance(attribute, kinds.UnicodeAttribute):
        arguments |= {"max_length": limit, "validators": [MaxBytes(limit)]}
    if attribute.default is not None or attribute.default_for_new is not None:
        # Nobody types a key that is generated, such as a random id.
        arguments |= {"editable": False, "blank": True}
    return arguments


def plain(value: object) -> Any:
    """An attribute's value as plain Python: what a form, a template or JSON can show."""
    if isinstance(value, kinds.MapAttribute):
        return {name: plain(inner) for name, inner in value.attribute_values.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def as_text(value: object) -> str:
    """A plain value as people read it."""
    if value is None:
        return ""
    if isinstance(value, set) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return join_words(value)
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return (
        value if isinstance(value, str) else json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, default=str)
    )


def stored(attribute: kinds.Attribute[Any], value: object) -> Any:
    """A field's value as the attribute keeps it: nothing at all where it is empty and may be missing."""
    if isinstance(value, set | list) and not value:
        # DynamoDB has no empty sets.
        return None if attribute.null or isinstance(value, set) else value
    if value == "" and attribute.null:
        return None
    return value


def loaded(attribute: kinds.Attribute[Any] | None, value: object) -> object:
    """A fixture's value: in maps its JSON has times as text."""
    if isinstance(attribute, kinds.UTCDateTimeAttribute | kinds.TTLAttribute) and isinstance(value, str):
        return parse_datetime(value)
    if isinstance(attribute, kinds.MapAttribute) and isinstance(value, dict):
        known = attribute.get_attributes()
        return {name: loaded(known.get(name), inner) for name, inner in value.items()}
    if isinstance(attribute, kinds.ListAttribute) and attribute.element_type and isinstance(value, list):
        return [loaded(attribute.element_type(), one) for one in value]
    return value


def item_size(raw: Mapping[str, Any]) -> int:
    """About what DynamoDB counts towards its 400 KB an item, from a serialized one, in bytes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in raw.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "M":
        return 3 + item_size(held) + len(held)
    if kind == "L":
        return 3 + sum(_value_size(inner) + 1 for inner in held)
    if kind in ("SS", "NS", "BS"):
        return sum(len(_bytes(inner)) for inner in held)
    return len(_bytes(held)) if kind in ("S", "N", "B") else 1


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
