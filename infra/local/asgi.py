"""What the layers around the embedded AWS share: the types of ASGI, and an answer of their own."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


async def answer(send: Send, status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
    """Answer by oneself; an underscore in the name of a header is a hyphen."""
    said = {"content_type": kind, **headers}
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})
