"""RowAdmin: Django's ModelAdmin for rows. Its views and templates are the stock ones; what it writes goes to DynamoDB.

An app that writes in its own way, such as through a service that keeps other rows in step, overrides `save_item` and
`delete_item` and passes `log.write_in` on, so that the entry of the log is part of the same transaction.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst

from dynamo import errors
from dynamo.admin import changelist
from dynamo.admin.forms import SEEN, RowForm, RowFormSet, Seen, shown
from dynamo.admin.history.admin import HistoryAdmin
from dynamo.admin.query.access_paths import access_paths
from dynamo.admin.query.comparisons import UnsupportedQuery
from dynamo.admin.request_state import state_of
from dynamo.admin.rows import Row

# How often a form is tried whose write was refused after it had passed; the last try only shows the reason.
TRIES = 4
_PROBLEMS: Mapping[type[Exception], str] = {
    errors.AlreadyExists: "There is one with this key already.",
    errors.DoesNotExist: "It has been deleted meanwhile.",
    errors.VersionConflict: "Others keep changing this. Save again in a moment.",
    errors.Contended: "Others keep changing this. Save again in a moment.",
}


class RowAdmin(HistoryAdmin):
    """The admin of one kind of row."""

    class Media:
        css = {"all": ["dynamo_admin/history.css"]}

    form = RowForm
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 25
    change_list_template = "dynamo_admin/change_list.html"
    delete_confirmation_template = "dynamo_admin/delete_confirmation.html"
    delete_selected_confirmation_template = "dynamo_admin/delete_selected_confirmation.html"

    # --- Who may ---------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.model.is_versioned()) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(self.model.is_versioned()) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(self.model.is_versioned()) and super().has_delete_permission(request, obj)

    # --- The list --------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> Any:
        return changelist.RowChangeList

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Only columns that an index over all rows has as its range key."""
        sortable = {found.range for found in access_paths(self.model.item_class) if found.hash in self.model.partition}
        return [name for name in super().get_sortable_by(request) if self._order_field(name) in sortable]

    def _order_field(self, name: str | Callable[[Any], str | bool]) -> Any:
        named = getattr(self, name, None) or getattr(self.model, name, None) if isinstance(name, str) else name
        return getattr(named, "admin_order_field", None) or name

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        extra_context = {"deleted_url": self.url("deleted"), **(extra_context or {})}
        try:
            response = super().changelist_view(request, extra_context)
        except (UnsupportedQuery, errors.ConditionFailed, errors.Contended, errors.DoesNotExist) as error:
            # "Select all across pages", say, typed by hand; or a row of the list that changed while it was saved.
            text = str(error) if isinstance(error, UnsupportedQuery) else "A row was changed meanwhile."
            self.message_user(request, f"{text} Look again.", messages.ERROR)
            response = HttpResponseRedirect(request.get_full_path())
        cl = (getattr(response, "context_data", None) or {}).get("cl")
        if cl is not None and cl.formset is not None and cl.formset.is_bound:
            # What was sent is shown again: each form beside its own row, wherever that is in the list by now.
            cl.result_list = [form.instance for form in cl.formset.forms]
        return self.remembering(response, request)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        """Selected rows that have left the list's filters, or their key, since are told, not passed over."""
        if request.POST.get("select_across", "0") not in ("", "0"):
            return super().response_action(request, queryset, *args, **kwargs)
        chosen, selected = self.get_queryset(request), request.POST.getlist(ACTION_CHECKBOX_NAME)
        found = {str(row.pk) for row in chosen.filter(pk__in=selected)}
        response = super().response_action(request, chosen, *args, **kwargs)
        for key in dict.fromkeys(selected if response else []):
            if key not in found:
                self._left(request, key, "it was renamed or deleted meanwhile.")
        return response

    # --- The form --------------------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """Also what has a field but can't be typed: maps, times of creation and change; of an existing row, its key."""
        given = list(super().get_readonly_fields(request, obj))
        keys = self.model._key_names() if obj is not None else []
        return list(dict.fromkeys([*given, *keys, *self._derived()]))

    def _derived(self) -> list[str]:
        return [name for name in self.shown() if not self.opts.get_field(name).editable]

    def get_prepopulated_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """As given, but for what can't be typed, such as the key of an existing row."""
        fixed = self.get_readonly_fields(request, obj)
        return {name: of for name, of in super().get_prepopulated_fields(request, obj).items() if name not in fixed}

    def get_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """In the order of the item's attributes, unless `fields` or `fieldsets` say otherwise."""
        if self.fields:
            return self.fields
        unknown = set(self._derived()) - set(super().get_readonly_fields(request, obj)) if obj is None else set()
        found = [name for name in super().get_fields(request, obj) if name not in {SEEN, *unknown}]
        order = {name: number for number, name in enumerate(self.shown())}
        return sorted(found, key=lambda name: order.get(name, len(order)))

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """As given, and the hidden field that carries what the editor saw."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is None or not self.has_change_permission(request, obj) or not fieldsets:
            return fieldsets
        (title, options), *rest = fieldsets
        return [(title, {**options, "fields": [*options["fields"], SEEN]}), *rest]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Field | None:
        if widget := self.model.widgets.get(db_field.name):
            kwargs.setdefault("widget", widget)
        # Django would send a computed default along and compare with that; we compare with what is stored.
        kwargs.setdefault("show_hidden_initial", False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: object = None, change: bool = False, **kwargs: object) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.problem = state_of(request).problem
        return form

    def get_changelist_formset(self, request: HttpRequest, **kwargs: object) -> Any:
        made: Any = super().get_changelist_formset(request, **{"formset": RowFormSet, **kwargs})
        made.leave = staticmethod(lambda pk: self._left(request, pk, "it was deleted meanwhile."))
        return made

    def get_changelist_form(self, request: HttpRequest, **kwargs: object) -> Any:
        return super().get_changelist_form(request, **{"form": RowForm, **kwargs})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        for left in reversed(range(TRIES)):
            try:
                response = super().changeform_view(request, object_id, form_url, extra_context)
            except tuple(_PROBLEMS) as error:
                # Someone else wrote after the form had passed: the next try shows what is stored now.
                if left == 0:
                    raise errors.Unavailable(str(error)) from error
                if left == 1:
                    state_of(request).problem = _PROBLEMS[type(error)]
            except (ValidationError, errors.ItemTooLarge) as error:
                state_of(request).problem = error if isinstance(error, ValidationError) else str(error)
            else:
                return self.remembering(response, request)
        return None

    # --- Deleting --------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        state = state_of(request)
        read, state.row = state.row, None
        return super().get_object(request, object_id, from_field) if read is None else read

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is not None and self.has_delete_permission(request, row):
            # Django's view asks for it again.
            state_of(request).row = row
            seen = Seen.load(request.POST.get(SEEN))
            if request.POST and not row.is_at(seen.version):
                return self._show_what_changed(request, row, seen)
            seen_now = Seen.of(row, self.shown()).dump()
            extra_context = {SEEN: seen_now, "can_return": self.history_values, **(extra_context or {})}
        try:
            response = super().delete_view(request, object_id, extra_context)
        except (errors.VersionConflict, errors.Contended, errors.DoesNotExist):
            self.message_user(request, f"“{row}” was not deleted: {self.who_changed(row)}", messages.ERROR)
            response = HttpResponseRedirect(request.get_full_path())
        return self.remembering(response, request)

    def _show_what_changed(self, request: HttpRequest, row: Row[Any], seen: Seen) -> HttpResponse:
        fields = seen.changed_since(row)
        values = "; ".join(f"{capfirst(self.label_of(name))}: {shown(row, name)}" for name in fields)
        text = f"“{row}” was not deleted: it was changed while you were looking. {values}"
        self.message_user(request, text.strip(), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())
