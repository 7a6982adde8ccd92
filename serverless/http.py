"""HTTP events as WSGI requests and back: API Gateway's payloads 1.0 (REST) and 2.0 (HTTP API, function URL), and a load
balancer's (ALB), which is shaped like 1.0 but leaves queries quoted and names the caller in X-Forwarded-For alone.

Zappa's own adapter goes through Werkzeug, trusts X-Forwarded-For and unquotes paths twice; this one takes the
caller's address from API Gateway's record of the connection, and is faster.
"""

import base64
import re
from hmac import compare_digest
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.http import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix

Event = dict[str, Any]

_TEXT = ("text/", "application/json", "application/problem+json", "application/javascript", "application/xml",
         "application/vnd.oai.openapi", "application/rss+xml", "application/atom+xml", "image/svg+xml")  # fmt: skip
# RFC 2046, 5.1.1, and as generously as browsers and libraries write it.
_BOUNDARY = re.compile(r";\s*boundary=(?:[\w'()+,./:=?-]{1,200}|\"[\w'()+,./:=? -]{1,200}\")", re.ASCII | re.IGNORECASE)


class NotMultiValued(Exception):
    """A load balancer that takes one header of a name would lose cookies, and of a repeated parameter all but one."""


class Request(WSGIRequest):
    """A request whose query and form are UTF-8, whatever charset its Content-Type names.

    Django believes that charset, while it makes the request and so outside of all that turns errors into answers: one
    that is no encoding of text (`hex`) would end the function. And no header that caches don't look at may change what
    a query means.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        environ["CONTENT_TYPE"] = _without_charset(environ.get("CONTENT_TYPE", ""))
        super().__init__(environ)


def _without_charset(content_type: str) -> str:
    """The type, and the boundary of a form's parts, which is all that is asked for here."""
    kind, has_more, _ = content_type.partition(";")
    boundary = _BOUNDARY.search(content_type) if has_more else None
    return kind + boundary[0] if boundary else kind


def answer(application: WSGIHandler, event: Event, context: object) -> Event:
    """Run one HTTP event through Django and shape its answer for the payload version the event came in."""
    environ = to_environ(as_cached(event))
    version = event.get("version", "1.0")
    # Links begin with the stage where the reader's own address does.
    before, prefix = get_script_prefix(), environ["SCRIPT_NAME"] + "/"
    if prefix != before:  # logging it costs as much as signing a request
        set_script_prefix(prefix)
    request_started.send(sender=WSGIHandler, environ=environ)
    try:
        response = application.get_response(Request(environ))
        try:
            return from_response(response, version=version)
        finally:
            response.close()
    except BaseException:
        request_finished.send(sender=WSGIHandler)
        raise
    finally:
        if prefix != before:
            set_script_prefix(before)


def as_cached(event: Event) -> Event:
    """The event of a read that API Gateway keeps, with nothing in it that its cache does not tell answers apart by.

    It keeps any answer, errors and 304 too, by the keys infra/deploy/gateway_cache.py gives it: what else a request
    has (unknown parameters, conditions, a missing slash) must not change what others are given. Other events pass.
    """
    names = settings.CACHED_READS.get(event.get("resource", ""))
    if names is None or event.get("httpMethod") != "GET":
        return event
    given = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    headers = {name: given[name] for name in ("authorization", "x-amzn-trace-id") if name in given}
    query = event.get("queryStringParameters") or {}
    values = {name: quote(value, safe="") for name, value in (event.get("pathParameters") or {}).items()}
    path = event["resource"].format(**values) + "/"
    context = {**event["requestContext"], "path": settings.SITE_PREFIX.rstrip("/") + path}
    return {
        "httpMethod": "GET",
        "path": path,
        "headers": {**headers, "host": urlsplit(settings.SITE_URL).netloc},
        "queryStringParameters": {name: query[name] for name in names if query.get(name)},
        "requestContext": context,
    }


def to_environ(event: Event) -> dict[str, Any]:
    """The WSGI environment of an event."""
    second = event.get("version") == "2.0"
    context = event["requestContext"]
    method = context["http"]["method"] if second else event["httpMethod"]
    headers = _headers(event)
    address = _caller(context, headers, second=second)
    script, path = _split_stage(event, context, second=second)
    came_through_edge = has_edge_key(headers.pop("x-origin-key", ""))
    if came_through_edge:
        # Readers see neither API Gateway's host nor its stage; CloudFront's own address is no client's.
        headers["host"], script = urlsplit(settings.SITE_URL).netloc, settings.SITE_PREFIX.rstrip("/")
        address = headers.get("x-viewer-address", address)
    body = event.get("body") or ""
    data = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace")
    host = headers.get("host", "localhost")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": script,
        "PATH_INFO": unquote_to_bytes(path.encode("utf-8", "replace")).decode("latin-1"),
        "QUERY_STRING": _as_latin(event.get("rawQueryString", "")) if second else _query(event),
        "REMOTE_ADDR": address,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": headers.get("x-forwarded-port", "443"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(data),
        "wsgi.errors": None,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "edge.passed": came_through_edge,
    }
    for name, value in headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = _as_latin(value)
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(data))
    environ.pop("HTTP_CONTENT_LENGTH", None)
    return environ


def _as_latin(text: str) -> str:
    """WSGI wants the bytes of all text, as of the path, as latin-1."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def has_edge_key(given: str) -> bool:
    """Whether CloudFront sent a request with this key: it alone knows it. Where none is configured, none counts."""
    return any(compare_digest(given.encode("utf-8", "replace"), key.encode()) for key in settings.EDGE_KEYS)


def _headers(event: Event) -> dict[str, str]:
    """Lower-cased; repeated ones joined by commas as RFC 9110 says, cookies by semicolons."""
    if repeated := event.get("multiValueHeaders"):
        return {
            name.lower(): ("; " if name.lower() == "cookie" else ",").join(values) for name, values in repeated.items()
        }
    if "elb" in event["requestContext"]:
        raise NotMultiValued("Set lambda.multi_value_headers.enabled on the load balancer's target group.")
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event.get("cookies"):  # payload 2.0
        headers["cookie"] = "; ".join(event["cookies"])
    return headers


def _caller(context: Event, headers: dict[str, str], *, second: bool) -> str:
    """The other end of the connection. A load balancer writes it behind whatever X-Forwarded-For it was sent."""
    if "elb" in context:
        return headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    source: str = context["http"]["sourceIp"] if second else context["identity"]["sourceIp"]
    return source


def _query(event: Event) -> str:
    repeated = event.get("multiValueQueryStringParameters")
    if "elb" in event["requestContext"]:
        return _as_latin("&".join(f"{name}={value}" for name, values in (repeated or {}).items() for value in values))
    if repeated is None:
        return urlencode(event.get("queryStringParameters") or {}, errors="replace")
    return urlencode([(name, value) for name, values in repeated.items() for value in values], errors="replace")


def _split_stage(event: Event, context: Event, *, second: bool) -> tuple[str, str]:
    """(SCRIPT_NAME, still quoted path). Under API Gateway's own host name the stage stands before the path.

    Payload 1.0 gives the path without the stage, and with it in requestContext.path; a custom domain gives both the
    same, or with its base path. Payload 2.0 keeps a named stage in rawPath.
    """
    if not second:
        path, full = _quoted(event["path"]), _quoted(context.get("path") or event["path"])
        return (full[: -len(path)] if full.endswith(path) and full != path else ""), path
    path, stage = event.get("rawPath") or "/", context.get("stage", "$default")
    prefix = f"/{stage}"
    if stage != "$default" and (path == prefix or path.startswith(prefix + "/")):
        return prefix, path[len(prefix) :] or "/"
    return "", path


def _quoted(path: str) -> str:
    return quote(path, safe="/%:@!$&'()*+,;=~-._", errors="replace")


def from_response(response: HttpResponseBase, *, version: str = "1.0") -> Event:
    """The answer as API Gateway takes it: text as text, anything else as base64."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    kind = response.get("Content-Type", "")
    is_text = not body or (kind.startswith(_TEXT) and not response.get("Content-Encoding"))
    answer: Event = {
        "statusCode": response.status_code,
        "body": body.decode() if is_text else base64.b64encode(body).decode(),
        "isBase64Encoded": not is_text,
    }
    cookies = [cookie.OutputString() for cookie in response.cookies.values()]
    # (name, value) of each; items() would look every name up anew.
    headers = response.headers._store.values()
    if version == "2.0":
        answer["headers"] = dict(headers)
        if cookies:
            answer["cookies"] = cookies
    else:
        answer["multiValueHeaders"] = {name: [value] for name, value in headers}
        if cookies:
            answer["multiValueHeaders"]["Set-Cookie"] = cookies
    return answer
