"""The base of every API view: private by default, typed answers, ETags."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.http import http_date
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.etags import etag
from api.problems import FieldError, Invalid
from api.serializers import checker

S = TypeVar("S", bound=serializers.BaseSerializer[Any])

PRIVATE = "private, no-store"


class ApiView(APIView):
    """Answers are private unless a view says otherwise; OPTIONS needs no token, so that any page may ask."""

    cache_control = PRIVATE
    throttle_scope: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request, *args, **kwargs)  # whoever asks
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)

    def get_throttles(self) -> list[Any]:
        from api.throttling import CountedThrottle

        return [CountedThrottle()] if self.throttle_scope and self.request.method == "POST" else []

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.setdefault("Cache-Control", self.cache_control if request.method in {"GET", "HEAD"} else PRIVATE)
        # DRF varies on Accept, but every answer is JSON; and a bearer token already makes an answer private.
        if answer.get("Vary") == "Accept":
            del answer["Vary"]
        return answer

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    @property
    def sub(self) -> str:
        """The caller's Cognito `sub`: the owner of what they make."""
        user: Any = self.request.user  # accounts.users.User: this package does not know it
        return str(user.sub)

    def body(self, serializer: type[S], *, partial: bool = False) -> Any:
        """The validated body. Raises a ValidationError that points at each field, and ParseError if there is none."""
        if (self.request.META.get("CONTENT_LENGTH") or "0") == "0":
            raise ParseError("The body is empty.")  # DRF takes it for {}, which means something to PATCH
        return checker(serializer, partial=partial).run_validation(self.request.data)

    def query(self, serializer: type[S]) -> Any:
        """The validated query parameters; an unknown or repeated one is refused. Raises Invalid."""
        given: Mapping[str, list[str]] = dict(self.request.query_params.lists())
        if repeated := [name for name, values in given.items() if len(values) > 1]:
            raise _wrong_parameters({name: ["Give this parameter once."] for name in repeated})
        try:
            return checker(serializer).run_validation({name: values[0] for name, values in given.items()})
        except ValidationError as error:
            raise _wrong_parameters(error.detail) from error


def _wrong_parameters(wrong: Any) -> Invalid:
    return Invalid(
        errors=[
            FieldError(str(detail), parameter=name, code=getattr(detail, "code", "invalid"))
            for name, details in wrong.items()
            for detail in details
        ]
    )


class PublicView(ApiView):
    """Anyone may read; a CDN keeps the answer."""

    # Shared caches keep it a minute and may serve it for a day while they fetch anew; browsers ask each time.
    cache_control = "public, max-age=0, s-maxage=60, stale-while-revalidate=86400, stale-if-error=86400"
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


def versioned(data: Mapping[str, Any], **kwargs: Any) -> Response:
    """An answer that carries its `version` as ETag and its `updated_at`, an ISO time, as Last-Modified."""
    answer = Response(data, **kwargs)
    answer["ETag"] = etag(data["version"])
    answer["Last-Modified"] = http_date(datetime.fromisoformat(data["updated_at"]).timestamp())
    return answer
