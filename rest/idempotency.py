"""Idempotency-Key: a POST that is sent again makes nothing twice.

The header is that of the IETF's expired draft (draft-ietf-httpapi-idempotency-key-header-07), with one difference: a
replay answers the row as it is now, not the first answer, which nobody keeps.
"""

import hashlib
import re
import uuid
from typing import NamedTuple

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from rest.problems import Invalid

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    pattern=r"^[!-~]{8,255}$",
    description="Of your own making, such as a UUID. The same request with the same key again makes nothing: the "
    "answer is 200 with the resource as it is now, or 410 if it was deleted meanwhile; with other content it is 422.",
)
_KEY = re.compile(r"[!-~]{8,255}")


class IdempotencyKey(NamedTuple):
    """`id` is the new row's, derived from owner and key; `digest` tells whether a replay has the same content."""

    id: str
    digest: str


def idempotency_key(request: Request, *, owner: str) -> IdempotencyKey | None:
    """The request's key, None if it has none. Raises Invalid."""
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise Invalid.header("Idempotency-Key", "Send 8 to 255 visible ASCII characters, such as a UUID.")
    hashed = hashlib.sha256(f"{request.path_info}\n{owner}\n{given}".encode()).digest()
    content = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(content).hexdigest()[:32]
    # RFC 9562, 5.8: version 8 is for ids with a format of one's own.
    value = int.from_bytes(hashed[:16]) & ~(0xF << 76 | 0b11 << 62) | 8 << 76 | 0b10 << 62
    return IdempotencyKey(str(uuid.UUID(int=value)), digest)
