"""Asking another service, as the caller: by HTTP where it is deployed by itself, in this process where it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import resolve

from rest import problems
from rest.errors import no_endpoint
from rest.json import JSON_TYPE
from rest.middleware import request_id

if TYPE_CHECKING:
    from urllib3 import PoolManager

TIMEOUT = 2.0  # seconds; the caller's own caller waits meanwhile

_PROBLEMS: dict[int, type[problems.Problem]] = {
    401: problems.Unauthenticated,
    403: problems.Forbidden,
    404: problems.NotFound,
}
# What is said about what was sent.
_REFUSALS: dict[int, type[problems.Problem]] = {
    400: problems.Invalid,
    413: problems.TooLarge,
    429: problems.TooManyRequests,
}


@dataclass(frozen=True)
class _Question:
    """A request in the making; `address` is that of the person behind it, where it is known."""

    method: str
    path: str
    authorization: str
    content: bytes = b""
    address: str = ""


def get(service: str, path: str, authorization: str) -> dict[str, Any]:
    """The JSON object at `path`, such as /api/media/uploads/<id>/, with the caller's own Authorization header.

    Raises NotFound, Unauthenticated or Forbidden as the service answers, and ServiceUnavailable for anything else,
    after 2 s at the latest when the service has an address of its own.
    """
    return _ask(service, _Question("GET", path, authorization))


def post(
    service: str, path: str, authorization: str, content: Mapping[str, Any], *, address: str = ""
) -> dict[str, Any]:
    """The JSON object that sending `content` to `path` makes.

    Raises as `get` does; Invalid, TooLarge and TooManyRequests with the service's own sentence.
    """
    return _ask(service, _Question("POST", path, authorization, orjson.dumps(content), address))


def _ask(service: str, question: _Question) -> dict[str, Any]:
    base = settings.SERVICE_URLS.get(service, "")
    status, body = _by_http(base, question) if base else _in_process(question)
    if status in _PROBLEMS:
        raise _PROBLEMS[status]
    found = _parse(body)
    if question.content and found is not None and status in _REFUSALS:
        raise _REFUSALS[status](_sentence(found))
    if found is None or status not in {200, 201}:
        raise problems.ServiceUnavailable(f"The service `{service}` does not answer.", retry_after=2)
    return found


def _sentence(problem: Mapping[str, Any]) -> str:
    """All that a problem says."""
    errors = [str(error.get("detail", "")) for error in problem.get("errors", [])]
    return " ".join(errors or [str(problem.get("detail", ""))])


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _by_http(base: str, question: _Question) -> tuple[int, bytes]:
    """A service behind CloudFront answers 403 without the key; while that is changed, it may know either of the two."""
    status, body = 403, b""
    for key in reversed(settings.EDGE_KEYS or [""]):
        status, body = _send(base, question, key)
        if status != 403:
            break
    return status, body


def _send(base: str, question: _Question, key: str) -> tuple[int, bytes]:
    from urllib3.exceptions import HTTPError

    url = base + question.path
    headers = {"Authorization": question.authorization, "Accept": JSON_TYPE, "X-Request-ID": request_id.get()}
    if question.content:
        headers["Content-Type"] = JSON_TYPE
    if key:
        headers["X-Edge-Key"] = key
        if question.address:
            headers["X-Viewer-Address"] = question.address
    try:
        # A redirect would carry the token to somewhere else.
        answer = _pool().request(
            question.method,
            url,
            body=question.content or None,
            headers=headers,
            timeout=TIMEOUT,
            retries=False,
            redirect=False,
        )
    except HTTPError as error:
        raise problems.ServiceUnavailable(f"{urlsplit(url).hostname} does not answer.", retry_after=2) from error
    return answer.status, answer.data


@cache
def _pool() -> "PoolManager":
    # botocore brings urllib3 along; importing it is not free, and one function for everything never needs it here.
    from urllib3 import PoolManager

    return PoolManager()


def _in_process(question: _Question) -> tuple[int, bytes]:
    """What this process itself would answer: the same URLs, authentication and rules, without a network."""
    site = urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": question.method,
        "PATH_INFO": question.path,
        "SERVER_NAME": site.hostname or "localhost",
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": site.scheme,
        "HTTP_HOST": site.netloc,
        "HTTP_AUTHORIZATION": question.authorization,
        "CONTENT_TYPE": JSON_TYPE,
        "CONTENT_LENGTH": str(len(question.content)),
        "wsgi.input": BytesIO(question.content),
    }
    if question.address:
        environ["REMOTE_ADDR"] = question.address
    match = resolve(question.path)
    if match.func is no_endpoint:
        return 503, b""
    answer = match.func(WSGIRequest(environ), *match.args, **match.kwargs)
    if hasattr(answer, "render"):
        answer.render()
    return answer.status_code, answer.content if isinstance(answer, HttpResponse) else b""
