"""Asking another service, as the caller: by HTTP where it is deployed by itself, in this process where it is not."""

import re
from collections.abc import Mapping
from functools import cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import resolve

from rest import problems
from rest.json import JSON_TYPE
from rest.problems import request_id

if TYPE_CHECKING:
    from urllib3 import PoolManager

T = TypeVar("T")

TIMEOUT = 2.0  # seconds; the caller's own caller waits meanwhile

_PROBLEMS = {kind.status: kind for kind in (problems.Unauthenticated, problems.Forbidden, problems.NotFound)}
# What is said about what was sent.
_REFUSALS = {kind.status: kind for kind in (problems.Invalid, problems.TooLarge, problems.TooManyRequests)}
_NEXT = re.compile(r'<([^>]+)>; rel="next"')


class _Question(NamedTuple):
    """A request in the making; `address` is that of the person behind it, where it is known."""

    method: str
    path: str
    authorization: str
    content: bytes = b""
    address: str = ""
    query: str = ""


class _Answer(NamedTuple):
    status: int
    body: bytes
    link: str = ""


class ListPage(NamedTuple):
    """A page of a list, and the cursor of the next one, which is empty where there is none."""

    items: list[dict[str, Any]]
    next: str


def get(service: str, path: str, authorization: str) -> dict[str, Any]:
    """The JSON object at `path`, such as /api/media/uploads/<id>/, with the caller's own Authorization header.

    Raises NotFound, Unauthenticated or Forbidden as the service answers, and ServiceUnavailable for anything else,
    after 2 s at the latest when the service has an address of its own.
    """
    return _checked(service, _answer(service, _Question("GET", path, authorization)), dict)


def get_page(service: str, path: str, authorization: str, *, limit: int, cursor: str = "") -> ListPage:
    """A page of the list at `path`, at most `limit` items. Raises as `get` does, and Invalid for a bad cursor."""
    query = urlencode({"limit": limit, **({"cursor": cursor} if cursor else {})})
    answer = _answer(service, _Question("GET", path, authorization, query=query))
    if answer.status == 400:
        raise problems.Invalid.field("cursor", "This list knows no such cursor.")
    items = _checked(service, answer, list)
    found = _NEXT.search(answer.link)
    return ListPage(items, parse_qs(urlsplit(found[1]).query)["cursor"][0] if found else "")


def post(
    service: str, path: str, authorization: str, content: Mapping[str, Any], *, address: str = ""
) -> dict[str, Any]:
    """The JSON object that sending `content` to `path` makes.

    Raises as `get` does; Invalid, TooLarge and TooManyRequests with the service's own sentence.
    """
    answer = _answer(service, _Question("POST", path, authorization, orjson.dumps(content), address))
    if answer.status in _REFUSALS and isinstance(found := _parse(answer.body), dict):
        raise _REFUSALS[answer.status](_sentence(found))
    return _checked(service, answer, dict)


def _answer(service: str, question: _Question) -> _Answer:
    base = settings.SERVICE_URLS.get(service, "")
    return _by_http(base, question) if base else _in_process(question)


def _checked(service: str, answer: _Answer, kind: type[T]) -> T:
    if answer.status in _PROBLEMS:
        raise _PROBLEMS[answer.status]
    found = _parse(answer.body)
    if not isinstance(found, kind) or answer.status not in {200, 201}:
        raise problems.ServiceUnavailable(f"The service `{service}` does not answer.", retry_after=2)
    return found


def _sentence(problem: Mapping[str, Any]) -> str:
    """All that a problem says."""
    errors = [str(error.get("detail", "")) for error in problem.get("errors", [])]
    return " ".join(errors or [str(problem.get("detail", ""))])


def _parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _by_http(base: str, question: _Question) -> _Answer:
    """A service behind CloudFront answers 403 without the key; while that is changed, it may know either of the two."""
    answer = _Answer(403, b"")
    for key in reversed(settings.EDGE_KEYS or [""]):
        answer = _send(base, question, key)
        if answer.status != 403:
            break
    return answer


def _send(base: str, question: _Question, key: str) -> _Answer:
    from urllib3.exceptions import HTTPError, ProtocolError

    url = base + question.path + (f"?{question.query}" if question.query else "")
    headers = {"Authorization": question.authorization, "Accept": JSON_TYPE, "X-Request-ID": request_id.get()}
    if question.content:
        headers["Content-Type"] = JSON_TYPE
    if key:
        headers["X-Origin-Key"] = key
        if question.address:
            headers["X-Viewer-Address"] = question.address
    # A redirect would carry the token to somewhere else.
    ask = partial(_pool().request, question.method, url, headers=headers, retries=False, redirect=False)
    try:
        try:
            answer = ask(body=question.content or None, timeout=TIMEOUT)
        except ProtocolError:
            if question.method != "GET":
                raise
            # The service has closed a connection that was kept while this function was frozen.
            answer = ask(timeout=TIMEOUT)
    except HTTPError as error:
        raise problems.ServiceUnavailable(f"{urlsplit(url).hostname} does not answer.", retry_after=2) from error
    return _Answer(answer.status, answer.data, answer.headers.get("Link", ""))


@cache
def _pool() -> "PoolManager":
    # botocore brings urllib3 along; importing it is not free, and one function for everything never needs it here.
    from urllib3 import PoolManager

    return PoolManager()


def own_environ(path: str) -> dict[str, Any]:
    """The WSGI environment of a GET that the site sends to itself."""
    site = urlsplit(settings.SITE_URL)
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": site.hostname or "localhost",
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.netloc,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
    }


def _in_process(question: _Question) -> _Answer:
    """What this process itself would answer: the same URLs, authentication and rules, without a network."""
    environ = {
        **own_environ(question.path),
        "REQUEST_METHOD": question.method,
        "QUERY_STRING": question.query,
        "HTTP_AUTHORIZATION": question.authorization,
        "CONTENT_TYPE": JSON_TYPE,
        "CONTENT_LENGTH": str(len(question.content)),
        "wsgi.input": BytesIO(question.content),
    }
    if question.address:
        environ["REMOTE_ADDR"] = question.address
    match = resolve(question.path)
    if match.url_name == "no-endpoint":
        return _Answer(503, b"")
    answer = match.func(WSGIRequest(environ), *match.args, **match.kwargs)
    if hasattr(answer, "render"):
        answer.render()
    content = answer.content if isinstance(answer, HttpResponse) else b""
    return _Answer(answer.status_code, content, answer.headers.get("Link", ""))
