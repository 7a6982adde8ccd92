"""Small documents read from Cognito over HTTP, where boto3 has no call for them."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 2.0
MAX_DOCUMENT_BYTES = 64 * 1024  # a key set is under 1 KB, a user's attributes a few KB at most


def require_safe_url(url: str) -> str:
    """The URL if it is https, or http on this machine: a stranger could answer anything else. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return url
    raise ValueError(f"Cognito is read over https, or from this machine: {url!r} is neither.")


def is_loopback(host: str) -> bool:
    """Whether the name or address can only be this machine (RFC 6761 for the names)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> bytes:
    """The document behind the URL, or the answer to a form posted there, without following redirects.

    Raises OSError, of which urllib's HTTPError is one and wants to be closed, or ValueError.
    """
    # Slow to import, and a function that got its keys at deployment never needs them.
    from http.client import HTTPException
    from urllib.parse import urlencode
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class RefuseRedirect(HTTPRedirectHandler):
        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    data = urlencode(form).encode() if form else None
    request = Request(require_safe_url(url), data, dict(headers or {}))  # noqa: S310  # the scheme is checked
    proxies = ProxyHandler({}) if is_loopback(urlsplit(url).hostname or "") else ProxyHandler()
    try:
        with build_opener(RefuseRedirect, proxies).open(request, timeout=TIMEOUT_SECONDS) as answer:
            document: bytes = answer.read(MAX_DOCUMENT_BYTES + 1)
    except HTTPException as error:
        raise ValueError(f"not an HTTP answer: {error!r}") from error
    if len(document) > MAX_DOCUMENT_BYTES:
        raise ValueError(f"longer than {MAX_DOCUMENT_BYTES} bytes")
    return document
