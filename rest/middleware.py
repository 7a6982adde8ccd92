"""What every request passes: an id for the logs, a limit on its size, conditional answers."""

import hashlib
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# In every log line and in the answer's X-Request-ID.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# A request without these gets the whole answer.
_CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}

_SAFE_ID = re.compile(r"[A-Za-z0-9._:=;-]{8,128}")


def name_of(request: HttpRequest) -> str:
    """A request's name in the logs: the caller's X-Request-ID if it is harmless, else the gateway's, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID") or request.META.get("HTTP_X_AMZN_TRACE_ID") or ""
    return given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex


class RequestId:
    """Gives each request its name: in X-Request-ID of the answer, and in the logs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = name_of(request)
        token = request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = name
        return response


class BodyLimit:
    """Refuses by its Content-Length a body no endpoint would take, before a byte of it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        from rest.errors import problem_response
        from rest.problems import Invalid, TooLarge

        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return problem_response(Invalid("Content-Length must be a number."))
        if int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) and request.path not in settings.UNLIMITED_PATHS:
            return problem_response(TooLarge())
        return self.get_response(request)


class ConditionalGet(ConditionalGetMiddleware):
    """ETag and 304 for every GET of the API, `no-store` ones too: a client that keeps its own copy saves the bytes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_read = request.method in {"GET", "HEAD"}
        if is_read and "ETag" not in response and self.needs_etag(response):
            # A page whose items are the same but which has got a next page is not the same page.
            whole = response.content + response.get("Link", "").encode()  # type: ignore[attr-defined]  # not streaming
            response["ETag"] = f'"{hashlib.blake2b(whole, digest_size=16).hexdigest()}"'
        # Django parses what the answer says of itself even if nothing is asked of it: 8 % of a short request.
        return super().process_response(request, response) if is_read and _is_conditional(request) else response

    def needs_etag(self, response: HttpResponseBase) -> bool:
        return response.status_code == 200 and not response.streaming


def _is_conditional(request: HttpRequest) -> bool:
    return not _CONDITIONS.isdisjoint(request.META)


class Cors:
    """Any page may call /api/ (the Fetch standard's CORS): what opens it is a bearer token, and no cookie is taken.

    django-cors-headers does this and much else; for an answer that is always the same it takes a sixth of a request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": ", ".join(settings.CORS_EXPOSE_HEADERS),
        }
        self.preflight = {
            "Access-Control-Allow-Headers": ", ".join(settings.CORS_ALLOW_HEADERS),
            "Access-Control-Allow-Methods": ", ".join(settings.CORS_ALLOW_METHODS),
            "Access-Control-Max-Age": str(settings.CORS_PREFLIGHT_MAX_AGE),
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        is_options = request.method == "OPTIONS"
        if is_options and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            response: HttpResponseBase = HttpResponse(headers={"Content-Length": "0"})
        else:
            response = self.get_response(request)
        patch_vary_headers(response, ("origin",))
        if request.META.get("HTTP_ORIGIN"):
            for name, value in {**self.headers, **(self.preflight if is_options else {})}.items():
                response[name] = value
        return response


class ContentSecurityPolicy:
    """Gives HTML the policy settings.CONTENT_SECURITY_POLICIES has for its path, unless the page has one of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policies: list[tuple[str, str]] = settings.CONTENT_SECURITY_POLICIES

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            for prefix, policy in self.policies:
                if request.path_info.startswith(prefix):
                    response.headers.setdefault("Content-Security-Policy", policy)
                    break
        return response
