"""Keeps pages of other sites away from the embedded AWS.

It asks for no signature and runs the code of whoever makes a Lambda function, as the user who started it. A browser on
this machine reaches it, and lets any page it has open send requests there: this must not be worth anything.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from accounts.remote import is_loopback
from infra.local.asgi import Asgi, Message, Receive, Send, answer

REFUSAL = b"Only for programs on this machine, and for pages it serves.\n"


async def same_site_guard(app: Asgi, scope: Message, receive: Receive, send: Send) -> None:
    """A layer that answers 403 to what a page of another site makes a browser send, and passes on everything else."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
    if not is_foreign(headers, scope.get("query_string", b"")):
        await app(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(send, 403, REFUSAL)


def is_foreign(headers: Mapping[str, str], query: bytes) -> bool:
    """Whether a page of another site asks, by the names of headers in small letters.

    A browser names the page's origin with all but plain GETs; of those it tells whether they come from elsewhere, and
    they do harm only as an `Action` of AWS's query protocol. Where the page's own name was made to lead here (DNS
    rebinding), it is the host that gives it away; programs may name any host, such as API Gateway's.
    """
    if "origin" in headers and not _is_here(headers["origin"]):
        return True
    if headers.get("user-agent", "").startswith("Mozilla/") and not _is_here(f"//{headers.get('host', '')}"):
        return True
    from_elsewhere = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    return from_elsewhere and b"Action" in parse_qs(query, keep_blank_values=True)


def _is_here(address: str) -> bool:
    """Whether the host of an address can only be this machine."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return is_loopback(host)
