"""RowAdmin: Django's ModelAdmin for rows. Its views and templates are the stock ones; what it writes goes to DynamoDB.

@admin.register(Post)
class PostAdmin(RowAdmin):
    list_display = ["title", "status", "updated_at"]
    list_filter = ["status"]
    search_fields = ["title"]

An app that writes in its own way, such as through a service that keeps other rows in step, overrides `save_item` and
`delete_item` and passes `log.write_in` on, so that the entry of the log is part of the same transaction.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import Field
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from dynamo.admin import changelist, log
from dynamo.admin.fields import BOOKKEEPING, STAMPS
from dynamo.admin.forms import SEEN, RowForm, Seen, shown
from dynamo.admin.history import changes_of
from dynamo.admin.query import UnsupportedQuery, paths
from dynamo.errors import (
    AlreadyExists,
    BadCursor,
    ConditionFailed,
    DynamoError,
    ItemTooLarge,
    NotFound,
    Unavailable,
    VersionConflict,
)

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

# How often a form is looked at again that passed and then was refused; the last time it says so without a look.
TRIES = 4
_PROBLEMS: Mapping[type[Exception], str] = {
    AlreadyExists: "There is one with this key already.",
    NotFound: "It has been deleted meanwhile.",
    VersionConflict: "Others keep changing this. Save again in a moment.",
}
HISTORY_PAGE = 20
VERSION_PREFIX = "version:"
# What a restored version never brings back: the key stays, and versions only go up.
NEVER_RESTORED = (*BOOKKEEPING, *STAMPS)


class RowAdmin(Base):
    """The admin of one kind of row."""

    form = RowForm
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 25
    change_list_template = "dynamo_admin/change_list.html"
    delete_confirmation_template = "dynamo_admin/delete_confirmation.html"
    delete_selected_confirmation_template = "dynamo_admin/delete_selected_confirmation.html"
    object_history_template = "dynamo_admin/object_history.html"

    # Whether the log keeps what changed, and so what can be restored. Not for data that must not outlive its row.
    history_values = True

    # --- Who may ---------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_versioned() and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_versioned() and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_versioned() and super().has_delete_permission(request, obj)

    def _is_versioned(self) -> bool:
        versioned: bool = self.model.is_versioned()
        return versioned

    # --- The list --------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return changelist.RowChangeList

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Only columns that an index over all rows has as its range key."""
        sortable = {found.range for found in paths(self.model.item_class) if found.hash in self.model.partition}
        return [name for name in super().get_sortable_by(request) if self._order_field(name) in sortable]

    def _order_field(self, name: Any) -> Any:
        named = getattr(self, name, None) or getattr(self.model, name, None) if isinstance(name, str) else name
        return getattr(named, "admin_order_field", None) or name

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        extra_context = {"deleted_url": self._url("deleted"), **(extra_context or {})}
        try:
            response = super().changelist_view(request, extra_context)
        except (UnsupportedQuery, ConditionFailed, NotFound) as error:
            # "Select all across pages", say, typed by hand; or a row of the list that changed while it was saved.
            text = str(error) if isinstance(error, UnsupportedQuery) else "Someone else changed a row meanwhile."
            self.message_user(request, f"{text} Look again.", messages.ERROR)
            response = HttpResponseRedirect(request.get_full_path())
        return self._remembering(response, request)

    # --- The form --------------------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Also what has a field but can't be typed: maps, times of creation and change; of an existing row, its key."""
        given = list(super().get_readonly_fields(request, obj))
        keys = self.model._key_names() if obj is not None else []
        derived = [name for name in self._shown() if not self.opts.get_field(name).editable] if obj is not None else []
        return list(dict.fromkeys([*given, *keys, *derived]))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """In the order of the item's attributes, unless `fields` or `fieldsets` say otherwise."""
        if self.fields:
            return self.fields
        found = [name for name in super().get_fields(request, obj) if name != SEEN]
        order = {name: number for number, name in enumerate(self._shown())}
        return sorted(found, key=lambda name: order.get(name, len(order)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As given, and the hidden field that carries what the editor saw."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is None or not self.has_change_permission(request, obj) or not fieldsets:
            return fieldsets
        (title, options), *rest = fieldsets
        return [(title, {**options, "fields": [*options["fields"], SEEN]}), *rest]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Field | None:
        if widget := self.model.widgets.get(db_field.name):
            kwargs.setdefault("widget", widget)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.problem = request.__dict__.get("_row_problem")
        return form

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": RowForm, **kwargs})

    def _shown(self) -> list[str]:
        hidden = {*BOOKKEEPING, *self.model.partition, "expires"}
        return [
            field.name for field in self.opts.concrete_fields if field.name not in hidden and field.name != "row_key"
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        for left in reversed(range(TRIES)):
            try:
                response = super().changeform_view(request, object_id, form_url, extra_context)
            except (VersionConflict, AlreadyExists, NotFound) as error:
                # Lost a race after the form had passed: look again, and the form says what is there now.
                if left == 0:
                    raise Unavailable(str(error)) from error
                if left == 1:
                    request.__dict__["_row_problem"] = _PROBLEMS[type(error)]
            except (ValidationError, ItemTooLarge) as error:
                request.__dict__["_row_problem"] = error if isinstance(error, ValidationError) else str(error)
            else:
                return self._remembering(response, request)
        return None

    # --- Writing: a change and its entry in the log are one transaction ---------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what the form changed. Nothing is written, and nothing logged, where nothing was changed."""
        changes = obj.changes()
        if change and not changes:
            return
        message = self.construct_change_message(request, form, [], add=not change)
        self._save(request, obj, CHANGE if change else ADDITION, json.dumps(message) if message else "")

    def _save(self, request: HttpRequest, row: Any, action: int, message: str) -> None:
        row.set_key()
        row.load_rest()
        entry = log.Change(row, request.user, action, message, with_values=self.history_values)
        self.save_item(request, row, row.changes(), None if action == ADDITION else row.version, entry)
        changelist.remember(request, row)

    def save_item(
        self, request: HttpRequest, row: Any, changes: Mapping[str, Any], expect: int | None, entry: log.Change
    ) -> None:
        """Write one row and `entry`, together. Override it to write through a service.

        `changes` holds the new value of each attribute that differs, None where it goes, all of them if `expect` is
        None: then the row is new. `entry.write_in(block)` adds the entry to a TransactWrite. ValidationError is shown
        in the form; AlreadyExists, VersionConflict and NotFound make the form look again.
        """
        row.save(parts=[entry.write_in])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        obj.load_rest()
        entry = log.Change(obj, request.user, DELETION, with_values=self.history_values)
        changelist.remember(request, obj)
        self.delete_item(request, obj, obj.version, entry)

    def delete_item(self, request: HttpRequest, row: Any, expect: int, entry: log.Change) -> None:
        """Delete one row and write `entry`, together, if the row is at version `expect`. Override as `save_item`."""
        row.delete(parts=[entry.write_in])

    def update_rows(self, request: HttpRequest, rows: Iterable[Any], **values: Any) -> int:
        """For bulk actions: set values on each row, logged; how many were. A row someone else has changed stays."""
        labels = [self._label(name) for name in values]
        message = json.dumps([{"changed": {"fields": labels}}])

        def write(row: Any) -> None:
            for name, value in values.items():
                setattr(row, name, value)
            if row.changes():
                self._save(request, row, CHANGE, message)

        return self._each(request, rows, write)

    def delete_rows(self, request: HttpRequest, rows: Iterable[Any]) -> int:
        """Delete each row, logged; how many were. A row someone else has changed stays."""
        return self._each(request, rows, lambda row: self.delete_model(request, row))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        self.delete_rows(request, queryset)

    def _each(self, request: HttpRequest, rows: Iterable[Any], write: Callable[[Any], None]) -> int:
        done, left = 0, []
        for row in rows:
            seen = request.POST.get(f"{VERSION_PREFIX}{row.pk}")
            try:
                _expect(row, seen)
                write(row)
            except (VersionConflict, NotFound):
                left.append(row)
            except (ValidationError, DynamoError) as error:
                self.message_user(request, f"“{row}” was left as it is: {_sentence(error)}", messages.ERROR)
            else:
                done += 1
        for row in left:
            self.message_user(request, f"“{row}” was left as it is: {self._who_changed(row)}", messages.ERROR)
        return done

    def _label(self, name: str) -> str:
        model: Any = self.model
        return str(model._meta.get_field(name).verbose_name)

    def _who_changed(self, row: Any) -> str:
        """A sentence about the last change of a row. One Query, asked only where someone has to know."""
        found = log.of_object(log.name_of(row), limit=1).found
        if not found:
            return "it was changed meanwhile, not in the admin."
        what = found[0].log_entry().get_change_message()
        return f"it was changed meanwhile. Last in the admin: {found[0].username}, {found[0].time:%H:%M:%S} UTC. {what}"

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the entry was written with the row."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the entry was written with the row."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Nothing: the entry is written with the deletion."""
        return []

    # --- Deleting --------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        read = request.__dict__.pop("_row_read", None)
        return super().get_object(request, object_id, from_field) if read is None else read

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is not None and self.has_delete_permission(request, row):
            # Django's view asks for it again.
            request.__dict__["_row_read"] = row
            seen = Seen.load(request.POST.get(SEEN))
            if request.POST and seen.version != row.version:
                return self._show_what_changed(request, row, seen)
            extra_context = {SEEN: Seen.of(row, self._shown()).dump(), **(extra_context or {})}
        try:
            response = super().delete_view(request, object_id, extra_context)
        except (VersionConflict, NotFound):
            self.message_user(request, f"“{row}” {self._who_changed(row)[3:]}", messages.ERROR)
            response = HttpResponseRedirect(request.get_full_path())
        return self._remembering(response, request)

    def _show_what_changed(self, request: HttpRequest, row: Any, seen: Seen) -> HttpResponse:
        fields = seen.changed_since(row)
        values = "; ".join(f"{capfirst(self._label(name))}: {shown(row, name)}" for name in fields)
        text = f"“{row}” was not deleted: someone else changed it while you were looking. {values}"
        self.message_user(request, text.strip(), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    # --- History ---------------------------------------------------------------------------------------------------

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """Django's history page asks for LogEntry by SQL; it gets a page of the log instead."""
        if queryset.model is not LogEntry or request.resolver_match is None:
            return super().get_paginator(request, queryset, per_page, *args, **kwargs)
        return HistoryPaginator(self.model, unquote(request.resolver_match.kwargs["object_id"]))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        may_restore = self.has_change_permission(request)
        try:
            return super().history_view(request, object_id, {"may_restore": may_restore, **(extra_context or {})})
        except BadCursor:
            return HttpResponseRedirect(request.path)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("deleted/", view(self.deleted_view), name=f"{name}_deleted"),
            path("<path:object_id>/history/restore/", view(self.restore_view), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    @method_decorator([require_POST, csrf_protect])
    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Bring back the values an entry of the history holds: a change like any other, logged and undone like one."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        entry = self._entry(log.name_of(row), request.POST.get("at", ""))
        old = self.model.item_class.from_raw_data(log.unpack(entry.after))
        for name, value in self.restored(request, old).items():
            setattr(row, name, value)
        try:
            self._restore(request, row, f"Restored the version of {entry.time:%Y-%m-%d %H:%M:%S} UTC.")
        except (ConditionFailed, NotFound):
            self.message_user(request, f"“{row}”: {self._who_changed(row)}", messages.ERROR)
        except (ValidationError, ItemTooLarge) as error:
            self.message_user(request, _sentence(error), messages.ERROR)
        return self._remembering(HttpResponseRedirect(self._url("change", quote(row.pk))), request)

    def _restore(self, request: HttpRequest, row: Any, message: str) -> None:
        if row.changes():
            self._save(request, row, CHANGE, message)
            self.message_user(request, message, messages.SUCCESS)
        else:
            self.message_user(request, "Nothing to restore: that is how it is now.", messages.INFO)

    def restored(self, request: HttpRequest, old: Any) -> dict[str, Any]:
        """The values to bring back from an earlier item: override it to leave some as they are."""
        kept = {*NEVER_RESTORED, *self.model._key_names()}
        values_of = self.model.values_of(old)
        return {name: values_of(name) for name in self.model.item_class.get_attributes() if name not in kept}

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """What was deleted in the last 30 days, and a button to bring it back."""
        if not (self.has_view_or_change_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        if request.method == "POST":
            return self._undelete(request)
        label = log.label_of(self.model)
        try:
            page = log.deletions(label, limit=self.list_per_page, cursor=request.GET.get("p"))
        except BadCursor:
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Deleted {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "entries": page.found,
            "older": page.older,
            "days": log.UNDELETE_DAYS,
        }
        return TemplateResponse(request, "dynamo_admin/deleted.html", context)

    def _undelete(self, request: HttpRequest) -> HttpResponse:
        name, at = request.POST.get("object", ""), request.POST.get("at", "")
        if not name.startswith(f"{log.label_of(self.model)}#"):
            raise Http404
        entry = self._entry(name, at)
        row = self.model.from_item(self.model.item_class.from_raw_data(log.unpack(entry.after)))
        row.bring_back()
        try:
            self._save(request, row, ADDITION, "Brought back after it was deleted.")
        except AlreadyExists:
            self.message_user(request, f"“{row}” is there: nothing was brought back.", messages.WARNING)
        except (ValidationError, DynamoError) as error:
            self.message_user(request, f"“{row}” was not brought back: {_sentence(error)}", messages.ERROR)
            return HttpResponseRedirect(request.path)
        else:
            self.message_user(request, f"“{row}” was brought back.", messages.SUCCESS)
        return self._remembering(HttpResponseRedirect(self._url("change", quote(row.pk))), request)

    def _entry(self, name: str, at: str) -> log.Entry:
        try:
            entry = log.fetch(name, at)
        except NotFound:
            raise Http404 from None
        if entry.after is None:
            raise Http404
        return entry

    # --- Addresses -------------------------------------------------------------------------------------------------

    def _url(self, name: str, *args: Any) -> str:
        full = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(full, args=args, current_app=self.admin_site.name)

    def _remembering(self, response: HttpResponse, request: HttpRequest) -> HttpResponse:
        return changelist.remembering(response, request, self._url("changelist"))


def _expect(row: Any, seen: str | None) -> None:
    """Raises VersionConflict if the list showed another version of a row."""
    if seen is not None and seen != str(row.version):
        raise VersionConflict


def _sentence(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


class HistoryPaginator:
    """What Django's history view and template ask of a paginator: a page of the log, by cursor instead of number."""

    ELLIPSIS = "…"
    count = num_pages = 1

    def __init__(self, model: type[Model], pk: str) -> None:
        self.model: Any = model
        self.name = f"{log.label_of(model)}#{pk}"

    def get_page(self, number: Any) -> "HistoryPage":
        """The newest changes, or those from a cursor on. Raises BadCursor."""
        cursor = str(number) if number not in (1, "1", None) else None
        return HistoryPage(self, log.of_object(self.name, limit=HISTORY_PAGE, cursor=cursor), cursor)

    def get_elided_page_range(self, number: Any) -> list[Any]:
        """No numbers: the template has links to older and newest."""
        return []


class HistoryPage(list[Any]):
    """Entries as Django's template reads them, with the differences beside."""

    number = 1

    def __init__(self, paginator: HistoryPaginator, entries: log.Entries, cursor: str | None) -> None:
        super().__init__(self._row(paginator.model, entry) for entry in entries.found)
        self.paginator, self.older, self.is_first = paginator, entries.older, cursor is None

    @staticmethod
    def _row(model: Any, entry: log.Entry) -> Any:
        row: Any = entry.log_entry()
        row.at, row.changes, row.can_restore = entry.at, changes_of(entry, model), entry.after is not None
        return row
