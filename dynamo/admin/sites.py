"""The admin site: Django's own, for rows in DynamoDB."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import actions
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.base import ModelBase
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from dynamo.admin.content_types import model_of
from dynamo.admin.history.log import RecentActions
from dynamo.admin.rows import Row
from dynamo.admin.writing import VERSION_PREFIX
from dynamo.errors import Unavailable


class RowAdminSite(admin.AdminSite):
    """`admin.site` once "dynamo.admin.apps.RowAdminConfig" stands in INSTALLED_APPS for "django.contrib.admin"."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")
        self.add_action(delete_selected, "delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django's, but models that are no rows, such as auth's groups, are passed over: there is no SQL."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        rows = [model for model in models if issubclass(model, Row)]
        if rows:
            super().register(rows, admin_class, **options)

    def get_log_entries(self, request: HttpRequest) -> Any:
        """The log in DynamoDB, for "recent actions"."""
        return RecentActions()

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's, with "view on site" looked up among rows instead of in SQL."""
        on_site = path(
            "r/<str:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"
        )
        return [on_site, *super().get_urls()]

    def view_on_site(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        """Where readers see a row. One GetItem. Raises Http404."""
        model: Any = model_of(content_type_id)
        if model is None or not issubclass(model, Row) or not hasattr(model, "get_absolute_url"):
            raise Http404
        row: Any = get_object_or_404(model, pk=object_id)
        return HttpResponseRedirect(row.get_absolute_url())

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django's; there is no such page for those whose password is kept elsewhere. Raises Http404 for them."""
        user: Any = request.user
        if not user.has_usable_password():
            raise Http404
        return super().password_change(request, extra_context)

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """As Django's, and a page that says so when DynamoDB does not answer: 503, with Retry-After."""
        inner: Any = super().admin_view(view, cacheable)

        @wraps(inner)
        def available(request: HttpRequest, *args: object, **kwargs: object) -> Any:
            try:
                return inner(request, *args, **kwargs)
            except Unavailable as error:
                # Rendered at once, with little context: whatever else asks DynamoDB would fail as well.
                context = {"site_header": self.site_header, "site_title": self.site_title, "title": "Please try again"}
                page = TemplateResponse(request, "dynamo_admin/unavailable.html", context, status=503)
                page.headers["Retry-After"] = str(error.retry_after)
                return page.render()

        return available


@wraps(actions.delete_selected)
def delete_selected(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
    """Ask as Django asks; then delete each row that is still as the list showed it, and say what was not.

    Raises PermissionDenied.
    """
    if not request.POST.get("post"):
        response: Any = actions.delete_selected(modeladmin, request, queryset)
        if response is not None:
            # What the list showed of each selected row is sent on.
            names = [f"{VERSION_PREFIX}{pk}" for pk in request.POST.getlist("_selected_action")]
            versions = [(name, request.POST[name]) for name in names if name in request.POST]
            response.context_data |= {"versions": versions, "can_return": modeladmin.history_values}
        return response
    rows = list(queryset)
    if not all(modeladmin.has_delete_permission(request, row) for row in rows):
        raise PermissionDenied
    if deleted := modeladmin.delete_queryset(request, rows):
        text = f"Successfully deleted {deleted} {model_ngettext(modeladmin.opts, deleted)}."
        modeladmin.message_user(request, text, messages.SUCCESS)
    return None
