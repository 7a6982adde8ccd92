"""Sessions, protection against forgery, the signed-in person and messages: under /admin/ and nowhere else.

Each is Django's own. Requests to the API and to public pages pass at the cost of a comparison: no cookie is read, no
session asked for, and nothing of the admin loaded.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from dynamo.errors import Unavailable

ADMIN = "/admin/"
LOGOUT = f"{ADMIN}logout/"
# These serve who is not signed in, too; the rest of the admin does not.
OPEN = frozenset(f"{ADMIN}{path}" for path in ("login/", "oidc/callback/", "signed-out/", "jsi18n/"))


def is_admin(request: HttpRequest) -> bool:
    """Whether a request is for the admin; its slash at the end may be missing."""
    return request.path_info.startswith(ADMIN) or request.path_info == ADMIN[:-1]


class _InAdmin(MiddlewareMixin):
    """Lets every other request pass. Where the session can't be read or kept, a page says so."""

    def __call__(self, request: HttpRequest) -> Any:
        if not is_admin(request):
            return self.get_response(request)
        try:
            return super().__call__(request)
        except Unavailable as error:
            from accounts.staff import views

            return views.database_unreachable(request, error)


class AdminSession(_InAdmin, SessionMiddleware):
    """request.session; and the URLs of the admin, which are loaded for the first request that needs them."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info == ADMIN[:-1]:
            return HttpResponsePermanentRedirect(f"{request.path}/")
        if is_admin(request):
            request.urlconf = settings.ADMIN_URLCONF
        return super().__call__(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Django's; someone whose session was ended while they waited is asked to sign in, instead of a bare 400."""
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            from accounts.staff import views

            return views.sign_in_first(request)


class AdminCsrf(_InAdmin, CsrfViewMiddleware):
    """Protection against forged requests, with its secret in the session."""

    def process_view(self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        if is_admin(request):
            return super().process_view(request, callback, callback_args, callback_kwargs)
        return None


class AdminUser(_InAdmin, AuthenticationMiddleware):
    """request.user: signed in through Cognito, a member of a group that may do something here, or sent away."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:  # type: ignore[override]  # it may answer
        from accounts.staff import cognito, session, views

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


class AdminMessages(_InAdmin, MessageMiddleware):
    """What was done, told on the next page."""
