"""Django's "delete selected", with the number of rows that were deleted, which is not always that of the selected."""

from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import actions
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest


@wraps(actions.delete_selected)
def delete_selected(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
    """Ask as Django asks; then delete each row that is still as the list showed it, and say what was not.

    Raises PermissionDenied.
    """
    if not request.POST.get("post"):
        response: Any = actions.delete_selected(modeladmin, request, queryset)
        if response is not None:
            response.context_data |= {"versions": _versions(request), "can_return": modeladmin.history_values}
        return response
    rows = list(queryset)
    if not all(modeladmin.has_delete_permission(request, row) for row in rows):
        raise PermissionDenied
    if deleted := modeladmin.delete_queryset(request, rows):
        text = f"Successfully deleted {deleted} {model_ngettext(modeladmin.opts, deleted)}."
        modeladmin.message_user(request, text, messages.SUCCESS)
    return None


def _versions(request: HttpRequest) -> list[tuple[str, str]]:
    """What the list showed of each selected row, to be sent on."""
    from dynamo.admin.writing import VERSION_PREFIX

    names = (f"{VERSION_PREFIX}{pk}" for pk in request.POST.getlist("_selected_action"))
    return [(name, request.POST[name]) for name in names if name in request.POST]
