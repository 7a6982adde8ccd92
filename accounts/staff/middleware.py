"""What the admin needs around its views and nothing else does. Each layer is Django's own."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from dynamo.errors import Unavailable

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

ADMIN = "/admin/"
LOGOUT = f"{ADMIN}logout/"
# These also serve people who are not signed in; the rest of the admin does not.
OPEN = frozenset(f"{ADMIN}{path}" for path in ("login/", "oidc/callback/", "signed-out/", "jsi18n/"))


class AdminSessionMiddleware(SessionMiddleware):
    """Django's; someone whose session was ended while they waited is asked to sign in, instead of a bare 400."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            from accounts.staff import views

            return views.sign_in_first(request)


class AdminAuthenticationMiddleware(AuthenticationMiddleware):
    """request.user: signed in through Cognito, a member of a group that may do something here, or sent away."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:  # type: ignore[override]  # it may answer
        from accounts import cognito
        from accounts.staff import session, views

        user = session.last_known(request)
        request.user = user or AnonymousUser()
        if request.path_info in OPEN:
            return None
        if request.path_info == LOGOUT:
            return None if user else views.see(cognito.logout_url())
        try:
            user = session.current(request)
        except cognito.Unreachable:
            return views.cognito_unreachable(request)
        request.user = user or AnonymousUser()
        if user is None:
            return views.sign_in_first(request)
        return None if user.is_staff else views.no_group(request)


class AdminMiddleware:
    """The one place where the admin's URLs and their middleware begin: session, CSRF, person and messages.

    Every other request passes at the cost of a comparison. No cookie is read for it, no session is asked for, and
    nothing of the admin is loaded: its URLs are a URLconf of their own, for the first request that needs them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.csrf = CsrfViewMiddleware(AdminAuthenticationMiddleware(MessageMiddleware(get_response)))
        self.chain = AdminSessionMiddleware(self.csrf)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN):
            is_bare = request.path_info == ADMIN[:-1]
            return HttpResponsePermanentRedirect(f"{request.path}/") if is_bare else self.get_response(request)
        request.urlconf = settings.ADMIN_URLCONF
        try:
            return cast(HttpResponseBase, self.chain(request))
        except Unavailable as error:  # the session can't be read or kept
            from accounts.staff import views

            return views.database_unreachable(request, error)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Django calls this of what MIDDLEWARE names alone: the check of the CSRF token."""
        return self.csrf.process_view(request, view, args, kwargs) if hasattr(request, "urlconf") else None
