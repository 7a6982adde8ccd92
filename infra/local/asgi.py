"""What the layers around the embedded AWS share: the types of ASGI, answers and pages of their own."""

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


class OwnPages:
    """An ASGI layer with pages of its own, by method and path."""

    def __init__(self, app: Asgi, pages: Mapping[tuple[str, str], Page]) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on what is for no page."""
        page = self.pages.get((scope.get("method", ""), scope.get("path", "")))
        if page is None:
            await self.app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            body.extend(message.get("body", b""))
            more = message.get("more_body", False)
        await answer(send, *page(bytes(body)), "application/json")
