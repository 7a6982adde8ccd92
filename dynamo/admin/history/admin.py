"""An object's past: its history with differences, earlier versions restored, deleted rows brought back."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from dynamo.admin.fields import BOOKKEEPING, STAMPS
from dynamo.admin.history import log
from dynamo.admin.history.differences import changes_of
from dynamo.admin.rows import Row
from dynamo.admin.writing import WritingAdmin, expect, sentence
from dynamo.errors import AlreadyExists, BadCursor, ConditionFailed, DoesNotExist, DynamoError
from dynamo.models import Model

HISTORY_PAGE = 20
# What a restored version never brings back: the key stays, and versions only go up.
NEVER_RESTORED = (*BOOKKEEPING, *STAMPS)


class HistoryAdmin(WritingAdmin):
    """The history page, and two pages of our own beside it."""

    object_history_template = "dynamo_admin/object_history.html"

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Any:
        """Django's history page asks for LogEntry by SQL; it gets a page of the log instead."""
        if queryset.model is not LogEntry or request.resolver_match is None:
            return super().get_paginator(request, queryset, per_page, orphans, allow_empty_first_page)
        return self.history_paginator(request, unquote(request.resolver_match.kwargs["object_id"]))

    def history_paginator(self, request: HttpRequest, object_id: str) -> "HistoryPaginator":
        """The log of the row at this address: override it where a row's entries stand under several keys."""
        return HistoryPaginator(self.model, object_id, self.shown())

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
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
        """Bring back the values an entry of the history holds: a change like any other, logged and undone like one.

        A row that has changed since the history was shown stays as it is.
        Raises Http404, PermissionDenied.
        """
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
            expect(row, request.POST.get("version"))
            self._restore(request, row, f"Restored the version of {entry.time:%Y-%m-%d %H:%M:%S} UTC.")
        except (ConditionFailed, DoesNotExist):
            self._left(request, row, self.who_changed(row))
        except (ValidationError, DynamoError) as error:
            self._left(request, row, sentence(error))
        return self.remembering(HttpResponseRedirect(self.url("change", quote(row.pk))), request)

    def _restore(self, request: HttpRequest, row: Row[Any], message: str) -> None:
        if row.changes():
            self.write(request, row, CHANGE, message)
            self.message_user(request, message, messages.SUCCESS)
        else:
            self.message_user(request, "Nothing to restore: that is how it is now.", messages.INFO)

    def restored(self, request: HttpRequest, old: Model) -> dict[str, Any]:
        """The values to bring back from an earlier item: override it to leave some as they are."""
        kept = {*NEVER_RESTORED, *self.model._key_names()}
        values_of = self.model.values_of(old)
        return {name: values_of(name) for name in self.model.item_class.get_attributes() if name not in kept}

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """What was deleted in the last 30 days, and a button to bring it back. Raises PermissionDenied."""
        if not (self.has_view_or_change_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        if request.method == "POST":
            return self._undelete(request)
        try:
            page = log.deletions(self.opts.label_lower, limit=self.list_per_page, cursor=request.GET.get("p"))
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
        if not name.startswith(f"{self.opts.label_lower}#"):
            raise Http404
        entry = self._entry(name, at)
        row = self.model.from_item(self.model.item_class.from_raw_data(log.unpack(entry.after)))
        row.bring_back()
        try:
            self.write(request, row, ADDITION, "Brought back after it was deleted.")
        except AlreadyExists:
            there = self.get_object(request, str(row.pk))
            if there is not None and there.created_at != row.created_at:
                text = f"“{row}” was not brought back: “{there}” is in its place."
                self.message_user(request, text, messages.ERROR)
                return HttpResponseRedirect(request.path)
            self.message_user(request, f"“{row}” is there: nothing was brought back.", messages.WARNING)
        except (ValidationError, DynamoError) as error:
            self.message_user(request, f"“{row}” was not brought back: {sentence(error)}", messages.ERROR)
            return HttpResponseRedirect(request.path)
        else:
            self.message_user(request, f"“{row}” was brought back.", messages.SUCCESS)
        return self.remembering(HttpResponseRedirect(self.url("change", quote(row.pk))), request)

    def _entry(self, name: str, at: str) -> log.Entry:
        try:
            entry = log.fetch(name, at)
        except DoesNotExist:
            raise Http404 from None
        if entry.after is None:
            raise Http404
        return entry


class HistoryPaginator:
    """What Django's history view and template ask of a paginator: a page of the log, by cursor instead of number."""

    ELLIPSIS = "…"
    count = num_pages = 1

    def __init__(self, model: type[Row[Any]], pk: str, names: list[str]) -> None:
        self.model, self.names = model, names
        self.object = f"{model._meta.label_lower}#{pk}"

    def get_page(self, number: int) -> "HistoryPage":
        """The newest changes, or those from a cursor on. Raises BadCursor."""
        cursor = str(number) if number not in (1, "1", None) else None
        return HistoryPage(self, log.of_object(self.object, limit=HISTORY_PAGE, cursor=cursor), cursor)

    def get_elided_page_range(self, number: int) -> list[Any]:
        """No numbers: the template has links to older and newest."""
        return []


class HistoryPage(list[Any]):
    """Entries as Django's template reads them, with the differences beside."""

    number = 1

    def __init__(self, paginator: HistoryPaginator, entries: log.Entries, cursor: str | None) -> None:
        self.paginator, self.older, self.is_first = paginator, entries.older, cursor is None
        super().__init__(self._row(entry) for entry in entries.found)

    def _row(self, entry: log.Entry) -> Any:
        row: Any = entry.log_entry()
        row.at, row.can_restore = entry.at, entry.after is not None and not entry.is_deletion
        row.changes = changes_of(entry, self.paginator.model, self.paginator.names)
        return row
