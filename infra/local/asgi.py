"""What the layers around the embedded AWS share: the types of ASGI, answers and pages of their own.

A layer is a function that takes the application it is around first: `partial(layer, app, ...)` is one again.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
Page = Callable[[bytes], tuple[int, bytes]]  # of a request's body the status and the JSON of the answer


async def answer(send: Send, status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
    """Answer by oneself; an underscore in the name of a header is a hyphen."""
    # What is not read of the request, as a body that waits for 100 Continue, would be taken for the next one.
    said = {"content_type": kind, "connection": "close", **headers}
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})


async def own_pages(
    app: Asgi, pages: Mapping[tuple[str, str], Page], scope: Message, receive: Receive, send: Send
) -> None:
    """A layer with pages of its own, by method and path; passes on what is for none."""
    page = pages.get((scope.get("method", ""), scope.get("path", "")))
    if page is None:
        await app(scope, receive, send)
        return
    body, more = bytearray(), True
    while more:
        message = await receive()
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
    await answer(send, *page(bytes(body)), "application/json")
