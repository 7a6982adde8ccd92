"""The application as the container serves it: the load balancer says what the caller's address is."""

from collections.abc import Callable, Iterable
from typing import Any

from config.wsgi import application as django


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, with the caller's real address.

    The load balancer appends the address it was called from to X-Forwarded-For; all before that is the caller's own
    word. Only the load balancer reaches the container: its security group lets nobody else in.
    """
    address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if address:
        environ["REMOTE_ADDR"] = address
    return django(environ, start_response)
