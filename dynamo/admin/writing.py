"""How the admin writes: each change of a row is one transaction with its entry in the log."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dynamo.admin import changelist
from dynamo.admin.fields import BOOKKEEPING
from dynamo.admin.history import log
from dynamo.admin.rows import Row
from dynamo.admin.rows.metaclass import ROW_KEY
from dynamo.errors import DoesNotExist, DynamoError, VersionConflict

VERSION_PREFIX = "version:"


class WritingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only for the type checker
    """What every write goes through. `save_item` and `delete_item` are an app's to override."""

    # Whether the log keeps what changed, and so what can be restored. Not for data that must not outlive its row.
    history_values = True

    def save_model(self, request: HttpRequest, obj: Row[Any], form: Any, change: bool) -> None:
        """Save what the form changed. Nothing is written, and nothing logged, where nothing was changed."""
        changes = obj.changes()
        if change and not changes:
            return
        message = self.construct_change_message(request, form, [], add=not change)
        self.write(request, obj, CHANGE if change else ADDITION, json.dumps(message) if message else "")

    def write(self, request: HttpRequest, row: Row[Any], action: int, message: str) -> None:
        """Write a row with its entry in the log, by `save_item`. Raises what that raises."""
        row.set_key()
        row.load_rest()
        entry = log.Change(row, request.user, action, message, with_values=self.history_values)
        self.save_item(request, row, row.changes(), None if action == ADDITION else row.version, entry)
        changelist.remember(request, row)

    def save_item(
        self, request: HttpRequest, row: Row[Any], changes: Mapping[str, Any], expect: int | None, entry: log.Change
    ) -> None:
        """Write one row and `entry`, together. Override it to write through a service.

        `changes` holds the new value of each attribute that differs, None where it goes, all of them if `expect` is
        None: then the row is new. `entry.write_in(block)` adds the entry to a TransactWrite. ValidationError is shown
        in the form; AlreadyExists, VersionConflict and DoesNotExist make the form look again.
        """
        row.save(parts=[entry.write_in])

    def delete_model(self, request: HttpRequest, obj: Row[Any]) -> None:
        obj.load_rest()
        entry = log.Change(obj, request.user, DELETION, with_values=self.history_values)
        changelist.remember(request, obj)
        self.delete_item(request, obj, obj.version, entry)

    def delete_item(self, request: HttpRequest, row: Row[Any], expect: int, entry: log.Change) -> None:
        """Delete one row and write `entry`, together, if the row is at version `expect`. Override as `save_item`."""
        row.delete(parts=[entry.write_in])

    def update_rows(self, request: HttpRequest, rows: Iterable[Row[Any]], **values: object) -> int:
        """For bulk actions: set values on each row, logged; how many were. A row someone else has changed stays."""
        labels = [self.label_of(name) for name in values]
        message = json.dumps([{"changed": {"fields": labels}}])

        def write(row: Row[Any]) -> bool:
            for name, value in values.items():
                setattr(row, name, value)
            if not row.changes():
                return False
            self.write(request, row, CHANGE, message)
            return True

        return self._each(request, rows, write)

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[Row[Any]]) -> Any:
        """Delete each row, logged; how many were. A row someone else has changed stays."""

        def delete(row: Row[Any]) -> bool:
            self.delete_model(request, row)
            return True

        return self._each(request, queryset, delete)

    def _each(self, request: HttpRequest, rows: Iterable[Row[Any]], write: Callable[[Row[Any]], bool]) -> int:
        done = 0
        for row in rows:
            try:
                expect(row, request.POST.get(f"{VERSION_PREFIX}{row.pk}"))
                done += write(row)
            except (VersionConflict, DoesNotExist):
                self._left(request, row, self.who_changed(row))
            except (ValidationError, DynamoError) as error:
                self._left(request, row, sentence(error))
        return done

    def _left(self, request: HttpRequest, row: Row[Any] | str, why: str) -> None:
        self.message_user(request, f"“{row}” was left as it is: {why}", messages.ERROR)

    def label_of(self, name: str) -> str:
        """What editors call a field."""
        model: Any = self.model
        return str(model._meta.get_field(name).verbose_name)

    def who_changed(self, row: Row[Any]) -> str:
        """A sentence about the last change of a row. One Query, for messages about conflicts only."""
        found = log.of_object(log.name_of(row), limit=1).found
        if not found:
            return "it was changed meanwhile, not in the admin."
        what = found[0].log_entry().get_change_message()
        return f"it was changed meanwhile. Last in the admin: {found[0].username}, {found[0].time:%H:%M:%S} UTC. {what}"

    def _logged(self, *args: object) -> None:
        """Nothing: the entry is written with the row."""

    log_addition: Any = _logged
    log_change: Any = _logged
    log_deletions: Any = _logged

    def url(self, name: str, *args: object) -> str:
        """The address of one of this admin's pages."""
        full = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(full, args=args, current_app=self.admin_site.name)

    def remembering(self, response: HttpResponse, request: HttpRequest) -> HttpResponse:
        """The response, and with it a note of what was written, for the list that comes next."""
        return changelist.remembering(response, request, self.url("changelist"))

    def shown(self) -> list[str]:
        """The fields an editor may see: not the bookkeeping, nor what `exclude` names."""
        hidden = {*BOOKKEEPING, *self.model.partition, *(self.exclude or ()), "expires", ROW_KEY}
        return [field.name for field in self.opts.concrete_fields if field.name not in hidden]


def expect(row: Row[Any], seen: str | None) -> None:
    """Raises VersionConflict if the page showed another version of a row, or another row."""
    if seen is not None and not row.is_at(seen):
        raise VersionConflict


def sentence(error: Exception) -> str:
    """What an error says to an editor."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
