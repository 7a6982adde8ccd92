"""Presigned requests to S3: a form or link to put one file, a link to read one. Making one takes no request to AWS.

Signed here with Signature Version 4, not by botocore, for two reasons. Its links change with every second, so no
answer that holds one could ever be 304, nor a picture be kept by a browser; these stay the same for LINK_STEP seconds.
And a page of 100 uploads has 700 links, which cost botocore 120 ms of CPU and this 6.
The rules: "Authenticating Requests: Using Query Parameters" and "Browser-Based Uploads Using POST" of the S3 API.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.conf import settings

from config.aws import bucket_url, credentials, region
from config.signing import ALGORITHM, Credentials, signing_key

# How long a link to read works at least (LINK_SECONDS - LINK_STEP) and at most, in seconds; and how long it stays.
LINK_SECONDS, LINK_STEP = 900, 300
# How long a form or link to put a file works.
UPLOAD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class PresignedUpload:
    """How to put one file into S3: `fields` come before the file in a multipart form, `headers` go with a PUT."""

    method: str
    url: str
    expires_at: datetime
    fields: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def post_form(key: str, content_type: str, max_size: int) -> PresignedUpload:
    """A form for exactly this key and type, and a file of 1 to `max_size` bytes; S3 refuses anything else."""
    now = datetime.now(UTC).replace(microsecond=0)
    expires_at, signer = now + timedelta(seconds=UPLOAD_SECONDS), _signer(credentials(), now)
    fields = {"key": key, "Content-Type": content_type, **signer.fields}
    conditions = [
        {"bucket": settings.UPLOADS_BUCKET},
        *({name: value} for name, value in fields.items()),
        ["content-length-range", 1, max_size],
    ]
    policy = {"expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": conditions}
    encoded = base64.b64encode(json.dumps(policy).encode()).decode()
    fields |= {"policy": encoded, "x-amz-signature": signer.sign(encoded)}
    return PresignedUpload(method="POST", url=settings.UPLOADS_URL, fields=fields, expires_at=expires_at)


def put_link(key: str, content_type: str, size: int) -> PresignedUpload:
    """A link for exactly this key, type and number of bytes: all three are under the signature."""
    now = datetime.now(UTC).replace(microsecond=0)
    headers = {"Content-Length": str(size), "Content-Type": content_type}
    url = _presign("PUT", settings.UPLOADS_URL, key, now, UPLOAD_SECONDS, headers=headers)
    return PresignedUpload(method="PUT", url=url, headers=headers, expires_at=now + timedelta(seconds=UPLOAD_SECONDS))


def link_window(now: float | None = None) -> datetime:
    """The moment from which links made now count: the same for LINK_STEP seconds."""
    seconds = int(time.time() if now is None else now)
    return datetime.fromtimestamp(seconds - seconds % LINK_STEP, UTC)


def read_link(bucket: str, key: str, window: datetime, answer_headers: Mapping[str, str] | None = None) -> str:
    """A link to one object; `answer_headers` are S3's `response-...` parameters, such as response-content-type."""
    return _presign("GET", bucket_url(bucket), key, window, LINK_SECONDS, query=answer_headers)


def _presign(
    method: str,
    bucket_at: str,
    key: str,
    at: datetime,
    seconds: int,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> str:
    base, signer = _split(bucket_at), _signer(credentials(), at)
    path = f"{base.path}/{quote(key, safe='/~')}"
    signed = {"host": base.netloc, **{name.lower(): value for name, value in (headers or {}).items()}}
    names = ";".join(sorted(signed))
    parameters = [*signer.query, ("X-Amz-Expires", str(seconds)), ("X-Amz-SignedHeaders", quote(names, safe="~"))]
    parameters += ((name, quote(value, safe="~")) for name, value in (query or {}).items())
    encoded = "&".join(f"{name}={value}" for name, value in sorted(parameters))
    lines = [method, path, encoded, *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names]
    digest = hashlib.sha256("\n".join([*lines, "UNSIGNED-PAYLOAD"]).encode()).hexdigest()
    signature = signer.sign("\n".join([ALGORITHM, signer.fields["x-amz-date"], signer.scope, digest]))
    return f"{base.scheme}://{base.netloc}{path}?{encoded}&X-Amz-Signature={signature}"


_split = lru_cache(maxsize=8)(urlsplit)


@dataclass(frozen=True)
class _Signer:
    """What is the same for all that is signed by one key at one moment. `query` is `fields` as a link has them."""

    key: bytes
    scope: str
    fields: dict[str, str]
    query: list[tuple[str, str]]

    def sign(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def _signer(own: Credentials, at: datetime) -> _Signer:
    scope = f"{at:%Y%m%d}/{region()}/s3/aws4_request"
    key = signing_key(own.secret_key, scope)
    fields = {
        "x-amz-algorithm": ALGORITHM,
        "x-amz-credential": f"{own.access_key}/{scope}",
        "x-amz-date": at.strftime("%Y%m%dT%H%M%SZ"),
    }
    if own.token:
        fields["x-amz-security-token"] = own.token
    query = [(name.title(), quote(value, safe="~")) for name, value in fields.items()]
    return _Signer(key, scope, fields, query)
