"""What the admin needs around its views and nothing else does."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase

from dynamo.errors import Unavailable

if TYPE_CHECKING:
    from django.middleware.csrf import CsrfViewMiddleware

    from accounts.staff.layers import AdminSessionMiddleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

ADMIN = "/admin/"
LOGOUT = f"{ADMIN}logout/"
# The one page for those who have yet to show a second factor.
SECOND_FACTOR = f"{ADMIN}second-factor/"
# These also serve people who are not signed in; the rest of the admin does not.
OPEN = frozenset(f"{ADMIN}{path}" for path in ("login/", "oidc/callback/", "signed-out/", "jsi18n/"))


def install_apps() -> None:
    """Install the admin's apps where that waits for somebody to ask for them: they take a quarter of a start."""
    if apps.is_installed("django.contrib.admin"):
        return
    from django.template import engines, utils

    apps.set_installed_apps([*settings.ADMIN_APPS, *settings.INSTALLED_APPS])
    for kept in (cast(Any, utils.get_app_template_dirs).cache_clear, cast(Any, engines)._engines.clear):
        kept()  # of apps that have templates


class AdminMiddleware:
    """The one place where the admin's URLs and their middleware begin: session, CSRF, person and messages.

    Every other request passes at the cost of a comparison. No cookie is read for it, no session is asked for, and
    nothing of the admin is loaded: its URLs are a URLconf of their own, for the first request that needs them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    @cached_property
    def layers(self) -> "tuple[AdminSessionMiddleware, CsrfViewMiddleware]":
        """The outermost, and the one whose `process_view` Django is to call."""
        install_apps()
        from accounts.staff.layers import layered

        return layered(self.get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN):
            is_bare = request.path_info == ADMIN[:-1]
            return HttpResponsePermanentRedirect(f"{request.path}/") if is_bare else self.get_response(request)
        request.urlconf = settings.ADMIN_URLCONF
        try:
            return cast(HttpResponseBase, self.layers[0](request))
        except Unavailable as error:  # the session can't be read or kept
            from accounts.staff import views

            return views.database_unreachable(request, error)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Django calls this of what MIDDLEWARE names alone: the check of the CSRF token."""
        return self.layers[1].process_view(request, view, args, kwargs) if hasattr(request, "urlconf") else None
