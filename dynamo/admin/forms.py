"""The form of a row: it knows what the editor saw, and shows what has been saved meanwhile.

A hidden field carries the version and a short digest of each value on the page. When the version has moved on, nothing
is saved: fields only the other one changed now show their value, and where both changed something the editor decides.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dynamo.admin.history import log
from dynamo.admin.history.differences import line_differences
from dynamo.admin.rows import Row

SEEN = "seen"
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Seen:
    """What was on the page: the row's `shown_version`, and a digest of each field's value."""

    version: str | None
    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Row[Any], names: Iterable[str]) -> Self:
        """What a page shows of a row."""
        held = row.held
        version = row.shown_version if row.is_versioned() else None
        return cls(version, {name: digest(row.in_form(held[name])) for name in names if name in held})

    @classmethod
    def load(cls, text: str | None) -> Self:
        """From a hidden field; anything else says that nothing is known. It needs no signature: who forges it
        could as well copy."""
        try:
            version, digests = json.loads(text or "")
            return cls(str(version), {str(name): str(one) for name, one in dict(digests).items()})
        except (ValueError, TypeError):
            return cls(None)

    def dump(self) -> str:
        """For a hidden field."""
        return json.dumps([self.version, dict(self.digests)], separators=(",", ":"))

    def changed_since(self, row: Row[Any]) -> list[str]:
        """The fields of this page whose values are others by now."""
        held = row.held
        return [name for name, one in self.digests.items() if name in held and digest(row.in_form(held[name])) != one]


def digest(value: object) -> str:
    """Eight characters that tell two values apart. Empty values count as missing ones."""
    if isinstance(value, str):
        # A form strips text, and its date fields show no microseconds.
        value = value.strip()
    if isinstance(value, datetime):
        value = value.replace(microsecond=0)
    if value in (None, "", [], set()):
        value = None
    if isinstance(value, set):
        value = sorted(value)
    written = json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, default=str)
    return hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def shown(row: Row[Any], name: str) -> str:
    """A field's stored value as a sentence can hold it."""
    return Truncator(row.text_of(name, row.held.get(name)) or "nothing").chars(SHOWN_CHARACTERS)


def _who_and_when(row: Row[Any]) -> str:
    """The end of a sentence: by whom it was saved, if it was in the admin, and when. One Query."""
    entry = log.last_change(row)
    moment = entry.time if entry else getattr(row, "updated_at", None)
    who = entry.username if entry else "not in the admin"
    return format_html(": {}, {}.", who, time_html(moment)) if moment else format_html(": {}.", who)


def time_html(moment: datetime) -> SafeString:
    """A time in UTC, which a script of the page may show in the editor's own zone."""
    return format_html('<time datetime="{}">{} UTC</time>', f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%Y-%m-%d %H:%M}")


class SeenField(forms.CharField):
    """The hidden field. It is no change of the row by itself."""

    widget = forms.HiddenInput

    def has_changed(self, initial: object, data: object) -> bool:
        return False


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """The base of every form in the admin of rows."""

    seen = SeenField(required=False)

    # Why a write was refused after the form had passed; the form's second try shows it.
    problem: ClassVar[Any] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unify_newlines()
        if self.instance._state.adding:
            self.seen_before = Seen(None)
            return
        self.initial[SEEN] = Seen.of(self.instance, self._own_fields()).dump()
        self.seen_before = Seen.load(self.data.get(self.add_prefix(SEEN)))

    def _unify_newlines(self) -> None:
        # Browsers send \r\n as the end of a line; saved as such, a text nobody touched would count as changed.
        names = {self.add_prefix(name) for name in self.fields}
        if any("\r" in str(self.data.get(name)) for name in names):
            data = self._data_to_change()
            for name in names & set(data):
                data[name] = str(data[name]).replace("\r\n", "\n")
            self.data = data

    def _data_to_change(self) -> Any:
        posted: Any = self.data
        return posted.copy()

    def _own_fields(self) -> list[str]:
        known = {model_field.name for model_field in self.instance._meta.concrete_fields}
        return [name for name in self.fields if name in known]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.problem is not None:
            self.add_error(None, self.problem)
        if not self.instance._state.adding and self.instance.is_versioned():
            self._compare_versions()
        return cleaned

    def _compare_versions(self) -> None:
        row = self.instance
        if row.is_at(self.seen_before.version) or self._is_stored():
            return
        theirs = self.seen_before.changed_since(row)
        mine = [name for name in self._own_fields() if name in self.changed_since_seen()]
        self.add_error(None, ValidationError(self._sentence(theirs, mine), code="conflict"))
        data = self._data_to_change()
        for name in theirs:
            if name in mine:
                self.add_error(name, self._difference(name))
            elif name in self.fields:
                self._show_theirs(data, name)
        # The next try is compared with what is stored now.
        data[self.add_prefix(SEEN)] = Seen.of(row, self._own_fields()).dump()
        self.data = data

    def _is_stored(self) -> bool:
        """Whether what is stored is what this form says: it was sent twice, or others have done the same."""
        cleaned, held = self.cleaned_data, self.instance.held
        return all(name in cleaned and digest(cleaned[name]) == digest(held.get(name)) for name in self._own_fields())

    def changed_since_seen(self) -> list[str]:
        """The fields in which this form differs from what its editor saw, whatever is stored by now."""
        cleaned, seen, in_form = self.cleaned_data, self.seen_before.digests, self.instance.in_form
        names = self._own_fields()
        return [name for name in names if name not in cleaned or digest(in_form(cleaned[name])) != seen.get(name)]

    def _sentence(self, theirs: list[str], mine: list[str]) -> str:
        """As HTML that is safe."""
        taken = [self._label(name) for name in theirs if name not in mine and name in self.fields]
        if not self.seen_before.digests:
            return "This page had lost track of what it showed. Nothing was saved: compare, and save again."
        shown_theirs = f" Now showing the saved {', '.join(taken)}." if taken else ""
        return format_html(
            "This was saved while you were editing{} Nothing on this page has been saved yet.{} "
            "Save again to put what is here in its place.",
            _who_and_when(self.instance),
            shown_theirs,
        )

    def _difference(self, name: str) -> str:
        """What is stored of a field both have changed; of a long text, how it differs from this form's."""
        row = self.instance
        mine: Any = self.cleaned_data.get(name)
        theirs = row.held.get(name)
        if isinstance(theirs, datetime):
            return format_html("Saved meanwhile: {}", time_html(theirs))
        is_text = isinstance(theirs, str) and isinstance(mine, str)
        if is_text and (len(theirs + mine) > SHOWN_CHARACTERS or "\n" in theirs + mine):
            return render_to_string("dynamo_admin/conflict.html", {"lines": line_differences(theirs, mine)})
        return f"Saved meanwhile: {shown(row, name)}"

    def _label(self, name: str) -> str:
        return str(self.fields[name].label or name)

    def _show_theirs(self, data: MutableMapping[str, Any], name: str) -> None:
        for key, part in _as_posted(self[name], self.instance.held[name]).items():
            data.pop(key, None)
            if part is not None:
                data[key] = part

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook between a form and its instance
        if self.instance._state.adding:
            return
        # What was not touched stays as it is stored, down to the microseconds a date field does not show.
        for name in set(self._own_fields()) - set(self.changed_data):
            if name in self.instance.held:
                setattr(self.instance, name, self.instance.held[name])


class RowFormSet(forms.BaseModelFormSet):  # type: ignore[type-arg]  # generic only for the type checker
    """The forms of a list that is edited. Those of rows that were deleted meanwhile are left out: `leave` is told."""

    leave: ClassVar[Any]

    @cached_property
    def forms(self) -> list[Any]:
        there = []
        for one in super().forms:
            if not one.instance._state.adding:
                there.append(one)
            elif pk := one.data.get(one.add_prefix(one._meta.model._meta.pk.name)):
                self.leave(pk)
        return there


def _as_posted(bound: forms.BoundField, value: object) -> dict[str, str | None]:
    """How a browser would send this value of a field: by input, None where it would send nothing."""
    widget: Any = bound.field.widget
    value = bound.field.prepare_value(value)
    if hasattr(widget, "decompress"):
        parts = zip(widget.widgets_names, widget.widgets, widget.decompress(value), strict=True)
        return {f"{bound.html_name}{suffix}": _formatted(inner, part) for suffix, inner, part in parts}
    if isinstance(widget, forms.CheckboxInput):
        return {bound.html_name: "on" if value else None}
    return {bound.html_name: _formatted(widget, value)}


def _formatted(widget: forms.Widget, value: object) -> str:
    written = widget.format_value(value)
    if isinstance(written, list):
        written = written[0] if written else None
    return "" if written is None else str(written)
