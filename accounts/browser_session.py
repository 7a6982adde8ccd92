"""The session of a page without a server side: its refresh token in a cookie that no script can read (ADR 14).

One address trades what only Cognito knows for an access token: first the code of the hosted page, later the cookie.
"""

import time
from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from accounts import cognito
from rest.lazy_schema import extend_schema
from rest.problems import Forbidden, ServiceUnavailable, Unauthenticated
from rest.serializers import BooleanField, CharField, StrictSerializer
from rest.views import ApiView, JsonResponse

# As long as Cognito's refresh token (infra/data.yaml).
COOKIE_SECONDS = 30 * 24 * 3600
# Before the token in the cookie: whether it outlives the browser's window.
KEPT, PASSING = "kept.", "passing."


class Session(TypedDict):
    """What SessionInput makes of it, where it is not empty."""

    code: str
    verifier: str
    nonce: str
    keep: bool


class SessionInput(StrictSerializer):
    """What the hosted page gave, or nothing: then the cookie counts."""

    code = CharField(required=False, max_length=4096)
    verifier = CharField(required=False, max_length=128)
    nonce = CharField(required=False, max_length=128)
    keep = BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs and len(attrs) != len(self.fields):
            raise ValidationError("Send code, verifier, nonce and keep, or none of them.")
        return attrs


class BrowserSession(ApiView):
    """The session of the page registered under `callback`. Its cookie goes to this address alone."""

    callback = ""
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        # SameSite keeps the cookie to this site; this refuses sign-ins that other sites or subdomains began.
        is_own = request.META.get("HTTP_ORIGIN") == settings.SITE_URL
        if not is_own or request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
            raise Forbidden("Only the page itself may ask for its session.")

    @extend_schema(exclude=True)
    def post(self, request: Request) -> HttpResponse:
        """An access token, by the code or by the cookie. Raises Unauthenticated, ServiceUnavailable."""
        asked: Session | None = SessionInput().run_validation(request.data)
        kind, _, refresh = request.COOKIES.get(cookie_name(), "").partition(".")
        keep = asked["keep"] if asked else f"{kind}." == KEPT
        try:
            if asked:
                code, verifier, nonce = asked["code"], asked["verifier"], asked["nonce"]
                tokens = cognito.exchange(code, verifier=verifier, nonce=nonce, callback=self.callback)
            elif refresh:
                tokens = cognito.renew(refresh)
            else:
                raise Unauthenticated("Sign in first.")
        except cognito.CognitoRefused as error:
            # The cookie stays: another tab may have been given a newer one meanwhile.
            raise Unauthenticated("The session is over. Sign in again.") from error
        except cognito.Unreachable as error:
            raise ServiceUnavailable("Cognito does not answer right now.", retry_after=5) from error
        response = JsonResponse(
            {
                "access_token": tokens.access,
                "expires_in": int(tokens.claims.expires_at - time.time()),
                "sub": tokens.claims.sub,
                "email": tokens.claims.email or tokens.claims.username,
            }
        )
        response.set_cookie(
            cookie_name(),
            f"{KEPT if keep else PASSING}{tokens.refresh}",
            max_age=COOKIE_SECONDS if keep else None,
            path=request.path,
            secure=not settings.LOCAL,
            httponly=True,
            samesite="Strict",
        )
        return response

    @extend_schema(exclude=True)
    def delete(self, request: Request) -> HttpResponse:
        """Sign out: the token is revoked, the cookie goes."""
        _, _, refresh = request.COOKIES.get(cookie_name(), "").partition(".")
        if refresh:
            cognito.revoke(refresh)
        response = HttpResponse(status=204)
        response.delete_cookie(cookie_name(), path=request.path, samesite="Strict")
        return response


def cookie_name() -> str:
    """With a prefix that makes browsers insist on HTTPS, save on this machine, which has none."""
    return "todos-session" if settings.LOCAL else "__Secure-todos-session"
