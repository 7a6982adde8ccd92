"""What every request passes: an id for the logs, the host and the size it may have, conditional answers."""

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe

from rest.errors import problem_response
from rest.problems import Forbidden, Invalid, PreconditionFailed, TooLarge, request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# A request without these gets the whole answer.
_CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}

API, HEALTH = "/api/", "/api/health/"

_SAFE_ID = re.compile(r"[A-Za-z0-9._:=;-]{8,128}")


def name_of(request: HttpRequest) -> str:
    """A request's name in the logs: the caller's X-Request-ID if it is harmless, else the gateway's, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID") or request.META.get("HTTP_X_AMZN_TRACE_ID") or ""
    return given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex


class Middleware:
    """The base of those below."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response


class RequestId(Middleware):
    """Gives each request its name: in X-Request-ID of the answer, and in the logs."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = name_of(request)
        token = request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = name
        return response


class EdgeOnly(Middleware):
    """Behind CloudFront, requests that bypass it get 403. Health is exempt: each region is asked for it directly."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.EDGE_ONLY and not request.META.get("edge.passed") and not request.path_info.startswith(HEALTH):
            return problem_response(Forbidden(f"The site answers at {settings.SITE_URL} alone."))
        return self.get_response(request)


class Common(CommonMiddleware):
    """Django's: refuses other hosts, adds a page's missing last slash, sets the answer's length.

    An API's client is told of the slash instead (rest.errors.no_endpoint): a redirect would cost each of its requests
    a second one, and turn a POST into a GET.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.get_host()

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        is_read = request.method in {"GET", "HEAD"}
        return is_read and not request.path_info.startswith(API) and super().should_redirect_with_slash(request)


class BodyLimit(Middleware):
    """Refuses a body that is too large for every endpoint by its Content-Length, before a byte of it is read."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit() and len(length) < 20):  # int() refuses thousands of digits
            return problem_response(Invalid("Content-Length must be a number."))
        if int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) and request.path not in settings.UNLIMITED_PATHS:
            return problem_response(TooLarge())
        return self.get_response(request)


class ConditionalGet(Middleware):
    """ETag and 304 for every GET and HEAD, `no-store` ones too: a client that keeps its own copy saves the bytes.

    Django's middleware leaves out HEAD, whose answer is that of GET without the body (RFC 9110, 13.1.2).
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return response
        if response.status_code == 200 and not response.streaming and "ETag" not in response:
            # A page whose items are the same but which has got a next page is not the same page.
            whole = response.content + response.get("Link", "").encode()  # type: ignore[attr-defined]  # not streaming
            response["ETag"] = f'"{hashlib.blake2b(whole, digest_size=16).hexdigest()}"'
        # Most requests set no condition, and parsing the answer's headers for them would be slow.
        return response if _CONDITIONS.isdisjoint(request.META) else _conditional(request, response)


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    changed = parse_http_date_safe(response.get("Last-Modified", ""))
    # The stubs know plain responses alone; given one, it answers one.
    answer = get_conditional_response(request, response.get("ETag"), changed, cast(HttpResponse, response))
    if answer is not None and answer.status_code == 412:  # Django's has no body
        return problem_response(PreconditionFailed())
    if answer is not response and answer is not None and "Content-Type" in response:
        # API Gateway calls what has no type JSON, and a cache makes what a 304 says its copy's own (RFC 9111, 3.2).
        answer["Content-Type"] = response["Content-Type"]
    return cast(HttpResponseBase, answer)


class Cors(Middleware):
    """Any page may call /api/ (the Fetch standard's CORS): it takes a bearer token, and no cookie.

    Every answer says so, whoever asks, as a cache shows it to others. django-cors-headers does this and much else; for
    an answer that is always the same that is too slow.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": ", ".join(settings.CORS_EXPOSE_HEADERS),
        }
        self.preflight = {
            **self.headers,
            "Access-Control-Allow-Headers": ", ".join(settings.CORS_ALLOW_HEADERS),
            "Access-Control-Allow-Methods": ", ".join(settings.CORS_ALLOW_METHODS),
            "Access-Control-Max-Age": str(settings.CORS_PREFLIGHT_MAX_AGE),
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(API):
            return self.get_response(request)
        is_options = request.method == "OPTIONS"
        if is_options and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            response: HttpResponseBase = HttpResponse(headers={"Content-Length": "0"})
        else:
            response = self.get_response(request)
        for name, value in (self.preflight if is_options else self.headers).items():
            response[name] = value
        return response


class ContentSecurityPolicy(Middleware):
    """Gives HTML the policy settings.CONTENT_SECURITY_POLICIES has for its path, unless the page has one of its own."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Django's own pages of errors, for developers, have their styles inline.
        is_for_developers = settings.DEBUG and response.status_code >= 400
        if response.get("Content-Type", "").startswith("text/html") and not is_for_developers:
            for prefix, policy in settings.CONTENT_SECURITY_POLICIES:
                if request.path_info.startswith(prefix):
                    response.headers.setdefault("Content-Security-Policy", policy)
                    break
        return response
