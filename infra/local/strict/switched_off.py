"""A region that is switched off: the embedded AWS answers none of its requests until somebody gives up.

The file, off.json, holds, as JSON, the regions that are off and the ids of their APIs; it is read at each request.
"""

import asyncio
import json
import re
from pathlib import Path

from infra.local.asgi import Asgi, Message, Receive, Send, answer

HANGS_SECONDS = 60.0
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/")
_API = re.compile(r"^(?:/_aws/execute-api/)([a-z0-9]+)/|^([a-z0-9]+)\.execute-api\.")


async def switched_off(app: Asgi, file: Path, scope: Message, receive: Receive, send: Send) -> None:
    """A layer in front of the embedded AWS that passes on what is not of a region that is off."""
    if scope["type"] == "http" and file.exists() and _is_off(json.loads(file.read_text()), scope):
        await asyncio.sleep(HANGS_SECONDS)
        await answer(send, 503)
    else:
        await app(scope, receive, send)


def _is_off(off: dict[str, list[str]], scope: Message) -> bool:
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    region = _SCOPE.search(headers.get("authorization", ""))
    apis = [_API.search(text) for text in (scope["path"], headers.get("host", ""))]
    return bool(region and region[1] in off["regions"]) or any(
        found and (found[1] or found[2]) in off["apis"] for found in apis
    )
