"""Who sends a request, by the access token in its Authorization header (RFC 6750)."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.tokens import Claims, InvalidToken, verify_access_token
from accounts.users import User


class CognitoAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` holds the token's claims.

    Without the header a request is anonymous and the view's permissions decide. With one it must be good: a wrong
    token or another scheme is refused even where nobody needs a token, so that a client learns of it at once.
    Repeated headers reach Django joined by commas, which no token contains.
    """

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """The user and their claims, or None. Raises AuthenticationFailed, KeysUnavailable."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            claims = verify_access_token(bearer_token(header))
        except InvalidToken as error:
            raise AuthenticationFailed(error.reason.value) from error
        return User(claims.sub, claims.username, claims.groups), claims

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with a 401. RFC 6750, section 3.1: no error code if there was no token."""
        challenge = 'Bearer realm="api"'
        return f'{challenge}, error="invalid_token"' if "HTTP_AUTHORIZATION" in request.META else challenge


def bearer_token(header: str) -> str:
    """The token of an Authorization header. Raises AuthenticationFailed for any other scheme."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise AuthenticationFailed("Send the access token as `Authorization: Bearer <token>`.")
    return token
