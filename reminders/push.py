"""Web Push (RFC 8030): a message, encrypted for one browser (RFC 8291), given to its push service."""

import re
import socket
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from accounts.remote import is_loopback
from config import env
from reminders.keys import private_key
from reminders.models import Subscription

if TYPE_CHECKING:
    from urllib3 import PoolManager

# The push services of browsers: we post to what users name, and so to these alone. A dot stands for all below it.
SERVICES = "fcm.googleapis.com,updates.push.services.mozilla.com,.push.apple.com,.notify.windows.com"
# What all readers of addresses read alike: to urllib3 a backslash ends the host, to Python's urlsplit it is part of it.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[!-\[\]-~]*")
# A device that was off for longer does not hear of it any more, in seconds.
KEPT = 12 * 3600
# Of a signature, in seconds: push services take up to 24 hours.
SIGNED_FOR = 12 * 3600
TIMEOUT = 5.0


class Busy(Exception):
    """The push service can't take it now: later it may."""


class Gone(Exception):
    """The browser no longer hears: the subscription has ended, or its push service is no host."""


class Refused(Exception):
    """The push service will not take it. The message says how it answered."""


def is_push_service(endpoint: str) -> bool:
    """Whether an address is one of a known push service; on a laptop, also one of this machine."""
    if not _ADDRESS.fullmatch(endpoint):
        return False
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if env.text("AWS_ENDPOINT_URL", "") and is_loopback(host):
        return parts.scheme in {"http", "https"}
    known = env.words("PUSH_SERVICES", SERVICES)
    has_name = any(host.endswith(name) if name.startswith(".") else host == name for name in known)
    return parts.scheme == "https" and has_name and parts.port in {None, 443} and not parts.username


def send(subscription: Subscription, payload: bytes, *, topic: str) -> None:
    """Give it to the push service. Of two of a topic (at most 32 characters of base64url) a browser that was off gets
    the last. Raises Busy, Gone or Refused."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec
    from urllib3.exceptions import HTTPError

    if not is_push_service(subscription.endpoint):
        raise Refused("it is no known push service")
    body = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_decoded(subscription.p256dh),
        auth_secret=_decoded(subscription.auth),
        version="aes128gcm",
    )
    address = urlsplit(subscription.endpoint)
    headers = {
        **_signed(f"{address.scheme}://{address.netloc}", int(time.time()) // (SIGNED_FOR // 2)),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT),
        "Urgency": "high",
        "Topic": topic,
    }
    try:
        status = _post(subscription.endpoint, body, headers)
    except HTTPError as error:
        if _is_nowhere(error):
            raise Gone from error
        raise Busy(f"no answer: {type(error).__name__}") from error
    if status in {404, 410}:
        raise Gone
    if status == 429 or status >= 500:
        raise Busy(f"it answered {status}")
    if status >= 300:
        raise Refused(f"it answered {status}")


def _post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer. Raises urllib3's HTTPError."""
    from urllib3 import Timeout
    from urllib3.exceptions import ProtocolError

    timeout = Timeout(total=TIMEOUT)
    post = partial(_pool().request, "POST", endpoint, body=body, headers=headers, redirect=False, retries=False)
    try:
        return post(timeout=timeout).status
    except ProtocolError:
        # The other end has closed a connection that was kept while the function was frozen.
        return post(timeout=timeout).status


def _is_nowhere(error: Exception) -> bool:
    """Whether there is no such host, and can be none of that name: below some of SERVICES anybody can make one up."""
    from urllib3.exceptions import LocationValueError

    cause = error.__cause__
    no_such = isinstance(cause, socket.gaierror) and cause.errno in {socket.EAI_NONAME, socket.EAI_NODATA}
    return no_such or isinstance(error, LocationValueError)


@cache
def _pool() -> "PoolManager":
    import urllib3

    return urllib3.PoolManager(maxsize=20)


@cache
def _signed(origin: str, period: int) -> dict[str, str]:
    """The header of a push service, the same for hours."""
    from py_vapid import Vapid02

    claims = {"aud": origin, "exp": (period + 2) * (SIGNED_FOR // 2), "sub": f"mailto:{env.text('MAIL_FROM')}"}
    signed: dict[str, str] = Vapid02(private_key=private_key()).sign(claims)
    return signed


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
