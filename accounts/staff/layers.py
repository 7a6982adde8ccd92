"""The middleware around the admin's views: session, CSRF, person and messages, each Django's own or based on it."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from accounts.staff.middleware import LOGOUT, OPEN, SECOND_FACTOR, GetResponse


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
        if not user.is_staff:
            return views.no_group(request)
        is_half = request.path_info != SECOND_FACTOR and session.lacks_factor(request)
        return views.second_factor_first(request) if is_half else None


def layered(get_response: GetResponse) -> tuple[AdminSessionMiddleware, CsrfViewMiddleware]:
    """The outermost layer, and the one whose `process_view` Django is to call."""
    csrf = CsrfViewMiddleware(AdminAuthenticationMiddleware(MessageMiddleware(get_response)))
    return AdminSessionMiddleware(csrf), csrf
