"""The base of every API view: private by default, typed answers, ETags."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rest.etags import etag, http_date
from rest.json import JSON_TYPE, encode
from rest.problems import FieldError, Invalid, MethodNotAllowed
from rest.serializers import StrictSerializer, checker

S = TypeVar("S", bound=serializers.BaseSerializer[Any])

PRIVATE = "private, no-store"
READING = frozenset({"GET", "HEAD"})
MAX_QUERIES = 512  # of some 3 KB at most, a cursor's length


class JsonResponse(HttpResponse):
    """JSON, encoded at once. DRF's Response is a template that is rendered later, which is slower."""

    def __init__(self, data: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(encode(data), content_type=JSON_TYPE, status=status, headers=headers)


class ApiView(APIView):
    """Answers are private unless a view says otherwise; OPTIONS needs no token, so that any page may ask."""

    cache_control = PRIVATE
    throttle_scope: str | None = None
    # Methods that read query parameters. Others refuse any: `DELETE /bin/?list=x` would else empty the whole bin, and
    # an answer be that of another question.
    query_methods: frozenset[str] = frozenset()

    # --- One of each for the process, where DRF makes one for each request: none keeps anything ---

    def get_parsers(self) -> list[Any]:
        return _made(tuple(self.parser_classes))

    def get_authenticators(self) -> list[Any]:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> list[Any]:
        return _made(tuple(self.permission_classes))

    def get_content_negotiator(self) -> Any:
        return _made((self.content_negotiation_class,))[0]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        renderer = _made(tuple(self.renderer_classes))[0]
        return renderer, renderer.media_type

    @property
    def allowed_methods(self) -> list[str]:
        view: Any = type(self)
        return _allowed(view)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        if request.method not in self.allowed_methods:
            # Before anyone is asked for a token.
            raise MethodNotAllowed(f"Allowed here: {', '.join(self.allowed_methods)}.")
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)
            if request.META.get("QUERY_STRING") and request.method not in self.query_methods:
                self.query(StrictSerializer)

    def get_throttles(self) -> list[Any]:
        if not self.throttle_scope or self.request.method not in {"POST", "PUT"}:
            return []
        from rest.throttling import CountedThrottle

        return [CountedThrottle()]

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.setdefault("Cache-Control", self.cache_control if request.method in {"GET", "HEAD"} else PRIVATE)
        # DRF varies on Accept, but every answer is JSON; and a bearer token already makes an answer private.
        if answer.get("Vary") == "Accept":
            del answer["Vary"]
        return answer

    def options(self, request: HttpRequest, *args: object, **kwargs: object) -> Response:
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    @property
    def sub(self) -> str:
        """The caller's Cognito `sub`: the owner of what they make."""
        user: Any = self.request.user  # accounts.users.User: this package does not know it
        return str(user.sub)

    # DRF's serializers do not say of what types their values are: the caller names the TypedDict it gets.

    def body(self, serializer: type[S], *, partial: bool = False) -> Any:
        """The validated body. Raises a ValidationError that points at each field, and ParseError if there is none."""
        if (self.request.META.get("CONTENT_LENGTH") or "0") == "0":
            # DRF takes it for {}, which means something to PATCH.
            raise ParseError("The body is empty, or has no Content-Length.")
        return checker(serializer, partial=partial).run_validation(self.request.data)

    def query(self, serializer: type[S]) -> Any:
        """The validated query parameters, as a dictionary. Raises Invalid, for an unknown or repeated one too."""
        # Most requests ask what others asked before; a serializer of a query looks at nothing else.
        kind: Any = serializer
        return dict(_checked_query(kind, self.request.encoding, self.request.META.get("QUERY_STRING", "")))


@lru_cache(MAX_QUERIES)
def _checked_query(serializer: type[Any], encoding: str | None, asked: str) -> dict[str, Any]:
    given: Mapping[str, list[str]] = dict(QueryDict(asked.encode("latin-1"), encoding=encoding).lists())
    if repeated := [name for name, values in given.items() if len(values) > 1]:
        raise _wrong_parameters({name: ["Give this parameter once."] for name in repeated})
    values = {name: values[0] for name, values in given.items()}
    try:
        checked: dict[str, Any] = checker(serializer).run_validation(values)
    except ValidationError as error:
        raise _wrong_parameters(error.detail) from error
    return checked


@cache
def _made(classes: tuple[type[Any], ...]) -> list[Any]:
    return [each() for each in classes]


@cache
def _allowed(view: type[Any]) -> list[str]:
    # Django gives `head` to each instance that has `get`.
    has = {name: hasattr(view, "get" if name == "head" else name) for name in view.http_method_names}
    return [name.upper() for name, there in has.items() if there]


def _wrong_parameters(wrong: Any) -> Invalid:
    found = [(name, str(said), getattr(said, "code", "invalid")) for name, details in wrong.items() for said in details]
    other = {"unknown": "There is no such parameter."}  # the serializer speaks of fields
    return Invalid(errors=[FieldError(other.get(code, said), parameter=name, code=code) for name, said, code in found])


class PublicView(ApiView):
    """Anyone may read; a CDN keeps the answer."""

    # Shared caches keep it a minute and may serve it for a day while they fetch anew; browsers ask each time.
    cache_control = "public, max-age=0, s-maxage=60, stale-while-revalidate=86400, stale-if-error=86400"
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


def versioned(data: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonResponse:
    """An answer that carries its `version` as ETag and its `updated_at`, an ISO time, as Last-Modified."""
    answer = JsonResponse(data, status=status, headers=headers)
    answer["ETag"] = etag(data["version"])
    answer["Last-Modified"] = http_date(data["updated_at"])
    return answer


def label(answer: HttpResponse, labels: Sequence[str]) -> HttpResponse:
    """The answer, which caches at the edge forget with any of these labels."""
    if labels:
        answer["Surrogate-Key"], answer["Cache-Tag"] = " ".join(labels), ",".join(labels)
    return answer
