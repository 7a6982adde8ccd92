"""The application as the container serves it: the caller's address is what the load balancer says."""

from collections.abc import Callable, Iterable
from typing import Any

from config.wsgi import application as django


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, told who really asks.

    The load balancer appends the address it was called from to X-Forwarded-For; all before that is the caller's own
    word. Only the load balancer reaches the container: its security group lets nobody else in.
    """
    address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if address:
        environ["REMOTE_ADDR"] = address
    return django(environ, start_response)
