"""What every request passes: an id for the logs, a limit on its size, conditional answers."""

import hashlib
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# In every log line and in the answer's X-Request-ID.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_SAFE_ID = re.compile(r"[A-Za-z0-9._:=;-]{8,128}")


class RequestId:
    """Takes the caller's X-Request-ID if it is harmless to log, else the gateway's trace id, else makes one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID") or request.META.get("HTTP_X_AMZN_TRACE_ID") or ""
        name = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
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
        from api.errors import problem_response
        from api.problems import Invalid, TooLarge

        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return problem_response(Invalid("Content-Length must be a number."))
        if int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return problem_response(TooLarge())
        return self.get_response(request)


class ConditionalGet(ConditionalGetMiddleware):
    """ETag and 304 for every GET of the API, `no-store` ones too: a client that keeps its own copy saves the bytes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"} and "ETag" not in response and self.needs_etag(response):
            # A page whose items are the same but which has got a next page is not the same page.
            whole = response.content + response.get("Link", "").encode()  # type: ignore[attr-defined]  # not streaming
            response["ETag"] = f'"{hashlib.blake2b(whole, digest_size=16).hexdigest()}"'
        return super().process_response(request, response)

    def needs_etag(self, response: HttpResponseBase) -> bool:
        return response.status_code == 200 and not response.streaming


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
