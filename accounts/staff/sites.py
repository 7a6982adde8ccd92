"""The admin site: rows in DynamoDB, people in Cognito."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, reverse

from accounts.staff import operations, saved_forms, second_factor, views
from dynamo.admin.options import RowAdmin
from dynamo.admin.request_state import state_of
from dynamo.admin.sites import RowAdminSite
from dynamo.errors import Unavailable

FORMS = {"add_view", "change_view"}


class StaffSite(RowAdminSite):
    """Sign-in on Cognito's hosted page instead of a form of ours; no password is ever asked for or changed here."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own: list[URLPattern | URLResolver] = [
            path("login/", views.login, name="login"),
            path("logout/", views.logout, name="logout"),
            path("oidc/callback/", views.callback, name="oidc_callback"),
            path("signed-out/", views.signed_out, name="signed_out"),
            path("second-factor/", self.admin_view(second_factor.set_up), name="second_factor"),
            path("failures/", self.admin_view(partial(operations.overview, site=self)), name="failures"),
            path("failures/<str:name>/", self.admin_view(partial(operations.queue, site=self)), name="failure_queue"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> Any:
        """As before, and whom a form is shown to: templates/admin/change_form.html has it sent along."""
        return {**super().each_context(request), "writer": saved_forms.sign(str(request.user.pk))}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The apps, and for admins the failed events."""
        apps = super().get_app_list(request, app_label)
        user: Any = request.user
        if app_label is not None or not user.is_superuser:
            return apps
        url = reverse("admin:failures", current_app=self.name)
        page = {"name": "Failed events", "object_name": "Failure", "admin_url": url, "add_url": None, "view_only": True}
        return [*apps, {"name": "Operation", "app_label": "operation", "app_url": url, "models": [page]}]

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """As before; and a form's page, asked for with `resume`, shows what was written before the sign-in ended."""
        model_admin = getattr(view, "__self__", None)
        is_form = isinstance(model_admin, RowAdmin) and getattr(view, "__name__", "") in FORMS
        return super().admin_view(_resumable(view) if is_form else view, cacheable)


def _resumable(view: Callable[..., HttpResponseBase]) -> Any:
    @wraps(view)
    def resumed(request: HttpRequest, *args: object, **kwargs: object) -> Any:
        is_resumed = saved_forms.RESUME in request.GET
        if request.method == "GET" and is_resumed:
            _give_back(request)
        response = view(request, *args, **kwargs)
        if is_resumed and state_of(request).written:
            with suppress(Unavailable):  # it is saved all the same
                saved_forms.forget(request, str(request.user.pk))
        return response

    return resumed


def _give_back(request: HttpRequest) -> None:
    """Let the form see what was sent before, with a problem that keeps it from being saved by itself."""
    found = saved_forms.find(request, str(request.user.pk))
    if found is None:
        messages.warning(request, "What you had written before is no longer kept.")
        return
    # Read while it is a GET, so that no one looks for a body later. Pictures went straight to S3: there are no files.
    request.FILES  # noqa: B018  # reading it is what counts
    request.method, request.POST = "POST", found  # type: ignore[assignment]  # it may be changed, unlike one that came
    state_of(request).problem = "You had been signed out: nothing is saved yet. Check what you wrote, and save."
