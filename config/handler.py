"""Django's handler for Lambda, with a short way for what is ordinary: the API's requests, to a host of ours.

Django's own way takes each request through twelve layers of middleware and a tree of URLs: 60 us. The short way does
what those do for an API, in one place, with the headers that middleware gave when it was asked at the start; whatever
is not ordinary goes the long way. tests/config/test_handler.py holds the answers of both equal.
"""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response

from rest.json import JSON_TYPE
from rest.middleware import ConditionalGet, ContentSecurityPolicy, name_of, request_id
from rest.routes import Routes

API = "/api/"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

# What an answer says of itself: the rest of an empty answer's headers are the same in every other.
_OF_ONE_ANSWER = {"Content-Type", "Content-Length", "X-Request-ID"}

Headers = dict[str, tuple[str, str]]


class Handler(WSGIHandler):
    """For HTTPS alone: what Lambda is asked comes by no other way."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Both ways, ready to go."""
        super().load_middleware(is_async)
        # A name with a dot before it stands for many, which Django compares.
        self._hosts = {host for host in settings.ALLOWED_HOSTS if host[:1] not in {".", "*"}}
        self._limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        self._routes = Routes(API)
        self._always, self._to_pages = _always_said(), _always_said(HTTP_ORIGIN="https://example.com")
        viewed: Any = convert_exception_to_response(self._view)
        self._inner = convert_exception_to_response(ConditionalGet(ContentSecurityPolicy(viewed)))

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view of a request: from the table where it is there."""
        found = self._routes.find(request.path_info)
        if found is None:
            return super().resolve_request(request)
        request.resolver_match = found
        return found

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, whichever way is taken."""
        return self._short(request) if self._is_ordinary(request) else super().get_response(request)

    def _is_ordinary(self, request: HttpRequest) -> bool:
        meta = request.META
        return (
            request.path_info.startswith(API)
            and request.method in METHODS
            and meta.get("HTTP_HOST") in self._hosts
            and int(meta["CONTENT_LENGTH"]) <= self._limit
        )

    def _short(self, request: HttpRequest) -> Any:
        name = name_of(request)
        token = request_id.set(name)
        try:
            response: Any = self._inner(request)
            if response.status_code >= 400:
                log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        finally:
            request_id.reset(token)
        self._add_headers(request, response, name)
        response._resource_closers.append(request.close)
        return response

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        view, args, kwargs = self.resolve_request(request)
        response: Any = view(request, *args, **kwargs)
        answer: HttpResponseBase = response.render() if hasattr(response, "render") else response
        return answer

    def _add_headers(self, request: HttpRequest, response: Any, name: str) -> None:
        if response.has_header("Vary"):
            patch_vary_headers(response, ("origin",))
        # As Django keeps them, without the checks it makes of each: these have passed them.
        kept: Headers = response.headers._store
        for key, header in (self._to_pages if request.META.get("HTTP_ORIGIN") else self._always).items():
            kept.setdefault(key, header)
        kept["x-request-id"] = ("X-Request-ID", name)
        if not response.streaming:
            kept.setdefault("content-length", ("Content-Length", str(len(response.content))))


class _Blank(BaseHandler):
    """The middleware around an empty answer."""

    def _get_response(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204, content_type=JSON_TYPE)


def _always_said(**environ: str) -> Headers:
    """The headers middleware gives every answer of the API, as Django keeps them."""
    blank = _Blank()
    blank.load_middleware()
    host = next((host.lstrip("*.") for host in settings.ALLOWED_HOSTS), "") or "localhost"
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": API,
            "HTTP_HOST": host,
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(),
            **environ,
        }
    )
    said = blank.get_response(request).items()
    return {name.lower(): (name, value) for name, value in said if name not in _OF_ONE_ANSWER}
