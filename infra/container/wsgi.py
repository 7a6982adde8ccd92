"""The application as the container serves it: the load balancer says what the caller's address is."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from config.wsgi import application as django
from serverless.http import has_edge_key


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, with the caller's real address.

    The load balancer appends the address it was called from to X-Forwarded-For; all before that is the caller's own
    word. Only the load balancer reaches the container: its security group lets nobody else in. With the edge key it is
    CloudFront that asked, whose word on the reader is believed.
    """
    address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if has_edge_key(environ.pop("HTTP_X_ORIGIN_KEY", "")):
        environ["edge.passed"], environ["HTTP_HOST"] = True, urlsplit(settings.SITE_URL).netloc
        address = environ.get("HTTP_X_VIEWER_ADDRESS", address)
    if address:
        environ["REMOTE_ADDR"] = address
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        # Django reads as much as Content-Length says, which a body in chunks lacks. Of one beyond the limit so much is
        # read that Django refuses it as too large.
        body = environ["wsgi.input"].read((settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) + 1)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return django(environ, start_response)
