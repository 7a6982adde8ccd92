"""Every error becomes an HTTP answer here and nowhere else."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from rest_framework import exceptions as drf
from rest_framework.response import Response

from dynamo import errors as dynamo
from rest import problems
from rest.json import PROBLEM_TYPE, encode
from rest.problems import FieldError, Problem, request_id
from serverless import errors as domain

log = logging.getLogger(__name__)

# Errors that an answer names at most: it must not be much larger than the request.
MAX_ERRORS = 100


def answer_error(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """DRF's EXCEPTION_HANDLER: any error of a view as problem details; None for a bug."""
    problem = to_problem(error)
    if problem is None:
        return None
    headers = {"Cache-Control": "no-store", **problem.headers}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(problem.data(request_id.get()), status=problem.status, headers=headers, content_type=PROBLEM_TYPE)


def to_problem(error: Exception) -> Problem | None:
    """The problem an error is, or None for a bug."""
    if isinstance(error, Problem):
        return error
    make = next((make for kind, make in _PROBLEMS.items() if isinstance(error, kind)), None)
    return make(error) if make else None


def _unavailable(error: dynamo.Unavailable) -> Problem:
    log.warning("DynamoDB is unavailable: %s", error)
    return problems.ServiceUnavailable(retry_after=error.retry_after)


def _of_domain(kind: type[Problem], error: domain.DomainError) -> Problem:
    errors = [FieldError(error.detail, pointer=f"/{error.field}", code=error.code)] if error.field else []
    detail = "" if errors and kind is problems.Invalid else error.detail
    return kind(detail, errors=errors, retry_after=error.retry_after)


def _throttled(error: drf.Throttled) -> Problem:
    wait = max(1, int(getattr(error, "wait", None) or 1))  # whole seconds
    return problems.TooManyRequests(f"Try again in {wait} seconds.", retry_after=wait)


def _detailed(kind: type[Problem], error: drf.APIException) -> Problem:
    return kind(str(error.detail))


_CHANGED = "It was changed or deleted since you read it: read it again."
_FULL = "All that you have here can hold 10 GB, the bin included: delete some for good."
_TOO_MUCH = "There is too much here to be sorted so: ask with `sort=order`."
_NO_TOKEN = "Send `Authorization: Bearer <access token>`. Where to get one: /api/auth/config/."  # noqa: S105  # none
_OTHER_HOST = "The site answers at {}. Further names stand in ALLOWED_HOSTS."
# The first kind that an error is of makes its problem.
_PROBLEMS: dict[type[Exception], Callable[[Any], Problem]] = {
    dynamo.DoesNotExist: lambda _: problems.NotFound(),
    dynamo.AlreadyExists: lambda _: problems.Conflict(),
    dynamo.VersionConflict: lambda _: problems.PreconditionFailed(_CHANGED),
    dynamo.ItemTooLarge: lambda _: problems.TooLarge("One item can hold 400 KB."),
    dynamo.CollectionFull: lambda _: problems.TooLarge(_FULL),
    dynamo.BadCursor: lambda error: problems.Invalid.parameter("cursor", str(error)),
    dynamo.TooMuch: lambda _: problems.Invalid.parameter("sort", _TOO_MUCH),
    dynamo.Unavailable: _unavailable,
    domain.InvalidValue: partial(_of_domain, problems.Invalid),
    domain.NotAllowed: partial(_of_domain, problems.Forbidden),
    domain.InvalidState: partial(_of_domain, problems.Conflict),
    domain.Expired: partial(_of_domain, problems.Gone),
    domain.Busy: partial(_of_domain, problems.ServiceUnavailable),
    domain.DomainError: partial(_of_domain, Problem),
    drf.ValidationError: lambda error: problems.Invalid(errors=list(islice(_field_errors(error.detail), MAX_ERRORS))),
    drf.ParseError: partial(_detailed, problems.Invalid),
    drf.AuthenticationFailed: partial(_detailed, problems.Unauthenticated),
    drf.NotAuthenticated: lambda _: problems.Unauthenticated(_NO_TOKEN),
    drf.PermissionDenied: partial(_detailed, problems.Forbidden),
    drf.NotFound: partial(_detailed, problems.NotFound),
    drf.MethodNotAllowed: partial(_detailed, problems.MethodNotAllowed),
    drf.Throttled: _throttled,
    Http404: lambda _: problems.NotFound(),
    PermissionDenied: lambda _: problems.Forbidden(),
    RequestDataTooBig: lambda _: problems.TooLarge(),
    DisallowedHost: lambda _: problems.Invalid(_OTHER_HOST.format(settings.SITE_URL)),
    SuspiciousOperation: lambda _: problems.Invalid(),
}


def _field_errors(detail: object, pointer: str = "") -> Iterator[FieldError]:
    """Leaves of DRF's nested errors, each with its JSON pointer."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escape(name)}")
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _field_errors(inner, f"{pointer}/{number}" if nested else pointer)
    else:
        yield FieldError(str(detail), pointer=pointer, code=getattr(detail, "code", "invalid"))


def _escape(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def problem_response(problem: Problem) -> HttpResponse:
    """A problem as a plain Django response, for what fails outside a view."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    body = encode(problem.data(request_id.get()))
    return HttpResponse(body, status=problem.status, content_type=PROBLEM_TYPE, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return problem_response(to_problem(exception) or problems.Invalid())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return problem_response(problems.Forbidden())


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return problem_response(problems.NotFound("Nothing answers at this address."))


def no_endpoint(request: HttpRequest) -> HttpResponse:
    """The view of every other address under /api/: 404, with a hint where only a slash is missing."""
    detail = "Nothing answers at this address."
    if not request.path.endswith("/") and resolve(f"{request.path_info}/").url_name != "no-endpoint":
        detail += f" Addresses end with a slash: {request.path}/"
    return problem_response(problems.NotFound(detail))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: the log has the traceback under the same request id."""
    return problem_response(Problem())
