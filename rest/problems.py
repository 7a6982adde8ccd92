"""What an API answers when it can't do as asked: one tree, rendered once as RFC 9457 problem details."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

# In every log line, in the answer's X-Request-ID, and in problems.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class FieldError(NamedTuple):
    """One thing wrong with the request: where (an RFC 6901 JSON pointer, a query parameter or a header) and what."""

    detail: str
    pointer: str = ""
    parameter: str = ""
    header: str = ""
    code: str = "invalid"

    def data(self) -> dict[str, str]:
        """As it stands in the answer; what is empty is left out."""
        named = {"parameter": self.parameter, "header": self.header}
        where = {name: value for name, value in named.items() if value} or {"pointer": self.pointer}
        return {**where, "detail": self.detail, "code": self.code}


class Problem(Exception):
    """500: a bug of ours; the log has it by its `request_id`.

    The root. Raise one anywhere below a view; `detail` is a sentence for the caller. Each kind's first line is what its
    `type` leads to.
    """

    status = 500
    kind = "server-error"
    title = "Something went wrong on our side"

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), retry_after: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or f"{self.title}."
        self.errors = list(errors)
        self.retry_after = retry_after
        self.headers: dict[str, str] = {} if retry_after is None else {"Retry-After": str(retry_after)}

    def data(self, request_id: str = "") -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "type": f"/api/problems/{self.kind}/",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if request_id:
            body["request_id"] = request_id
        if self.errors:
            body["errors"] = [error.data() for error in self.errors]
        return body


class Invalid(Problem):
    """400: the request is malformed."""

    status, kind, title = 400, "invalid", "The request is not valid"

    @classmethod
    def field(cls, name: str, detail: str) -> "Invalid":
        """About one field of the body."""
        return cls(errors=[FieldError(detail, pointer=f"/{name}")])

    @classmethod
    def parameter(cls, name: str, detail: str) -> "Invalid":
        """About one parameter of the query or the path."""
        return cls(errors=[FieldError(detail, parameter=name)])

    @classmethod
    def header(cls, name: str, detail: str) -> "Invalid":
        """About one header."""
        return cls(errors=[FieldError(detail, header=name)])


class Unauthenticated(Problem):
    """401: no token, or none we accept."""

    status, kind, title = 401, "unauthenticated", "Sign in first"


class Forbidden(Problem):
    """403: signed in, but not allowed."""

    status, kind, title = 403, "forbidden", "You may not do this"


class NotFound(Problem):
    """404: no such thing, or it belongs to someone else."""

    status, kind, title = 404, "not-found", "There is no such thing"


class MethodNotAllowed(Problem):
    """405: this address answers other methods, which `Allow` names."""

    status, kind, title = 405, "method-not-allowed", "This method is not allowed here"


class Conflict(Problem):
    """409: it exists already, or what the request names is not fit for this."""

    status, kind, title = 409, "conflict", "It conflicts with what is there"


class Gone(Problem):
    """410: it was here, and is no longer kept."""

    status, kind, title = 410, "gone", "This is no longer kept"


class PreconditionFailed(Problem):
    """412: If-Match or If-None-Match did not hold; nothing was changed."""

    status, kind, title = 412, "precondition-failed", "It was changed since you read it"


class TooLarge(Problem):
    """413: the body, or what would be kept of it, is over a limit."""

    status, kind, title = 413, "too-large", "The request is too large"


class UnsupportedMediaType(Problem):
    """415: a body is JSON, not packed, with `Content-Type: application/json`."""

    status, kind, title = 415, "unsupported-media-type", "Send JSON"


class KeyReused(Problem):
    """422: the Idempotency-Key came with other content before."""

    status, kind, title = 422, "idempotency-key-reused", "This key was used for another request"


class TooManyRequests(Problem):
    """429: over a limit; try again after so many seconds as `Retry-After` says."""

    status, kind, title = 429, "too-many-requests", "Too many requests"


class ServiceUnavailable(Problem):
    """503: try again after so many seconds as `Retry-After` says; nothing is known to have been changed."""

    status, kind, title = 503, "unavailable", "Not available right now"


ALL: tuple[type[Problem], ...] = (
    Invalid, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, Conflict, Gone, PreconditionFailed, TooLarge,
    UnsupportedMediaType, KeyReused, TooManyRequests, ServiceUnavailable, Problem,
)  # fmt: skip


@contextmanager
def needing_aws(detail: str, *others: type[Exception]) -> Iterator[None]:
    """Raises ServiceUnavailable with these words for botocore's errors and some others: then the same again."""
    from botocore.exceptions import BotoCoreError, ClientError

    passing: tuple[type[Exception], ...] = (BotoCoreError, ClientError, *others)
    try:
        yield
    except passing as error:
        raise ServiceUnavailable(detail, retry_after=5) from error
