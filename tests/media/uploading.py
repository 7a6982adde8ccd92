"""What a client does: ask for an upload, put the file into S3 over HTTP, wait for what becomes of it."""

import io
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import urllib3
from PIL import Image

from tests.personas import Persona
from tests.pictures import encode, quarters
from tests.waiting import until

UPLOADS = "/api/media/uploads/"
http = urllib3.PoolManager(retries=False, timeout=10)


@cache
def jpeg(size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A small picture that is quick to draw."""
    return encode(quarters(size), "JPEG", quality=80)


def ask(user: Persona, data: bytes, name: str = "photo.jpg", **wanted: Any) -> dict[str, Any]:
    """A new upload for these bytes."""
    body = {"name": name, "content_type": "image/jpeg", "size": len(data), **wanted}
    answer = user.api.post(UPLOADS, body)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def post(presigned: Mapping[str, Any], data: bytes, **fields: str) -> int:
    """Send the form; S3's status."""
    form = {**presigned["fields"], **fields, "file": ("any-name.jpg", data)}
    return http.request("POST", presigned["url"], fields=form).status


def put(presigned: Mapping[str, Any], data: bytes, **headers: str) -> int:
    """Send the file; S3's status."""
    sent = {**presigned["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    return http.request("PUT", presigned["url"], body=data, headers=sent).status


def upload(user: Persona, data: bytes, name: str = "photo.jpg", **wanted: Any) -> dict[str, Any]:
    """The upload of these bytes once it has been dealt with."""
    asked = ask(user, data, name, **wanted)
    assert (put if wanted.get("method") == "put" else post)(asked["upload"], data) in {200, 204}
    return settled(user, asked["id"])


def settled(user: Persona, upload_id: str, version_after: int = 0) -> dict[str, Any]:
    """The upload once it is ready or failed, in a later version than this."""

    def check() -> dict[str, Any]:
        answer = user.api.get(f"{UPLOADS}{upload_id}/")
        found: dict[str, Any] = answer.json()
        done = answer.status_code == 200 and found["status"] in {"ready", "failed"} and found["version"] > version_after
        return found if done else {}

    return until(check, "an end of the upload")


def names(user: Persona) -> list[str]:
    """What the user's list shows."""
    return [one["name"] for one in user.api.get(UPLOADS).json()]


def fetch(url: str) -> urllib3.BaseHTTPResponse:
    """What a link leads to."""
    return http.request("GET", url)


def open_picture(url: str) -> Image.Image:
    """The picture a link leads to."""
    answer = fetch(url)
    assert answer.status == 200, answer.data
    return Image.open(io.BytesIO(answer.data))


def new_sub() -> str:
    """An owner nobody else is."""
    return str(uuid.uuid4())


def picture(width: int) -> bytes:
    """A picture that is known by its width."""
    return encode(quarters((width, 40)), "PNG")
