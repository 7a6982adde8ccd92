"""Every error becomes an HTTP answer here and nowhere else."""

import logging
from collections.abc import Iterator, Mapping
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
from rest.middleware import request_id
from rest.problems import FieldError, Problem
from serverless import errors as domain

log = logging.getLogger(__name__)

# Errors that an answer names at most: it must not be much larger than the request.
MAX_ERRORS = 100


def answer_error(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """DRF's EXCEPTION_HANDLER: any error of a view as problem details; None for a bug."""
    problem = to_problem(error)
    if problem is None:
        return None
    answer = Response(problem.data(request_id.get()), status=problem.status, content_type=PROBLEM_TYPE)
    for name, value in {**_drf_headers(error), **problem.headers}.items():
        answer[name] = value
    answer["Cache-Control"] = "no-store"
    return answer


def to_problem(error: Exception) -> Problem | None:
    """The problem an error is, or None for a bug."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, dynamo.DynamoError):
        return _from_dynamo(error)
    if isinstance(error, domain.DomainError):
        return _from_domain(error)
    if isinstance(error, drf.APIException):
        return _from_drf(error)
    if isinstance(error, Http404):
        return problems.NotFound()
    if isinstance(error, PermissionDenied):
        return problems.Forbidden()
    if isinstance(error, RequestDataTooBig):
        return problems.TooLarge()
    if isinstance(error, DisallowedHost):
        return problems.Invalid(f"The site answers at {settings.SITE_URL}. Further names stand in ALLOWED_HOSTS.")
    if isinstance(error, SuspiciousOperation):
        return problems.Invalid()
    return None


def _from_dynamo(error: dynamo.DynamoError) -> Problem | None:
    match error:
        case dynamo.DoesNotExist():
            return problems.NotFound()
        case dynamo.AlreadyExists():
            return problems.Conflict()
        case dynamo.VersionConflict():
            return problems.PreconditionFailed("It was changed or deleted since you read it: read it again.")
        case dynamo.ItemTooLarge():
            return problems.TooLarge("One item can hold 400 KB.")
        case dynamo.CollectionFull():
            return problems.TooLarge("All that you have here can hold 10 GB, the bin included: delete some for good.")
        case dynamo.BadCursor():
            return problems.Invalid.parameter("cursor", str(error))
        case dynamo.Unavailable():
            log.warning("DynamoDB is unavailable: %s", error)
            return problems.ServiceUnavailable(retry_after=error.retry_after)
    return None


_DOMAIN: dict[type[domain.DomainError], type[Problem]] = {
    domain.InvalidValue: problems.Invalid,
    domain.NotAllowed: problems.Forbidden,
    domain.InvalidState: problems.Conflict,
    domain.Expired: problems.Gone,
    domain.Busy: problems.ServiceUnavailable,
}


def _from_domain(error: domain.DomainError) -> Problem:
    kind = next((ours for theirs, ours in _DOMAIN.items() if isinstance(error, theirs)), Problem)
    errors = [FieldError(error.detail, pointer=f"/{error.field}", code=error.code)] if error.field else []
    detail = "" if errors and kind is problems.Invalid else error.detail
    return kind(detail, errors=errors, retry_after=error.retry_after)


_DRF: dict[type[drf.APIException], type[Problem]] = {
    drf.ValidationError: problems.Invalid,
    drf.ParseError: problems.Invalid,
    drf.AuthenticationFailed: problems.Unauthenticated,
    drf.NotAuthenticated: problems.Unauthenticated,
    drf.PermissionDenied: problems.Forbidden,
    drf.NotFound: problems.NotFound,
    drf.MethodNotAllowed: problems.MethodNotAllowed,
    drf.Throttled: problems.TooManyRequests,
}


def _from_drf(error: drf.APIException) -> Problem | None:
    kind = next((ours for theirs, ours in _DRF.items() if isinstance(error, theirs)), None)
    if kind is None:
        return None
    if isinstance(error, drf.ValidationError):
        return kind(errors=list(islice(_field_errors(error.detail), MAX_ERRORS)))
    if isinstance(error, drf.Throttled):
        return kind(f"Try again in {_wait(error)} seconds.", retry_after=_wait(error))
    if isinstance(error, drf.NotAuthenticated):
        return kind("Send `Authorization: Bearer <access token>`. Where to get one: /api/auth/config/.")
    return kind(str(error.detail))


def _wait(error: drf.Throttled) -> int:
    """Whole seconds, at least one."""
    return max(1, int(getattr(error, "wait", None) or 1))


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


def _drf_headers(error: Exception) -> dict[str, str]:
    challenge = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}


def problem_response(problem: Problem) -> HttpResponse:
    """A problem as a plain Django response, for what fails outside a view."""
    answer = HttpResponse(
        encode(problem.data(request_id.get())),
        status=problem.status,
        content_type=PROBLEM_TYPE,
        headers=problem.headers,
    )
    answer["Cache-Control"] = "no-store"
    return answer


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
